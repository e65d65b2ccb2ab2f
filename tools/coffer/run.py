# SPDX-License-Identifier: Apache-2.0
"""./coffer run: boot, and end in a Dom0 shell on the terminal; --demo shows and checks without keyboard.

Dom0 has Debian's toolstack and a guest, or is the small one of --bare.
"""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

from coffer import boards, build, images, options, paths, qemu, toolstack
from coffer.tell import CofferError, say

DEMO_STEPS = {'virt': ('uname', 'hypervisor', 'cpus', 'memory', 'interrupts', 'disk', 'net'),
              'zcu102': ('uname', 'hypervisor', 'cpus', 'memory', 'interrupts')}
DEMO_LIMIT = 240
CHECK = re.compile(r'^@C (\S+) (ok|FAIL) ?(.*)', re.M)
# MiB of the machine and of Dom0: enough for the toolstack in Dom0's initramfs and eight small guests.
TOOLSTACK_MEM = {'virt': 3072, 'zcu102': 2048}
TOOLSTACK_DOM0_MEM = 768
BARE_DOM0_MEM = 512


def parser():
    """The options of ./coffer run."""
    p = options.Parser('run')
    p.add_argument('system', nargs='?')
    p.add_argument('--static', action='store_true')
    p.add_argument('--demo', action='store_true')
    p.add_argument('--bare', action='store_true')
    p.add_argument('--no-guest', action='store_true')
    p.add_argument('--machine', choices=sorted(boards.BOARDS), default='virt')
    p.add_argument('--gic', type=int, choices=(2, 3), default=None)
    p.add_argument('--cpu', choices=boards.CPUS)
    p.add_argument('--smp', type=int, default=0)
    p.add_argument('--mem', type=int, default=0)
    p.add_argument('--dom0-mem', type=int, default=0)
    p.add_argument('--hypervisor', metavar='FILE')
    p.add_argument('--gdb', action='store_true')
    p.add_argument('--xen-arg', action='append', default=[])
    p.add_argument('--dom0-arg', action='append', default=[])
    p.add_argument('--qemu-arg', action='append', default=[])
    p.add_argument('--log', metavar='FILE')
    p.add_argument('--disk', metavar='FILE')
    p.add_argument('--no-disk', action='store_true')
    p.add_argument('--no-net', action='store_true')
    p.add_argument('--dtb-out', metavar='FILE')
    return p


def is_xen(path):
    """Is this Debian's Xen rather than Cofferdam? Xen names its boot option table in the image."""
    return b'Cofferdam' not in pathlib.Path(path).read_bytes()


def _boot(a, hypervisor, folder):
    """The Boot for the options."""
    if a.gic and a.machine != 'virt':
        raise CofferError('--gic is a choice of --machine virt', 'leave it out')
    boot = qemu.Boot(hypervisor=hypervisor, images=images.ensure(), machine=a.machine, gic=a.gic or 3,
                     cpu=a.cpu or '', smp=a.smp, mem=a.mem, dom0_mem=a.dom0_mem or BARE_DOM0_MEM,
                     xen_args=tuple(a.xen_arg), dom0_args=tuple(a.dom0_arg), qemu_args=tuple(a.qemu_arg),
                     xen_tree=is_xen(hypervisor), reboots=not a.demo)
    if not a.bare:
        boot.mem = a.mem or TOOLSTACK_MEM[a.machine]
        boot.dom0_mem = a.dom0_mem or TOOLSTACK_DOM0_MEM
        boot.ramdisk = toolstack.ensure().ramdisk(folder)
        boot.dom0_args += () if a.demo or a.no_guest else ('coffer.guest=1',)
    if boot.board.virtio:
        disk, served = qemu.make_disk(folder)
        if a.disk:
            if not pathlib.Path(a.disk).is_file():
                raise CofferError('no disk image %s' % a.disk, 'give the path of a raw image to --disk')
            disk = pathlib.Path(a.disk).resolve()
        boot.disk = None if a.no_disk else disk
        boot.net, boot.tftp = not a.no_net, served
    elif a.disk:
        raise CofferError('%s has no virtio disk' % a.machine, 'leave out --disk')
    return boot


def _describe(boot):
    cpu = boot.cpu_model() or "the board's own CPUs"
    gic = ' with GICv%d' % boot.gic if boot.machine == 'virt' else ''
    return '%s on %s%s: %d x %s, %d MiB (%d for Dom0)' % (
        boot.hypervisor.name, boot.machine, gic, boot.smp, cpu, boot.mem, boot.dom0_mem)


def _gdb(boot, folder):
    """QEMU's options to wait for a debugger, after saying how to attach one."""
    socket = folder / 'gdb.sock'
    symbols = ''
    if boot.hypervisor == paths.IMAGE:
        symbols = " -ex 'add-symbol-file %s -o 0x%x'" % (paths.ELF, boards.load_address(boot.hypervisor, boot.board))
    say('QEMU waits for a debugger. In another terminal (Debian package gdb-multiarch):')
    say("  gdb-multiarch -ex 'set architecture aarch64'%s -ex 'target remote %s'" % (symbols, socket))
    return ['-S', '-gdb', 'unix:%s,server=on,wait=off' % socket]


