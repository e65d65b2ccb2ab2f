# SPDX-License-Identifier: Apache-2.0
"""Example systems: each is right, is booted and must say on its consoles what its `expect` has. Those with a Linux, or
of a board that is slow in QEMU, only with ./coffer test --all."""
import functools
import json
import os
import pathlib
import re
import select
import signal
import struct
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / 'build'
BUILD_STATIC = ROOT / 'build-static' / 'cofferdam'
SYSTEMS = sorted(path.name for path in (ROOT / 'systems').iterdir() if (path / (path.name + '.yaml')).is_file())
PACKED = ('two-rtos',)  # also for U-Boot and as one raw image
FULL = ('board-zcu102',)
TIMED = 'mixed-criticality'  # counts what it misses: in virtual time
LIMIT = 120

sys.path.insert(0, str(ROOT / 'tools'))
from coffer import build, images, run  # noqa: E402


@functools.cache
def found(file):
    """The tool's options that say where a system's images are."""
    folders = (BUILD, BUILD / 'services', BUILD / 'systems', *images.for_system(file))
    return [word for folder in folders for word in ('-I', str(folder))]


def tool(command, name, *arguments):
    """The tool's command line for a system."""
    file = ROOT / 'systems' / name / (name + '.yaml')
    return [str(BUILD / 'tools/cofferdam/cofferdam'), command, *found(file), *map(str, arguments), str(file)]


def said_by(text):
    """{domain: its lines} of what the hypervisor's console shows."""
    lines = {}
    for domain, line in re.findall(r'DOM(\d+): (@.*)', text):
        lines.setdefault(domain, []).append(line.rstrip())
    return lines


def is_complete(text, expect):
    """Has every expected line come? Lines of one speaker (their first word) come in the order of the file."""
    said = [line for lines in said_by(text).values() for line in lines]
    for speaker in {line.split()[0] for line in expect}:
        wanted = [line for line in expect if line.split()[0] == speaker]
        if [line for line in said if line in wanted] != wanted:
            return False
    return True


@pytest.mark.parametrize('name', SYSTEMS)
def test_picture_is_that_of_the_file(name, tmp_path):
    subprocess.run(tool('check', name, '--svg', tmp_path / 'map.svg'), check=True, stdout=subprocess.DEVNULL)
    sizes = r'[0-9]+(GiB|MiB|KiB| bytes)|0x[0-9a-f]+|y="[0-9]+"|height="[0-9]+"'  # the image's size may differ
    drawn = [re.sub(sizes, '', (folder / file).read_text()) for folder, file in
             ((tmp_path, 'map.svg'), (ROOT / 'systems' / name, name + '.svg'))]
    assert drawn[0] == drawn[1]


def make_disk(folder):
    """A disk with one bootable partition that has what `build --fit` made for U-Boot."""
    disk, files = folder / 'disk.img', folder / 'disk'
    files.mkdir()
    for name in ('system.itb', 'boot.scr'):
        (files / name).write_bytes((folder / name).read_bytes())
    first, count = 2048, 32 << 11
    with open(disk, 'wb') as f:
        f.write(struct.pack('<446xB3sB3sII48xH', 0x80, b'', 0x83, b'', first, count, 0xaa55))
        f.truncate((first + count) * 512)
    subprocess.run(['/sbin/mke2fs', '-q', '-F', '-t', 'ext4', '-E', 'offset=%d' % (first * 512), '-d', str(files),
                    str(disk), '32M'], check=True, stdout=subprocess.DEVNULL)
    return disk


def packed(name, way, folder):
    """QEMU's command line for a system packed for U-Boot or as one raw image."""
    blob = ['--blob', '--hypervisor', BUILD_STATIC] if way == 'u-boot-static' else []
    subprocess.run(tool('build', name, '--fit', '--raw', *blob, '-o', folder), check=True, stdout=subprocess.DEVNULL)
    argv = json.loads((folder / 'qemu.json').read_text())
    argv = argv[:argv.index('-kernel')] + ['-nic', 'none', '-no-reboot', '-nographic']
    start = (folder / 'system.start').read_text().strip()
    if way == 'raw-kernel':
        return argv + ['-kernel', str(folder / 'system.raw')]
    if way == 'raw-loader':
        return argv + ['-device', 'loader,file=%s,addr=%s,force-raw=on' % (folder / 'system.raw', start),
                       '-device', 'loader,addr=%s,cpu-num=0' % start]
    return argv + ['-bios', '/usr/lib/u-boot/qemu_arm64/u-boot.bin',
                   '-drive', 'if=none,id=disk,format=raw,file=%s' % make_disk(folder),
                   '-device', 'virtio-blk-device,drive=disk']


