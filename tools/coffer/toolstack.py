# SPDX-License-Identifier: Apache-2.0
"""The images for guests: a Dom0 with Debian's own toolstack, and Debian guests for it to start.

Everything is unmodified Debian: xl and libxl, oxenstored and xenstored, xenconsoled, bash, iproute2, the
kernels. No maintainer script runs. What is written here (tools/coffer/host) is a second archive that is made
at each boot, so that editing it costs no image.
"""
import dataclasses
import fnmatch
import gzip
import hashlib
import os
import pathlib
import shutil
import stat
import subprocess

from coffer import apt, cpio, images, paths
from coffer.tell import call, say, step

TOOLS = """xen-utils-4.17 xen-utils-common xenstore-utils libxenmisc4.17 libxencall1 libxendevicemodel1
    libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxenhypfs1 libxenstore4 libxentoolcore1 libxentoollog1
    busybox-static bash libc6 libgcc-s1 libtinfo6 libncurses6 ncurses-base libyajl2 zlib1g libext2fs2 libcom-err2
    libuuid1 libfdt1 libblkid1 libmount1 libsmartcols1 libselinux1 libpcre2-8-0 libudev1 mount util-linux
    bsdutils grep sed mawk coreutils libacl1 libattr1 libgmp10 iproute2 libbpf1 libelf1 libmnl0 libbsd0 libmd0
    libcap2 libcrypt1 iperf3 libiperf0 libsctp1 libssl3""".split()
PROGRAMS = """bash xenstore* xenalyze xencov_split xentrace_format iperf3 grep sed mawk busybox stat timeout dd df
    sort cut readlink realpath date sha256sum md5sum truncate flock setsid script ip cat ls cp mv rm mkdir
    sync""".split()
# What of the unpacked packages goes into Dom0. busybox gives every program that none of these gives.
KEPT = [*('usr/bin/' + name for name in PROGRAMS), 'usr/sbin/xl', 'usr/sbin/xen*', 'usr/sbin/oxenstored',
        'usr/sbin/flask-*', 'usr/sbin/losetup', 'usr/sbin/bridge', 'usr/sbin/ip', 'usr/lib/ld-linux-aarch64.so.1',
        'usr/lib/aarch64-linux-gnu/*.so*', 'usr/lib/xen-4.17/*', 'usr/lib/xen-common/*', 'usr/lib/terminfo/*',
        'etc/xen/*', 'etc/iproute2/*', 'etc/ld.so.conf.d/*']
LEFT = ['*/gconv/*', '*/tc/*', '*/engines-3/*', '*/ossl-modules/*', '*/python*', '*/pygrub']
HOST_MODULES = """xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback bridge stp llc loop
    tun veth xen-blkfront xen-netfront xen-pciback xen-scsiback xen_wdt ext4 crc32c_generic virtio_mmio
    virtio_blk virtio_net virtio_pci 9p 9pnet_virtio 9pnet_xen""".split()
GUEST_MODULES = """xen-blkfront xen-netfront ext4 crc32c_generic 9p 9pnet_xen xen-evtchn xen-gntdev xen-gntalloc
    xenfs xen-privcmd xen_wdt""".split()
IPERF_LIBRARIES = ('ld-linux-aarch64.so.1', 'libc.so.6', 'libm.so.6', 'libiperf.so.0', 'libsctp.so.1',
                   'libcrypto.so.3')
ETC = {'passwd': 'root:x:0:0:root:/root:/bin/bash\n', 'group': 'root:x:0:\n',
       'inputrc': 'set enable-bracketed-paste off\n'}
HOST = paths.HERE / 'host'
GUEST = paths.HERE / 'guest'
ARINC = paths.ROOT / 'tools/dom0/coff-arinc.c'


@dataclasses.dataclass(frozen=True)
class Toolstack:
    """Where the images are."""
    folder: pathlib.Path

    @property
    def dom0(self):
        """Dom0's initramfs with the guests in it, without what overlay() adds."""
        return self.folder / 'dom0.cpio'

    @property
    def guest(self):
        """Kernel and compressed initramfs of the guest."""
        return self.folder / 'Image', self.folder / 'initramfs'

    def ramdisk(self, folder, scenarios=(), more=()):
        """Write folder/dom0.cpio: the initramfs, more archives, and our own files; returns its path."""
        out = folder / 'dom0.cpio'
        shutil.copyfile(self.dom0, out)
        with open(out, 'ab') as f:
            for path in more:
                f.write(path.read_bytes())
            f.write(_overlay(scenarios))
        return out


