# SPDX-License-Identifier: Apache-2.0
"""The guest images: Debian's arm64 kernel, a small Dom0 initramfs, and Debian's Xen as the reference.

All are made of unmodified Debian packages and kept in .cache/guest/KEY, where KEY stands for the
packages' versions and the files that make the images.
"""
import dataclasses
import hashlib
import pathlib
import re
import shutil
import stat

from coffer import apt, cpio, paths
from coffer.tell import CofferError, call, say, step

XEN = 'xen-hypervisor-4.17-arm64'
MODULES = ['xenfs', 'xen-privcmd', 'xen-evtchn', 'xen-gntdev', 'xen-gntalloc', 'virtio_mmio', 'virtio_pci',
           'virtio_blk', 'virtio_net', 'ext4', 'crc32c_generic']
DTB = 'zynqmp-zcu102-rev1.0.dtb'
MOTD = ('This is Dom0: Debian\'s kernel and busybox on an initramfs.\n'
        'Checks: . /coffer/steps.sh; run_step hypervisor (uname cpus memory interrupts disk net load ...)\n'
        'poweroff -f and reboot -f act on the whole machine; Ctrl-a x leaves QEMU.\n')


@dataclasses.dataclass(frozen=True)
class Images:
    """Where the images are."""
    folder: pathlib.Path

    @property
    def kernel(self):
        """Debian's arm64 kernel, an uncompressed Image."""
        return self.folder / 'Image'

    @property
    def initramfs(self):
        """The Dom0 initramfs, an uncompressed cpio archive."""
        return self.folder / 'dom0.cpio'

    @property
    def xen(self):
        """Debian's Xen 4.17."""
        return self.folder / 'xen-4.17-arm64'

    @property
    def zcu102(self):
        """Debian's device tree of the ZCU102."""
        return self.folder / 'zcu102.dtb'


def _closure(modules_dep, names):
    """Relative paths of the named modules and all they need, by the text of modules.dep."""
    needs, path_of = {}, {}
    for line in modules_dep.splitlines():
        path, _, rest = line.partition(':')
        name = _plain(path)
        path_of[name], needs[name] = path, [_plain(other) for other in rest.split()]
    todo, seen = [_plain(name) for name in names], []
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        if name not in path_of:
            raise CofferError('the kernel package has no module %s' % name, 'update this checkout')
        seen.append(name)
        todo += needs[name]
    return [path_of[name] for name in seen]


def _plain(path):
    return re.sub(r'\.ko.*', '', path.rsplit('/', 1)[-1]).replace('-', '_')


def _own_files():
    return [pathlib.Path(__file__), paths.HERE / 'cpio.py', *sorted((paths.HERE / 'dom0').iterdir())]


def _key(names):
    digest = hashlib.sha256('\n'.join(sorted(names)).encode())
    for path in _own_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def modules_tree(kernel_tree, version, folder, names):
    """The named modules and what they need below folder, with their own modules.dep."""
    relative = pathlib.Path('lib/modules') / version
    depmod = ['/sbin/depmod', '-b']
    call([*depmod, str(kernel_tree), version], 'listing modules', 'report this')
    wanted = _closure((kernel_tree / relative / 'modules.dep').read_text(encoding='utf-8'), names)
    for path in wanted:
        target = folder / relative / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kernel_tree / relative / path, target)
    for name in ('modules.builtin', 'modules.order', 'modules.builtin.modinfo'):
        if (kernel_tree / relative / name).exists():
            shutil.copy(kernel_tree / relative / name, folder / relative / name)
    call([*depmod, str(folder), version], 'listing modules', 'report this')
    for name in (folder / relative).glob('modules.*'):
        if name.name not in ('modules.dep', 'modules.alias', 'modules.softdep', 'modules.builtin'):
            name.unlink()


