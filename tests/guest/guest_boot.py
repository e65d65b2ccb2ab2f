# SPDX-License-Identifier: Apache-2.0
"""Boot a bare test guest as Dom0's kernel on a hypervisor under QEMU and hand back its console.

Used by tests/guest/run.py, tests/guest/test_payloads.py and bench/run.py. Any hypervisor that takes
Xen's Arm boot protocol will do. Standard library, qemu-system-aarch64 and dtc only.
"""
import os
import re
import select
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# name: (QEMU machine, CPU, where the kernel module is loaded)
MACHINES = {
    'virt-gicv3': ('virt,virtualization=on,gic-version=3', 'cortex-a53', 0x50000000),
    'virt-gicv2': ('virt,virtualization=on,gic-version=2', 'cortex-a53', 0x50000000),
    'zcu102': ('xlnx-zcu102,virtualization=on', None, 0x10000000),
}

# QEMU's GIC-400 on this board has 64 KiB aliases, but not the identity by which Xen 4.17 knows
# them: it gets the last alias of the first page, which together with the next makes a plain GICC.
XEN_ZCU102_GIC = '0 0xf9010000 0 0x10000 0 0xf902f000 0 0x2000 0 0xf9040000 0 0x20000 0 0xf906f000 0 0x2000'


def find_zcu102_dtb():
    """Debian's tree of the board: the environment's, or any that ./coffer unpacked."""
    if os.environ.get('COFFER_ZCU102_DTB'):
        return os.environ['COFFER_ZCU102_DTB']
    for top in (os.path.join(ROOT, '.cache'), os.path.join(ROOT, 'build')):
        for folder, _, files in os.walk(top):
            names = [f for f in files if re.match(r'(zynqmp-)?zcu102.*\.dtb$', f)]
            if names:
                return os.path.join(folder, sorted(names)[0])
    raise FileNotFoundError('no device tree of the zcu102: set COFFER_ZCU102_DTB (Debian\'s kernel '
                            'package has it as zynqmp-zcu102-rev1.0.dtb)')


def module_node(path, addr, kind='kernel', more=''):
    """A boot module's node, two cells each."""
    return ('module@%x { compatible = "multiboot,%s", "multiboot,module"; reg = <0 0x%x 0 0x%x>; %s };\n'
            % (addr, kind, addr, os.path.getsize(path), more))


class Guest:
    """One boot.

    `xen_tree` gives real Xen the GIC registers that it needs on the zcu102. `hidden_cpus` are taken out
    of the tree. Under icount QEMU lets every other CPU of its list run and starves those between when
    one spins, so two busy CPUs need a hidden one between them, and `quantum_us` to end their turns.
    """

    def __init__(self, hypervisor, image, machine='virt-gicv3', smp=1, mem=1024, xen_args='dom0_mem=64M',
                 xen_tree=False, icount=False, quantum_us=0, hidden_cpus=(), qemu_args=()):
        self.hypervisor, self.image, self.machine = hypervisor, image, machine
        self.smp, self.mem, self.xen_args, self.xen_tree = smp, mem, xen_args, xen_tree
        self.icount, self.quantum_us, self.hidden_cpus = icount, quantum_us, tuple(hidden_cpus)
        self.qemu_args = list(qemu_args)
        self.dom0_args = ''

    def files(self):
        """What the boot loader puts into RAM: (path, address)."""
        return [(self.image, MACHINES[self.machine][2])]

    def board(self):
        """What is changed of the board's tree, as source."""
        return ''

    def chosen(self):
        """The nodes of /chosen."""
        (path, addr), = self.files()
        return module_node(path, addr)

    def _tree(self, tmp):
        mach, cpu, _ = MACHINES[self.machine]
        if self.machine == 'zcu102':
            base = find_zcu102_dtb()
        else:
            base = os.path.join(tmp, 'base.dtb')
            subprocess.run(['qemu-system-aarch64', '-machine', mach + ',dumpdtb=' + base, '-cpu', cpu, '-smp',
                            str(self.smp), '-m', str(self.mem), '-nodefaults', '-display', 'none'],
                           check=True, stderr=subprocess.DEVNULL)
        dts = subprocess.run(['dtc', '-q', '-I', 'dtb', '-O', 'dts', base], check=True, capture_output=True,
                             text=True).stdout
        hidden = set(self.hidden_cpus)
        if self.machine == 'zcu102' and self.xen_tree:
            hidden |= set(range(self.smp, 4))
            dts = re.sub(r'(interrupt-controller@f9010000 \{[^}]*?\breg = <)[^>]*>',
                         lambda m: m.group(1) + XEN_ZCU102_GIC + '>', dts)
        dts += self.board()
        if hidden:
            dts += '/ { cpus { %s }; };\n' % ' '.join('/delete-node/ cpu@%d;' % i for i in sorted(hidden))
        dts += ('\n/ { chosen { #address-cells = <2>; #size-cells = <2>; xen,xen-bootargs = "%s";'
                ' xen,dom0-bootargs = "%s"; %s }; };\n' % (self.xen_args, self.dom0_args, self.chosen()))
        out = os.path.join(tmp, 'board.dtb')
        subprocess.run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', out], input=dts, text=True, check=True)
        return out

    def command(self, tmp):
        """The QEMU command line; files it needs go into `tmp`."""
        cmd = self.machine_command() + ['-kernel', self.hypervisor, '-dtb', self._tree(tmp)]
        for path, addr in self.files():
            cmd += ['-device', 'loader,file=%s,addr=0x%x,force-raw=on' % (path, addr)]
        return cmd

    def machine_command(self):
        """Of it the machine, without what it boots."""
        mach, cpu, _ = MACHINES[self.machine]
        cmd = ['qemu-system-aarch64', '-M', mach, '-smp', str(self.smp), '-m', str(self.mem), '-nographic',
               '-no-reboot', '-nodefaults', '-serial', 'stdio', '-monitor', 'none']
        if cpu:
            cmd += ['-cpu', cpu]
        if self.icount:
            # one instruction one nanosecond, one tick of the counter
            cmd += ['-icount', 'shift=0,sleep=off', '-global', 'cortex-a53-arm-cpu.cntfrq=1000000000']
        if self.quantum_us:
            # A turn lasts until the next deadline of the virtual clock. A buffering net filter makes
            # a periodic one that touches neither guest nor hypervisor.
            cmd += ['-netdev', 'hubport,id=turn,hubid=9',
                    '-object', 'filter-buffer,id=turns,netdev=turn,interval=%d' % self.quantum_us]
        return cmd + self.qemu_args

    def lines(self, timeout):
        """Yield the console's lines until QEMU ends or `timeout` seconds are over (then TimeoutError)."""
        with tempfile.TemporaryDirectory(prefix='guest-') as tmp:
            proc = subprocess.Popen(self.command(tmp), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT)
            try:
                end, held = time.monotonic() + timeout, b''
                while True:
                    left = end - time.monotonic()
                    if left <= 0:
                        raise TimeoutError('no end within %d s' % timeout)
                    if not select.select([proc.stdout], [], [], left)[0]:
                        continue
                    data = os.read(proc.stdout.fileno(), 65536)
                    if not data:
                        break
                    *whole, held = (held + data).split(b'\n')
                    for line in whole:
                        yield line.decode('utf-8', 'replace').rstrip('\r')
                if held:
                    yield held.decode('utf-8', 'replace')
            finally:
                if proc.poll() is None:
                    proc.kill()
                proc.wait()
                proc.stdout.close()