def _compiled(tree):
    """A device tree for a guest, from its source."""
    return subprocess.run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', str(tree)], check=True, stdout=subprocess.PIPE).stdout


def _overlay(scenarios):
    """The archive of our own files for Dom0: init, the library of the scenarios, the scenarios and their trees."""
    archive = cpio.Archive()
    archive.add('init', stat.S_IFREG | 0o755, (HOST / 'init').read_bytes())
    for path in sorted(HOST.iterdir()):
        if path.name != 'init' and path.suffix not in ('.c', '.S'):
            archive.add('coffer/' + path.name, stat.S_IFREG | 0o755, path.read_bytes())
    for path in scenarios:
        name, data = path.name, path.read_bytes()
        if path.suffix == '.dts':
            name, data = path.stem + '.dtb', _compiled(path)
        archive.add('coffer/scenarios/' + name, stat.S_IFREG | 0o644, data)
    return archive.bytes()


def _keep(tree):
    """Take out of the tree what Dom0 does not need."""
    for top, folders, files in os.walk(tree, topdown=False):
        for name in files + [folder for folder in folders if os.path.islink(os.path.join(top, folder))]:
            path = os.path.relpath(os.path.join(top, name), tree)
            wanted = any(fnmatch.fnmatch(path, kept) for kept in KEPT)
            if top != str(tree) and (not wanted or any(fnmatch.fnmatch(path, left) for left in LEFT)):
                os.unlink(os.path.join(top, name))
        if top != str(tree) and not os.listdir(top):
            os.rmdir(top)


