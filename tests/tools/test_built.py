# SPDX-License-Identifier: Apache-2.0
"""What the tool makes of right system files: the device trees, the packs, and what it tells about them."""
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as xml

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEM = '''\
cofferdam: 1
name: demo
board: {machine: virt-gicv3, device-tree: virt.dtb, cpus: 4, memory: 1GiB}
hypervisor: {arguments: loglvl=all, scheduler: credit}
cpupools:
  - {name: fast, cpus: [2-3], scheduler: rtds}
  - {name: frames, cpus: 1, scheduler: arinc653, major-frame: 10ms,
     windows: [{domain: nav, runtime: 6ms}, {domain: nav, vcpu: 1, runtime: 2ms}]}
domains:
  - name: log
    kernel: small.img
    ramdisk: initrd
    arguments: console=ttyAMA0 quiet
    memory: {size: 64MiB, static: true}
    cpupool: fast
    schedule: {period: 10ms, budget: 4ms}
    pin: 2
    assign:
      - /timer@b001000
      - {device: /dma@b000000, clock-rate: 48MHz, reset: {offset: 0x8, write: 0x1, mask: 0x3, value: 0x2}}
    unsafe-dma: accepted
    after: nav
    on-crash: restart
    restart-limit: 3
    on-hang: restart-group
    restart-group: late
  - name: nav
    kernel: small.img
    memory: {at: {address: 0x60000000, size: 32MiB}, direct-map: true}
    vcpus: 2
    cpupool: frames
    console: none
    xen-interface: none
    on-shutdown: restart-group
    restart-group: early
    vpmu: true
links:
  - {name: ring, kind: memory, size: 64KiB, ends: [{domain: nav, owner: true, address: 0x30000000}, log]}
  - {name: bell, kind: events, ends: [{domain: nav, port: 5}, {domain: log, port: 6}]}
'''


@pytest.fixture
def system(tmp_path):
    file = tmp_path / 'demo.yaml'
    file.write_text(SYSTEM)
    return file


@pytest.fixture
def out(tool, system):
    """The folder that `build` wrote."""
    done = tool('build', system)
    assert done.returncode == 0, done.stderr
    return system.with_suffix('.build')


def node(source, name):
    """The text of a node in device-tree source."""
    start = re.search(r'^(\t*)%s \{' % re.escape(name), source, re.M)
    assert start, name
    end = source.index('\n%s};' % start.group(1), start.end())
    return source[start.end():end]


