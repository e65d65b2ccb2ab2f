# SPDX-License-Identifier: Apache-2.0
"""Debian's arm64 static libfdt, unpacked where the cross build looks for it."""
import shutil

from coffer import apt, paths
from coffer.tell import say

PACKAGES = ['libfdt-dev', 'libfdt1']
WANTED = ['usr/lib/aarch64-linux-gnu/libfdt.a', 'usr/include/libfdt.h', 'usr/include/fdt.h']


def ensure():
    """Have .cache/sysroot; returns its path. A complete one is left alone."""
    if all((paths.SYSROOT / name).exists() for name in WANTED):
        return paths.SYSROOT
    apt.update()
    debs = apt.download(PACKAGES)
    fresh = paths.CACHE / 'sysroot.new'
    shutil.rmtree(fresh, ignore_errors=True)
    for deb in debs.values():
        apt.unpack(deb, fresh)
    shutil.rmtree(paths.SYSROOT, ignore_errors=True)
    fresh.rename(paths.SYSROOT)
    say('sysroot: %s' % paths.SYSROOT)
    return paths.SYSROOT
