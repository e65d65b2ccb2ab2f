# SPDX-License-Identifier: Apache-2.0
"""Debian's own measuring and loading programs for guests: fio, cyclictest and stress-ng, each with the libraries that it
is linked with as a compressed initramfs, to be put behind a guest's own.

They do not go into every guest: fio alone brings 80 MB of libraries of cluster filesystems that it can drive.
"""
import gzip
import pathlib
import re
import shutil
import stat

from coffer import apt, cpio, paths, toolstack
from coffer.tell import call, step

LINKED = """libacl1 libaio1 libapparmor1 libargon2-1 libblkid1 libboost-iostreams1.74.0 libboost-thread1.74.0 libbsd0
    libbz2-1.0 libc6 libcom-err2 libcrypt1 libcryptsetup12 libdaxctl1 libdevmapper1.02.1 libdrm2 libegl1 libexpat1
    libffi8 libfmt9 libgbm1 libgcc-s1 libgfapi0 libgfrpc0 libgfxdr0 libgles2 libglusterfs0 libglvnd0 libgmp10
    libgnutls30 libgssapi-krb5-2 libhogweed6 libibverbs1 libicu72 libidn2-0 libjpeg62-turbo libjson-c5
    libjudydebian1 libk5crypto3 libkeyutils1 libkmod2 libkrb5-3 libkrb5support0 liblzma5 libmd0 libnbd0 libndctl6
    libnettle8 libnl-3-200 libnl-route-3-200 libnuma1 libp11-kit0 libpcre2-8-0 libpmem1 libpmemblk1 librados2 librbd1
    librdmacm1 libsctp1 libselinux1 libssl3 libstdc++6 libtasn1-6 libtirpc3 libudev1 libunistring2 libuuid1
    libwayland-server0 libxml2 libxxhash0 libzstd1 zlib1g""".split()
PROGRAMS = {'fio': 'fio', 'cyclictest': 'rt-tests', 'stress-ng': 'stress-ng'}  # and the packages that have them


def _linked(program, libraries):
    """The files of all libraries that a program needs, by the name under which it asks for them."""
    found, asked = {}, [program]
    while asked:
        said = call(['aarch64-linux-gnu-readelf', '-d', str(asked.pop())], 'reading what a program is linked with',
                    'report this')
        for name in re.findall(r'NEEDED.*\[(.*)\]', said):
            if name not in found:
                found[name] = libraries[name]
                asked.append(libraries[name])
    return found


def _make(packages, folder):
    """Fill folder with PROGRAM.gz of each program and with loads.cpio, where they are guests/PROGRAM.gz."""
    root, whole = folder / 'root', cpio.Archive()
    debs = apt.download(packages)
    with step('making fio, cyclictest and stress-ng for guests'):
        for package in packages:
            apt.unpack(debs[package], root)
        libraries = {path.name: path.resolve() for path in root.rglob('*.so*')}
        for program in PROGRAMS:
            archive, path = cpio.Archive(), root / 'usr/bin' / program
            archive.add('usr/bin/' + program, stat.S_IFREG | 0o755, path.read_bytes())
            for name, file in _linked(path, libraries).items():
                archive.add('lib/' + name, stat.S_IFREG | 0o755, file.read_bytes())
            data = gzip.compress(archive.bytes(), 1, mtime=0)
            (folder / (program + '.gz')).write_bytes(data)
            whole.add('guests/%s.gz' % program, stat.S_IFREG | 0o644, data)
        (folder / 'loads.cpio').write_bytes(whole.bytes())
    shutil.rmtree(root)


def ensure():
    """Have them; returns the folder with PROGRAM.gz, and with loads.cpio, an archive for Dom0 in which they are
    /guests/PROGRAM.gz."""
    apt.update()
    packages = [*PROGRAMS.values(), *LINKED]
    names = [name for name, _ in apt.resolve(packages).values()]
    return toolstack.kept(paths.CACHE / 'loads', names + [pathlib.Path(__file__).read_text(encoding='utf-8')],
                          lambda folder: _make(packages, folder))