def source(path):
    done = subprocess.run(['dtc', '-q', '-I', 'dtb', '-O', 'dts', str(path)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def test_tree_has_the_domains_in_starting_order(out):
    tree = source(out / 'system.dtb')
    assert tree.index('domain-nav {') < tree.index('domain-log {')
    nav, log = node(tree, 'domain-nav'), node(tree, 'domain-log')
    for text in ('compatible = "xen,domain"', 'memory = <0x00 0x8000>', 'cpus = <0x02>', 'direct-map;', 'vpmu;', 'coff,restart-group = <0x02>',
                 'xen,static-mem = <0x00 0x60000000 0x00 0x2000000>'):
        assert text in nav
    assert 'vpl011' not in nav and 'xen,enhanced' not in nav and 'vpmu' not in log
    for text in ('vpl011;', 'xen,enhanced = "no-xenstore"', 'memory = <0x00 0x10000>', 'nr_spis = <0x66>',
                 'bootargs = "console=ttyAMA0 quiet"', 'coff,on-crash = "restart"',
                 'coff,restart-limit = <0x03>', 'coff,restart-group = <0x01>', 'coff,sched-period-us = <0x2710>',
                 'coff,sched-budget-us = <0xfa0>', 'hard-affinity = "2"'):
        assert text in log
    assert 'xen,xen-bootargs = "console=dtuart sched=credit loglvl=all"' in tree
    assert 'xen,passthrough' in node(tree, 'timer@b001000') and 'xen,passthrough' not in node(tree, 'timer@b002000')


def test_links_name_each_other(out):
    tree = source(out / 'system.dtb')
    nav, log = node(tree, 'domain-nav'), node(tree, 'domain-log')
    here, there = node(nav, 'evtchn@5'), node(log, 'evtchn@6')
    phandle = {}
    for name, text in (('nav', here), ('log', there)):
        phandle[name] = re.search(r'phandle = <(\w+)>', text).group(1)
    assert 'xen,evtchn = <0x05 %s>' % phandle['log'] in here
    assert 'xen,evtchn = <0x06 %s>' % phandle['nav'] in there
    shared = [re.search(r'xen,shared-mem = <0x00 (\w+) 0x00 (\w+) 0x00 (\w+)>', text).groups() for text in (nav, log)]
    assert shared[0][0] == shared[1][0] and shared[0][2] == shared[1][2] == '0x10000'
    assert shared[0][1] == '0x30000000'
    assert 'role = "owner"' in nav and 'role = "borrower"' in log


def test_pools_name_their_cpus(out):
    tree = source(out / 'system.dtb')
    fast, frames = node(tree, 'cpupool-fast'), node(tree, 'cpupool-frames')
    cpu = [re.search(r'phandle = <(\w+)>', node(tree, 'cpu@%d' % i)).group(1) for i in range(4)]
    assert 'cpupool-cpus = <%s %s>' % (cpu[2], cpu[3]) in fast and 'cpupool-sched = "rtds"' in fast
    assert 'cpupool-cpus = <%s>' % cpu[1] in frames and 'coff,major-frame-us = <0x2710>' in frames
    assert 'coff,windows = <0x01 0x00 0x1770 0x01 0x01 0x7d0>' in frames  # domid, vCPU, us
    pool = re.search(r'phandle = <(\w+)>', fast).group(1)
    assert 'domain-cpupool = <%s>' % pool in node(tree, 'domain-log')


def test_partial_tree_has_only_what_the_guest_can_use(out):
    tree = source(out / 'log-device-tree')
    dma, timer = node(tree, 'dma@b000000'), node(tree, 'timer@b001000')
    assert 'phandle = <0xfde8>' in node(tree, 'gic')
    for text, path in ((dma, '/dma@b000000'), (timer, '/timer@b001000')):
        assert 'xen,path = "%s"' % path in text and 'interrupt-parent = <0xfde8>' in text
        assert 'xen,force-assign-without-iommu' in text
    assert 'interrupts = <0x00 0x64 0x04>' in dma
    assert 'xen,reg = <0x00 0xb000000 0x00 0x1000 0x00 0xb000000>' in dma
    assert 'vendor,mode = "fast"' in dma and 'port@0 {' in dma and 'clock-names = "bus"' in dma
    assert 'coff,reset = <0x00 0xb000008 0x01 0x03 0x02>' in dma and 'coff,reset' not in timer
    assert 'resets' not in dma and 'power-domains' not in dma
    clock = node(tree, 'clock-48000000')
    assert 'clock-frequency = <0x2dc6c00>' in clock and 'compatible = "fixed-clock"' in clock
    assert 'clocks = <%s>' % re.search(r'phandle = <(\w+)>', clock).group(1) in dma


@pytest.mark.parametrize('blob', [[], ['--blob']])
def test_known_resets(tool, tmp_path, blob):
    """Devices of a kind whose reset is known need no more than to be assigned; the hypervisor's reader takes it."""
    file = tmp_path / 'disks.yaml'
    paths = ['/virtio_mmio@a000%x00' % (2 * i) if i else '/virtio_mmio@a000000' for i in range(8)]
    file.write_text('cofferdam: 1\nname: disks\nboard: {machine: virt-gicv3, device-tree: virt.dtb, cpus: 4}\n'
                    'domains: {name: disks, kernel: small.img, memory: 16MiB, on-hang: restart, unsafe-dma: accepted,\n'
                    '  assign: [%s]}\n' % ', '.join(paths))
    done = tool('build', *blob, file)
    assert done.returncode == 0, done.stderr
    tree = source(tmp_path / 'disks.build' / 'disks-device-tree') if not blob else ''
    for path in paths if not blob else []:
        address = int(path.split('@')[1], 16)
        assert 'coff,reset = <0x00 0x%x 0x00 0xff 0x00>' % (address + 0x70) in node(tree, path[1:])
    told = tool('explain', file).stdout
    assert 'writes 0x0 to 0xa000e70, waits for 0x0 of 0xff' in told


def test_modules_are_where_the_tree_says(out):
    """Each loader argument of QEMU has its node, and nothing overlaps in the map."""
    argv = json.loads((out / 'qemu.json').read_text())
    loads = dict(re.findall(r'file=([^,]+),addr=0x(\w+)', ' '.join(argv)))
    tree = source(out / 'system.dtb')
    assert set(loads) == {'log-kernel', 'log-ramdisk', 'log-device-tree', 'nav-kernel'}
    for name, address in loads.items():
        size = (out / name).stat().st_size
        kind = name.split('-', 1)[1]
        assert 'reg = <0x00 0x%s 0x00 0x%x>' % (address, size) in node(tree, 'module@' + address)
        assert 'multiboot,%s\\0multiboot,module' % kind in node(tree, 'module@' + address)
    rows = re.findall(r'^0x(\w+) 0x(\w+) ', (out / 'system.map').read_text(), re.M)
    ends = [(int(a, 16), int(b, 16)) for a, b in rows]
    assert len(ends) > 8 and ends[0][0] == 0x40000000 and ends[-1][1] == 0x7fffffff
    assert all(before[1] + 1 == after[0] for before, after in zip(ends, ends[1:]))


def test_same_input_same_bytes(tool, system, tmp_path):
    for name in ('one', 'two'):
        done = tool('build', '--fit', '--raw', '-o', tmp_path / name, system)
        assert done.returncode == 0, done.stderr
    one, two = tmp_path / 'one', tmp_path / 'two'
    names = sorted(os.listdir(one))
    assert names == sorted(os.listdir(two))
    assert {'system.itb', 'boot.scr', 'system.raw', 'system.dtb', 'run.sh', 'system.svg'} <= set(names)
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_raw_image_has_all_at_its_place(tool, system, tmp_path):
    assert tool('build', '--raw', '-o', tmp_path / 'raw', system).returncode == 0
    raw, start = (tmp_path / 'raw/system.raw').read_bytes(), int((tmp_path / 'raw/system.start').read_text(), 16)
    tree = int.from_bytes(raw[0x58:0x60], 'little') - start
    hypervisor = int.from_bytes(raw[0x60:0x68], 'little') - start
    argv = json.loads((tmp_path / 'raw/qemu.json').read_text())
    parts = {'system.dtb': tree, 'hypervisor': hypervisor}
    parts.update({name: int(at, 16) - start for name, at in re.findall(r'file=([^,]+),addr=(\w+)', ' '.join(argv))})
    for name, at in parts.items():
        data = (tmp_path / 'raw' / name).read_bytes()
        assert raw[at:at + len(data)] == data, name
    assert raw[56:60] == b'ARM\x64' and int.from_bytes(raw[16:24], 'little') == len(raw)
    assert int.from_bytes(raw[8:16], 'little') + 0x40000000 == start


def blob_of(tool, system, folder, *arguments):
    """The blob that `build --blob` writes."""
    done = tool('build', '--blob', '-o', folder, *arguments, system)
    assert done.returncode == 0, done.stderr
    return (folder / 'system.blob').read_bytes()


def trees_in(blob):
    """The device trees in a blob, as source."""
    found, at = [], blob.find(b'\xd0\x0d\xfe\xed')
    while at >= 0:
        size = int.from_bytes(blob[at + 4:at + 8], 'big')
        found.append(subprocess.run(['dtc', '-q', '-I', 'dtb', '-O', 'dts'], input=blob[at:at + size], check=True,
                                    stdout=subprocess.PIPE).stdout.decode())
        at = blob.find(b'\xd0\x0d\xfe\xed', at + size)
    return found


def test_blob_has_the_guests_trees(tool, system, tmp_path):
    blob = blob_of(tool, system, tmp_path / 'out')
    assert blob[:8] == b'COFFSYS\0' and int.from_bytes(blob[12:16], 'little') == len(blob)
    nav, log = trees_in(blob)
    assert 'reg = <0x00 0x60000000 0x00 0x2000000>' in node(nav, 'memory@60000000')
    assert 'sbsa-uart' not in nav and 'hypervisor {' not in nav
    assert 'reg = <0x00 0x8000000 ' in node(nav, 'interrupt-controller@8000000')  # direct-map: the board's
    assert 'bootargs = "console=ttyAMA0 quiet"' in node(log, 'chosen') and 'linux,initrd-end' in node(log, 'chosen')
    assert 'vendor,mode = "fast"' in node(log, 'dma@b000000') and 'xen,reg' not in log
    assert 'xen,id = "ring"' in node(log, 'xen-shmem@33000000')
    argv = json.loads((tmp_path / 'out/qemu.json').read_text())
    assert argv[argv.index('-kernel') + 1] == 'system.raw' and '-dtb' not in argv and '-device' not in argv
    raw, start = (tmp_path / 'out/system.raw').read_bytes(), int((tmp_path / 'out/system.start').read_text(), 16)
    at = int.from_bytes(raw[0x58:0x60], 'little') - start
    assert raw[at:at + len(blob)] == blob
    assert not (tmp_path / 'out/system.dtb').exists()


def test_same_system_same_blob(tool, system, trees, tmp_path):
    """From run to run, and with or without the sanitizers: no padding is left as it was."""
    first = blob_of(tool, system, tmp_path / 'one')
    assert blob_of(tool, system, tmp_path / 'two') == first
    plain = ROOT / 'build' / 'tools' / 'cofferdam' / 'cofferdam'
    subprocess.run([str(plain), 'build', '-I', str(trees), '--blob', '-o', str(tmp_path / 'plain'), str(system)],
                   check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / 'plain/system.blob').read_bytes() == first
    system.write_text(SYSTEM.replace('budget: 4ms', 'budget: 5ms'))
    assert blob_of(tool, system, tmp_path / 'other') != first


def test_blob_is_of_static_domains_alone(tool, system, tmp_path):
    system.write_text(SYSTEM + 'dom0: {kernel: small.img, memory: 64MiB}\n')
    done = tool('build', '--blob', '-o', tmp_path / 'out', system)
    assert done.returncode == 1 and 'control domain' in done.stderr and 'leave out --blob' in done.stderr


def test_fit_has_the_blob(tool, system, tmp_path):
    """Where system.raw has it, started by the same first page."""
    done = tool('build', '--blob', '--fit', '-o', tmp_path / 'out', system)
    assert done.returncode == 0, done.stderr
    out = tmp_path / 'out'
    source, raw = (out / 'system.its').read_text(), (out / 'system.raw').read_bytes()
    start = int((out / 'system.start').read_text(), 16)
    loads = {name: int(load, 16) for name, load in re.findall(r'/incbin/\("([^"]+)"\);.*?load = <0x0 (0x\w+)>', source, re.S)}
    assert loads['system.head'] == start and 'kernel = "system.head"' in source and 'system.dtb' not in source
    for name, load in loads.items():
        data = (out / name).read_bytes()
        if name == 'system.head':
            assert (data[:16], data[24:]) == (raw[:16], raw[24:len(data)])  # another size
        elif name != 'empty.dtb':
            assert raw[load - start:][:len(data)] == data, name
    assert {'hypervisor', 'system.blob', 'system.head', 'empty.dtb'} < set(loads)


def test_explain_names_the_line(tool, system):
    said = tool('explain', system).stdout.splitlines()
    lines = SYSTEM.splitlines()
    for what, cause in (('domain nav: memory 0: 0x60000000-0x61ffffff (32MiB)', '0x60000000'),
                        ('domain log: interrupt 132: of /dma@b000000', '/dma@b000000'),
                        ('domain log: interrupt 133: of /timer@b001000', '/timer@b001000'),
                        ('CPU 2: runs: pool fast under rtds: log/0', 'name: fast'),
                        ('CPU 1: runs: pool frames under arinc653: nav/0, nav/1', 'name: frames'),
                        ('pool frames: window 1: nav/1 from 6ms for 2ms of 10ms', 'windows'),
                        ('domain log: link bell: port 6 to port 5 of nav', 'name: bell'),
                        ('domain log: vCPU 0: on CPU 2', 'pin: 2'),
                        ('domain nav: id: 1, starts first', 'name: nav')):
        found = [line for line in said if line.endswith(': ' + what)]
        assert len(found) == 1, what
        number = int(re.search(r'demo\.yaml:(\d+): ', found[0]).group(1))
        assert cause in lines[number - 1], what


def test_diff_says_what_changes_for_whom(tool, system, tmp_path):
    new = tmp_path / 'new.yaml'
    new.write_text(SYSTEM.replace('budget: 4ms', 'budget: 5ms').replace('    console: none\n', ''))
    done = tool('diff', system, new)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        'domain nav: SPIs: 0 (line 27) becomes 2 (line 27)',
        'domain log: budget: 4ms in each 10ms (line 16) becomes 5ms in each 10ms (line 16)',
        'domain nav: console: new: PL011 at 0x9000000 (line 27)',
        'domain nav: interrupt 33: new: of its console (line 27)']
    assert tool('diff', system, system).stdout == 'nothing changes\n'


def test_picture_is_a_picture(tool, system, tmp_path):
    done = tool('check', '--svg', tmp_path / 'map.svg', system)
    assert done.returncode == 0 and 'memory of nav (line 29)' in done.stdout
    tree = xml.parse(tmp_path / 'map.svg')
    texts = [e.text for e in tree.iter('{http://www.w3.org/2000/svg}text')]
    assert {'memory of nav', 'memory of log', 'shared memory ring', 'the hypervisor', '0x0060000000'} <= set(texts)
    boxes = [e for e in tree.iter('{http://www.w3.org/2000/svg}rect') if e.get('y')]
    assert len(boxes) == len(done.stdout.splitlines()) - 1


def test_own_hypervisor_and_folder(tool, system, tmp_path, trees):
    other = tmp_path / 'other.img'
    other.write_bytes((trees / 'small.img').read_bytes())
    done = tool('build', '--hypervisor', other, '-o', tmp_path / 'there', system)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / 'there/hypervisor').read_bytes() == other.read_bytes()


def test_folder_that_cannot_be_made(tool, system, tmp_path):
    done = tool('build', '-o', tmp_path / 'no' / 'where', system)
    assert done.returncode == 1 and 'cannot write' in done.stderr


def test_help_and_page_have_the_same_schema(tool):
    """docs/system-yaml.md quotes what --help prints."""
    text = tool('check', '--help').stdout.split('A system file, version 1:\n\n')[1]
    page = (ROOT / 'docs/system-yaml.md').read_text(encoding='utf-8')
    assert '```yaml\n' + text + '```' in page
    for command in ('build', 'run', 'diff', 'explain'):
        assert text in tool(command, '--help').stdout