def interactive(boot, folder, a):
    """QEMU on this terminal until the user leaves or the machine is switched off."""
    log = ',logfile=%s' % os.path.abspath(a.log) if a.log else ''
    argv = boot.argv(folder) + ['-display', 'none', '-chardev', 'stdio,id=console,mux=on,signal=off' + log,
                                '-serial', 'chardev:console', '-mon', 'chardev=console']
    if a.gdb:
        argv += _gdb(boot, folder)
    say('booting %s' % _describe(boot))
    say('Ctrl-a x leaves; Ctrl-a a sends one Ctrl-a (three switch between Dom0 and the hypervisor); Ctrl-a h: help')
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = subprocess.call(argv)
    finally:
        signal.signal(signal.SIGINT, before)
    say('QEMU ended')
    return 0 if status == 0 else 1


class Teller:
    """Shows the console of a demo: what the checks print, without its marks, and what takes long."""

    def __init__(self):
        self._timer = None

    def _begin(self, name):
        self._timer = threading.Timer(2, lambda: print('  ....  %s' % name, flush=True))
        self._timer.daemon = True
        self._timer.start()

    def line(self, line):
        """One line of the console."""
        found = CHECK.match(line)
        if found and self._timer:
            self._timer.cancel()
        if line.startswith('@D '):
            print('      ' + line[3:], flush=True)
        elif line.startswith('@B '):
            self._begin(line[3:])
        elif found:
            name, result, text = found.groups()
            print('  %s  %s: %s' % ('PASS' if result == 'ok' else 'FAIL', name, text), flush=True)
        elif not line.startswith(('@S ', '@E ')):
            print('  ' + line, flush=True)


def _judge(text, bare, steps):
    """What of the console of a demo is not as it should be (empty: nothing), and the number of checks."""
    results = {name: result == 'ok' for name, result, _ in CHECK.findall(text)}
    missing = [name for name, good in results.items() if not good]
    if bare:
        missing += sorted(set(steps) - set(results))
    elif not re.search(r'^@E demo ok ', text, re.M):
        missing += ['the end of the checks']
    return 'not seen or failed: ' + ', '.join(missing) if missing else '', len(results)


def demo(boot, folder, log, bare):
    """Boot, let Dom0 check itself (bare) or its toolstack, switch off; 0 only when all was seen."""
    boot.steps = DEMO_STEPS[boot.machine] if bare else ('demo',)
    trouble = ''
    say('booting %s' % _describe(boot))
    with qemu.Machine(boot, folder, log, DEMO_LIMIT + 60, Teller().line) as machine:
        try:
            machine.expect(r'^@END$', DEMO_LIMIT)
            off = time.monotonic()
            status = machine.wait_end(60)
            say('the machine switched itself off in %.1f s' % (time.monotonic() - off))
            if status:
                trouble = 'QEMU ended with status %d' % status
        except qemu.Lost as lost:
            trouble = str(lost).split('\n', maxsplit=1)[0]
        failed, count = _judge(machine.text, bare, boot.steps)
    trouble = trouble or failed
    if trouble:
        say('demo FAILED: %s; the console is in %s' % (trouble, log))
        return 1
    say('demo passed: %d checks, and a clean power-off' % count)
    return 0


def drivers(file):
    """The GIC and the UART of a system's board, of which a static profile has one each."""
    board = re.search(r'^board:.*machine: *([\w-]+)', file.read_text(encoding='utf-8'), re.M).group(1)
    return {'virt-gicv2': ('v2', 'pl011'), 'zcu102': ('v2', 'cadence')}.get(board, ('v3', 'pl011'))


def system(name, static=False):
    """Build and run an example system until the user leaves QEMU; static: on the static profile."""
    names = sorted(folder.name for folder in (paths.ROOT / 'systems').iterdir() if folder.is_dir())
    if name not in names:
        raise CofferError('no system %s' % name, 'use one of %s' % ', '.join(names))
    build.build()
    file = paths.ROOT / 'systems' / name / (name + '.yaml')
    profile = ['--blob', '--hypervisor', str(build.build_static(*drivers(file)))] if static else []
    found = (paths.BUILD, paths.BUILD / 'services', paths.BUILD / 'systems', *images.for_system(file))
    say('Ctrl-a x leaves')
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.call([str(paths.BUILD / 'tools/cofferdam/cofferdam'), 'run',
                                *(word for folder in found for word in ('-I', str(folder))), *profile,
                                '-o', str(paths.BUILD / 'systems' / (name + '.build')), str(file)])
    finally:
        signal.signal(signal.SIGINT, before)


def main(argv):
    """./coffer run"""
    a = parser().parse_args(argv)
    if a.system:
        if set(argv) - {a.system, '--static'}:
            raise CofferError('%s has its options in its own file' % a.system, 'give only its name')
        return system(a.system, a.static)
    if a.static:
        raise CofferError('--static is for a system', 'name one of systems/')
    if a.hypervisor:
        hypervisor = pathlib.Path(a.hypervisor).resolve()
        if not hypervisor.is_file():
            raise CofferError('no file %s' % a.hypervisor, 'give the path of a hypervisor image')
    else:
        hypervisor = build.build()
    boards.load_address(hypervisor, boards.BOARDS[a.machine])
    with tempfile.TemporaryDirectory(prefix='coffer-') as name:
        folder = pathlib.Path(name)
        boot = _boot(a, hypervisor, folder)
        if a.dtb_out:
            boot.argv(folder)
            pathlib.Path(a.dtb_out).write_bytes((folder / 'board.dtb').read_bytes())
            say('device tree in %s' % a.dtb_out)
            return 0
        if not a.demo:
            return interactive(boot, folder, a)
        log = pathlib.Path(a.log or paths.CACHE / 'demo.log').resolve()
        return demo(boot, folder, log, a.bare)