def _root(debs, tree):
    """Unpack the toolstack's packages below tree and keep what Dom0 needs."""
    for name in ('bin', 'sbin', 'lib'):
        (tree / 'usr' / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to('usr/' + name)
    for package in TOOLS:
        apt.unpack(debs[package], tree)
    _keep(tree)
    (tree / 'usr/bin/awk').symlink_to('mawk')
    (tree / 'usr/bin/sh').symlink_to('bash')
    for name in ('bb', 'dev', 'proc', 'sys', 'tmp', 'run', 'mnt', 'guests', 'root', 'var/lib/xen', 'var/log/xen',
                 'etc/xen/auto'):
        (tree / name).mkdir(parents=True, exist_ok=True)
    (tree / 'var/run').symlink_to('../run')
    (tree / 'var/lock').symlink_to('../run/lock')
    for name, text in ETC.items():
        (tree / 'etc' / name).write_text(text, encoding='utf-8')


def _guest(kernel_tree, version, busybox, root, scratch):
    """The guest's initramfs, compressed; root: where iperf3 and its libraries are, or None to leave them out."""
    tree = scratch / ('guest-' + version)
    (tree / 'lib').mkdir(parents=True)
    images.modules_tree(kernel_tree, version, tree, GUEST_MODULES)
    archive = cpio.Archive()
    archive.add_tree(tree)
    for name in ('dev', 'proc', 'sys', 'tmp', 'run', 'mnt', 'etc'):
        archive.add(name, stat.S_IFDIR | 0o755)
    archive.add('dev/console', stat.S_IFCHR | 0o600, rdev=(5, 1))
    archive.add('bin/busybox', stat.S_IFREG | 0o755, busybox.read_bytes())
    archive.add('init', stat.S_IFREG | 0o755, (GUEST / 'init').read_bytes())
    if root:
        archive.add('usr/bin/iperf3', stat.S_IFREG | 0o755, (root / 'usr/bin/iperf3').read_bytes())
        for name in IPERF_LIBRARIES:
            found = next((root / 'usr/lib').rglob(name)).resolve()
            archive.add('lib/' + name, stat.S_IFREG | 0o755, found.read_bytes())
    return gzip.compress(archive.bytes(), 1, mtime=0)


def _payload(source, out, scratch):
    """Assemble a bare guest of ours."""
    thing = scratch / (source.stem + '.o')
    call(['aarch64-linux-gnu-gcc', '-c', '-o', str(thing), str(source)], 'assembling ' + source.name, 'report this')
    call(['aarch64-linux-gnu-objcopy', '-O', 'binary', '-j', '.text', str(thing), str(out)],
         'copying ' + source.name, 'report this')


def _program(source, out, *options):
    """Compile a program of ours for Dom0."""
    call(['aarch64-linux-gnu-gcc', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-s', *options, '-o',
          str(out), str(source)], 'compiling ' + source.name, 'report this')


def _make(debs, kernel_package, folder):
    """Fill folder with the images."""
    version = kernel_package[len('linux-image-'):]
    scratch = folder / 'scratch'
    root, kernel = scratch / 'root', scratch / 'kernel'
    with step('unpacking Debian\'s Xen toolstack and the kernel %s' % version):
        apt.unpack(debs[kernel_package], kernel, './boot', './lib/modules')
        _root(debs, root)
    with step('making Dom0 with the toolstack, and a guest'):
        images.modules_tree(kernel, version, root, HOST_MODULES)
        guest = _guest(kernel, version, root / 'usr/bin/busybox', root, scratch)
        (root / 'guests/initramfs').write_bytes(guest)
        shutil.copy(kernel / 'boot' / ('vmlinuz-' + version), root / 'guests/Image')
        for name in ('Image', 'initramfs'):
            shutil.copy(root / 'guests' / name, folder / name)
        _payload(GUEST / 'crash.S', root / 'guests/crash', scratch)
        _program(HOST / 'hypercall.c', root / 'usr/bin/hypercall')
        _program(ARINC, root / 'usr/sbin/coff-arinc', '-I', str(paths.ROOT / 'include'))
        _program(HOST / 'mark.S', root / 'usr/bin/mark', '-nostdlib')
        archive = cpio.Archive()
        archive.add_tree(root)
        archive.add('dev/console', stat.S_IFCHR | 0o600, rdev=(5, 1))
        data = archive.bytes()
        (folder / 'dom0.cpio').write_bytes(data)
    (folder / 'packages.txt').write_text('\n'.join(sorted(path.name for path in debs.values())) + '\n',
                                         encoding='utf-8')
    shutil.rmtree(scratch)
    say('Dom0 with the toolstack: %.1f MiB, of them the guest\'s initramfs %.1f MiB' % (
        len(data) / 2**20, len(guest) / 2**20))


def _key(names):
    digest = hashlib.sha256('\n'.join(sorted(names)).encode())
    for path in (pathlib.Path(__file__), pathlib.Path(images.__file__), paths.HERE / 'cpio.py',
                 HOST / 'hypercall.c', HOST / 'mark.S', ARINC, *sorted(GUEST.iterdir())):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kept(store, names, make):
    """The folder of store for these packages; make(folder) fills it when it is missing, and older ones go."""
    return images.kept(store, _key(names), make)


def ensure():
    """Have the images of the newest packages; returns Toolstack."""
    apt.update()
    kernel_package = apt.kernel_package()
    packages = [kernel_package, *TOOLS]
    names = [name for name, _ in apt.resolve(packages).values()]
    return Toolstack(kept(paths.CACHE / 'toolstack', names,
                           lambda folder: _make(apt.download(packages), kernel_package, folder)))


def _make_kinds(kinds, folder):
    """Fill folder with Image-KIND and initramfs-KIND of each, and with kinds.cpio, which has them in /guests."""
    archive = cpio.Archive()
    for kind, (package, arch) in kinds.items():
        debs = apt.download([package, 'busybox-static'], arch)
        scratch, version = folder / kind, package[len('linux-image-'):]
        with step('making a guest of %s' % package):
            apt.unpack(debs[package], scratch, './boot', './lib/modules')
            apt.unpack(debs['busybox-static'], scratch)
            guest = _guest(scratch, version, scratch / 'bin/busybox', None, scratch)
        files = {'Image-' + kind: (scratch / 'boot' / ('vmlinuz-' + version)).read_bytes(), 'initramfs-' + kind: guest}
        for name, data in files.items():
            (folder / name).write_bytes(data)
            archive.add('guests/' + name, stat.S_IFREG | 0o644, data)
        shutil.rmtree(scratch)
    (folder / 'kinds.cpio').write_bytes(archive.bytes())


def kinds():
    """The folder of further guests, Debian's real-time kernel (rt) and its armhf kernel (armhf): Image-KIND,
    initramfs-KIND and kinds.cpio, an archive for Dom0 with them."""
    apt.update()
    apt.update('armhf')
    found = {'rt': (apt.kernel_package('rt-arm64'), 'arm64'),
             'armhf': (apt.kernel_package('armmp-lpae', 'armhf'), 'armhf')}
    names = [name for package, arch in found.values() for name, _ in apt.resolve([package], arch).values()]
    return kept(paths.CACHE / 'kinds', names, lambda folder: _make_kinds(found, folder))