def _initramfs(kernel_tree, version, busybox_tree, scratch):
    tree = scratch / 'modules'
    modules_tree(kernel_tree, version, tree, MODULES)
    archive = cpio.Archive()
    archive.add_tree(tree)
    archive.add('dev/console', stat.S_IFCHR | 0o600, rdev=(5, 1))
    archive.add('bin/busybox', stat.S_IFREG | 0o755, (busybox_tree / 'bin/busybox').read_bytes())
    own = paths.HERE / 'dom0'
    archive.add('init', stat.S_IFREG | 0o755, (own / 'init').read_bytes())
    archive.add('coffer/shell', stat.S_IFREG | 0o755, (own / 'shell').read_bytes())
    archive.add('coffer/steps.sh', stat.S_IFREG | 0o644, (own / 'steps.sh').read_bytes())
    archive.add('etc/passwd', stat.S_IFREG | 0o644, b'root::0:0:root:/root:/bin/sh\n')
    archive.add('etc/group', stat.S_IFREG | 0o644, b'root:x:0:\ntty:x:5:\n')
    archive.add('etc/motd', stat.S_IFREG | 0o644, MOTD.encode())
    archive.add('etc/profile', stat.S_IFREG | 0o644, b"PS1='dom0:\\w# '\n")
    return archive.bytes()


def _make(debs, kernel_package, folder):
    """Fill folder with the images."""
    version = kernel_package[len('linux-image-'):]
    scratch = folder / 'scratch'
    with step('unpacking the kernel %s' % version):
        apt.unpack(debs[kernel_package], scratch / 'kernel', './boot', './lib/modules',
                   './usr/lib/linux-image-%s/xilinx/%s' % (version, DTB))
    for package in ('busybox-static', XEN):
        apt.unpack(debs[package], scratch / package)
    with step('making the Dom0 initramfs'):
        data = _initramfs(scratch / 'kernel', version, scratch / 'busybox-static', scratch)
        (folder / 'dom0.cpio').write_bytes(data)
    shutil.copy(scratch / 'kernel/boot' / ('vmlinuz-' + version), folder / 'Image')
    shutil.copy(scratch / 'kernel/usr/lib' / ('linux-image-' + version) / 'xilinx' / DTB, folder / 'zcu102.dtb')
    shutil.copy(scratch / XEN / 'boot/xen-4.17-arm64', folder / 'xen-4.17-arm64')
    (folder / 'packages.txt').write_text('\n'.join(sorted(path.name for path in debs.values())) + '\n',
                                         encoding='utf-8')
    shutil.rmtree(scratch)
    say('guest images: kernel %s, initramfs %.1f MiB' % (version, len(data) / 2**20))


def _make_realtime(debs, kernel_package, folder):
    """Fill folder with Image-rt and rt.cpio, the same initramfs with this kernel's modules."""
    version = kernel_package[len('linux-image-'):]
    scratch = folder / 'scratch'
    with step('making a guest of %s' % kernel_package):
        for package in (kernel_package, 'busybox-static'):
            apt.unpack(debs[package], scratch / package)
        tree = scratch / kernel_package
        (folder / 'rt.cpio').write_bytes(_initramfs(tree, version, scratch / 'busybox-static', scratch))
        shutil.copy(tree / 'boot' / ('vmlinuz-' + version), folder / 'Image-rt')
    shutil.rmtree(scratch)


def kept(store, key, make):
    """The folder of store for this key; make(folder) fills it when it is missing, and older ones go."""
    folder = store / key
    if not folder.exists():
        fresh = store / (key + '.new')
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        make(fresh)
        fresh.rename(folder)
        for old in store.iterdir():
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
    return folder


def _newest(store, packages, make):
    """The folder of store for the newest packages, a kernel first; make() fills it when it is missing."""
    names = [name for name, _ in apt.resolve(packages).values()]
    return kept(store, _key(names), lambda folder: make(apt.download(packages), packages[0], folder))


def ensure():
    """Have the images of the newest packages; returns Images."""
    apt.update()
    return Images(_newest(paths.CACHE / 'guest', [apt.kernel_package(), 'busybox-static', XEN], _make))


def realtime():
    """The folder with Debian's real-time kernel as Image-rt, and an initramfs for it, rt.cpio."""
    apt.update()
    return _newest(paths.CACHE / 'realtime', [apt.kernel_package('rt-arm64'), 'busybox-static'], _make_realtime)


def for_system(file):
    """The folders with the kernels and ramdisks that a system file may name."""
    found = [ensure().folder]
    return found + [realtime()] if 'Image-rt' in file.read_text(encoding='utf-8') else found