@pytest.mark.parametrize('at, why', [(8, 'it is of another version'), (-1, 'it is corrupt: its checksum is another')])
def test_bad_blob_is_refused_and_told(at, why, tmp_path):
    """With a byte of its version (the header made whole again) or of its end flipped."""
    subprocess.run(tool('build', 'two-rtos', '--blob', '--hypervisor', BUILD_STATIC, '-o', tmp_path), check=True,
                   stdout=subprocess.DEVNULL)
    raw, blob = bytearray((tmp_path / 'system.raw').read_bytes()), bytearray((tmp_path / 'system.blob').read_bytes())
    place, size = raw.index(blob), len(blob)
    blob[at] ^= 1
    words, total = struct.unpack('<12Q', blob[:96]), 0
    for n, word in enumerate(words[:11]):
        total = ((total ^ (0 if n == 2 else word)) * 0x9e3779b97f4a7c15) & (1 << 64) - 1
        total ^= total >> 32
    blob[88:96] = struct.pack('<Q', total)
    raw[place:place + size] = blob
    (tmp_path / 'system.raw').write_bytes(raw)
    with subprocess.Popen(['timeout', str(LIMIT), 'sh', str(tmp_path / 'run.sh')], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        line = next((line for line in run.stdout if b'error' in line), b'').decode()
        run.terminate()
    assert 'cofferdam: error: system blob: %s; make it anew' % why in line


def test_image_for_another_machine_is_refused(tmp_path):
    """The static profile drives one GIC and one UART: the board's must be they."""
    done = subprocess.run(tool('build', 'board-zcu102', '--blob', '--hypervisor', BUILD_STATIC, '-o', tmp_path),
                          check=False, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and 'the image has no driver for GICv2; take one built with its -Dgic' in done.stderr


def test_static_profile_of_a_board_with_other_drivers(tmp_path):
    """./coffer run board-zcu102 --static builds the image for it."""
    image = build.build_static(*run.drivers(ROOT / 'systems/board-zcu102/board-zcu102.yaml'))
    assert b'GICv2\0' in image.read_bytes() and b'cdns,uart-r1p12\0' in image.read_bytes()
    assert b'GICv3\0' not in image.read_bytes() and b'arm,pl011\0' not in image.read_bytes()
    subprocess.run(tool('build', 'board-zcu102', '--blob', '--hypervisor', image, '-o', tmp_path), check=True,
                   stdout=subprocess.DEVNULL)


def watch(command, done, limit=LIMIT, cwd=None):
    """The console of a run until done(console), or its end, or `limit` seconds."""
    with subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as run:
        text, end = '', time.monotonic() + limit
        while not done(text) and time.monotonic() < end:
            if select.select([run.stdout], [], [], 1)[0]:
                data = os.read(run.stdout.fileno(), 65536)
                if not data:
                    break
                text += data.decode('utf-8', 'replace')
        run.send_signal(signal.SIGTERM)
    return text


@pytest.mark.parametrize('name, way', [
    pytest.param(name, way, marks=pytest.mark.full if name in FULL else ())
    for name in SYSTEMS if name != TIMED
    for way in ('run', 'static', 'full-by-blob', 'raw-kernel', 'raw-loader', 'u-boot', 'u-boot-static')
    if way in ('run', 'static') or name in PACKED])
def test_boots_and_says_what_it_should(name, way, tmp_path):
    expect = (ROOT / 'systems' / name / 'expect').read_text().splitlines()
    folder = tmp_path / 'out'
    if way == 'run':
        command = tool('run', name, '--timeout', LIMIT, '-o', folder)
    elif way == 'static':
        image = build.build_static(*run.drivers(ROOT / 'systems' / name / (name + '.yaml')))
        command = tool('run', name, '--timeout', LIMIT, '-o', folder, '--blob', '--hypervisor', image)
    elif way == 'full-by-blob':
        command = tool('run', name, '--timeout', LIMIT, '-o', folder, '--blob')
    else:
        command = ['timeout', str(LIMIT), *packed(name, way, folder)]
    text = watch(command, lambda text: is_complete(text, expect))
    assert is_complete(text, expect), text


def in_virtual_time(folder):
    """QEMU's words for one clock of all CPUs that only their instructions move, eight nanoseconds each, and that runs on
    when all sleep. A CPU's turn ends at the next deadline of that clock, so the buffer of a network that nobody has
    makes one every 100 us; and QEMU then serves every other CPU of its list: the spare one is between the busy two."""
    return json.loads((folder / 'qemu.json').read_text()) + [
        '-icount', 'shift=3,sleep=off', '-netdev', 'hubport,id=turn,hubid=9',
        '-object', 'filter-buffer,id=turns,netdev=turn,interval=100']


@pytest.mark.parametrize('seconds, lives', [(20, 1), pytest.param(60, 4, marks=pytest.mark.full)])
def test_control_loop_misses_nothing(seconds, lives, tmp_path):
    """While a Linux beside it panics and is started again. 20 seconds are up to the first time."""
    subprocess.run(tool('build', TIMED, '-o', tmp_path), check=True, stdout=subprocess.DEVNULL)
    expect = (ROOT / 'systems' / TIMED / 'expect').read_text().splitlines()

    def restarts(text):
        return len(re.findall(r'd3 restarted, \d+ times so far', text))

    def done(text):
        reports = len(re.findall(r'DOM1: @LATE at most \d+ ns\r?\n', text))
        return reports >= seconds // 10 and restarts(text) >= lives and (seconds < 60 or is_complete(text, expect))

    text = watch(in_virtual_time(tmp_path), done, 6 * LIMIT, tmp_path)
    assert done(text), text
    loop = re.findall(r'DOM1: @LOOP (\d+) periods, (\d+) missed', text)
    assert len(loop) >= seconds // 10 and all(missed == '0' for _, missed in loop), text
    worst = int(re.findall(r'DOM1: @LATE at most (\d+) ns', text)[-1])
    print('%s periods, %d restarts, %d ns late at most' % (loop[-1][0], restarts(text), worst))
    assert worst < 200000  # of them 100 us are QEMU's turn
    assert text.count('Kernel panic - not syncing: sysrq triggered crash') >= lives
    assert '@LOOP life 2' not in text
