# SPDX-License-Identifier: Apache-2.0
"""The boards of QEMU that Cofferdam runs on, and the device tree that a boot loader would hand over."""
import dataclasses
import pathlib
import re
import subprocess

from coffer.tell import CofferError, call


@dataclasses.dataclass(frozen=True)
class Board:
    """One machine of QEMU."""
    qemu: str
    cpu: str | None       # default CPU; None when the board has its own
    cpus: int             # most that QEMU takes
    cpus_usual: int       # more than the host has make every boot slow
    memory: tuple         # least, default, most MiB
    ram: int              # where its RAM begins
    kernel: int           # where Dom0's kernel and ramdisk are loaded
    ramdisk: int
    virtio: bool          # has virtio devices


BOARDS = {
    # QEMU puts the hypervisor at the start of RAM and the device tree 128 MiB above.
    'virt': Board('virt,virtualization=on,gic-version={gic}', 'cortex-a57', 8, 2, (384, 2048, 65536),
                  0x40000000, 0x50000000, 0x54000000, True),
    # Above 2 GiB QEMU 7.2 describes RAM where this board has devices.
    'zcu102': Board('xlnx-zcu102,virtualization=on', None, 4, 4, (384, 2048, 2048),
                    0, 0x10000000, 0x14000000, False),
}
CPUS = ('cortex-a53', 'cortex-a57', 'cortex-a72', 'max')
# Debian's Xen knows the repeated pages of this board's GIC-400 by an identification register that QEMU
# has not; with these two regions it finds plain ones.
XEN_ZCU102_GIC = r'\g<1>0 0xf9010000 0 0x10000 0 0xf902f000 0 0x2000 0 0xf9040000 0 0x20000 0 0xf906f000 0 0x2000>'


@dataclasses.dataclass
class Module:
    """A file that the boot loader puts into RAM for the hypervisor."""
    kind: str             # 'kernel' or 'ramdisk'
    path: pathlib.Path
    address: int
    size: int = 0         # as told in the device tree; 0: the file's
    compatible: str = ''  # default: "multiboot,KIND", "multiboot,module"

    def node(self, cells):
        """Its node in /chosen, addresses in so many cells."""
        size = self.size or self.path.stat().st_size
        value = ' '.join('0x%x' % (number >> (32 * i) & 0xffffffff)
                         for number in (self.address, size) for i in reversed(range(cells)))
        compatible = self.compatible or '"multiboot,%s", "multiboot,module"' % self.kind
        return 'module@%x { compatible = %s; reg = <%s>; };' % (self.address, compatible, value)


def load_address(image, board):
    """Where QEMU puts an arm64 Image (boot protocol: text_offset, not the first page)."""
    with open(image, 'rb') as f:
        header = f.read(64)
    if header[56:60] != b'ARM\x64':
        raise CofferError('%s has no arm64 Image header' % image, 'give an image such as build/cofferdam')
    offset = int.from_bytes(header[8:16], 'little')
    if int.from_bytes(header[16:24], 'little') == 0:
        offset = 0x80000
    return board.ram + offset + (0x200000 if offset < 0x1000 else 0)


def source(boot, folder):
    """The board's own device tree as source: from QEMU, or Debian's for the ZCU102."""
    if boot.machine == 'zcu102':
        base = boot.images.zcu102
    else:
        base = folder / 'base.dtb'
        call(['qemu-system-aarch64', '-machine', boot.qemu_machine() + ',dumpdtb=%s' % base, '-cpu', boot.cpu_model(),
              '-smp', str(boot.smp), '-m', str(boot.mem), '-display', 'none', '-nic', 'none'],
             'asking QEMU for the device tree', 'check --machine, --gic, --cpu, --smp and --mem')
    text = call(['dtc', '-q', '-I', 'dtb', '-O', 'dts', str(base)], 'reading the device tree', 'report this')
    if boot.machine == 'zcu102' and boot.xen_tree:
        text = re.sub(r'(interrupt-controller@f9010000 \{[^}]*?reg = <)[^>]*>', XEN_ZCU102_GIC, text)
    return text


def _quoted(text):
    return '"%s"' % text.replace('\\', '\\\\').replace('"', '\\"')


def make_dtb(boot, folder):
    """Write folder/board.dtb: the board's tree, with /chosen as Xen's boot protocol has it."""
    text = source(boot, folder) + '''
/ { chosen {
    #address-cells = <%d>; #size-cells = <%d>;
    xen,xen-bootargs = %s;
    xen,dom0-bootargs = %s;
    %s
}; };
%s
''' % (boot.cells, boot.cells, _quoted(' '.join(boot.xen_words())), _quoted(' '.join(boot.dom0_words())),
       '\n    '.join(module.node(boot.cells) for module in boot.modules()), boot.tree_edit)
    out = folder / 'board.dtb'
    done = subprocess.run(['dtc', '-q', '-f', '-I', 'dts', '-O', 'dtb', '-o', str(out)], input=text, text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode or not out.exists():
        raise CofferError('dtc cannot make the device tree: %s' % done.stdout.strip(), 'correct the edit of the tree')
    return out
