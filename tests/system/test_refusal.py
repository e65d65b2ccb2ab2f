# SPDX-License-Identifier: Apache-2.0
"""What a boot loader may get wrong: one clear line names the node and the remedy, and the machine stops."""
import re
import time

import pytest
from coffer import boards, images, qemu  # noqa: F401  (path set by conftest)

pytestmark = pytest.mark.cofferdam
REFUSAL = r'^(?:\(CFD\) )?cofferdam: error: ([^:]+(?:: )?.*?): (.+); (.+)$'


def refused(rig, node, what, **kwargs):
    """Boot; expect a refusal whose node and text match, no Dom0, and a machine that stays there."""
    m = rig.boot(limit=90, **kwargs)
    found = m.expect(REFUSAL, 45)
    assert re.search(node, found.group(1)), found.group(0)
    assert re.search(what, found.group(0)), found.group(0)
    time.sleep(2)
    assert m.alive()
    assert len(re.findall(REFUSAL, m.text, re.M)) == 1
    assert 'Linux version' not in m.text
    assert not qemu.CRASH.search(m.text)


def part_of_kernel(guest, folder, size):
    """The first bytes of the kernel as a file."""
    path = folder / 'kernel'
    path.write_bytes(guest.kernel.read_bytes()[:size])
    return path


@pytest.mark.parametrize('size', [32, 4096, pytest.param(1 << 20, marks=pytest.mark.full)])
def test_truncated_kernel(rig, guest, tmp_path, size):
    """A kernel that ends early, in its header or behind it."""
    refused(rig, r'module@50000000', 'truncated', kernel=part_of_kernel(guest, tmp_path, size))


def test_not_a_kernel(rig, tmp_path):
    """A file without the arm64 Image magic."""
    path = tmp_path / 'kernel'
    path.write_bytes(b'no kernel at all' * 4096)
    refused(rig, r'module@50000000', 'magic', kernel=path)


def test_missing_kernel(rig):
    """No kernel module."""
    refused(rig, r'/chosen', 'kernel', without=('kernel',))


def test_two_kernels(rig, guest):
    """Two modules of one kind."""
    second = boards.Module('kernel', guest.kernel, 0x58000000)
    refused(rig, r'module@58000000', 'second|two|twice|keep one', extra_modules=(second,))


def test_two_ramdisks(rig, guest):
    """Two ramdisks."""
    second = boards.Module('ramdisk', guest.initramfs, 0x58000000)
    refused(rig, r'module@58000000', 'second|two|twice|keep one', extra_modules=(second,))


def test_overlapping_modules(rig):
    """The kernel's size in the tree reaches into the ramdisk."""
    edit = '/ { chosen { module@50000000 { reg = <0 0x50000000 0 0x5000000>; }; }; };'
    refused(rig, r'module@5[04]000000', 'overlap', tree_edit=edit)


def test_module_over_hypervisor(rig):
    """A module where the hypervisor lies."""
    edit = '/ { chosen { module@54000000 { reg = <0 0x40200000 0 0x100000>; }; }; };'
    refused(rig, r'module@54000000', 'overlap', tree_edit=edit)


def test_module_outside_memory(rig):
    """A module where no RAM is."""
    edit = '/ { chosen { module@54000000 { reg = <0 0x1000 0 0x100000>; }; }; };'
    refused(rig, r'module@54000000', 'RAM', tree_edit=edit)


def test_bad_cell_count(rig):
    """#address-cells that no address fits."""
    refused(rig, r'/chosen', 'cells', tree_edit='/ { chosen { #address-cells = <7>; }; };')


def test_cell_count_that_does_not_fit(rig):
    """#address-cells that the nodes below do not fit."""
    refused(rig, r'module@', 'cells|entries', tree_edit='/ { chosen { #address-cells = <1>; }; };')


def test_cyclic_interrupt_parent(rig):
    """Two controllers that are each other's parent."""
    edit = '''/ {
      ring_a: ring-a { phandle = <0x9001>; interrupt-controller; #interrupt-cells = <1>; interrupt-parent = <0x9002>; };
      ring_b: ring-b { phandle = <0x9002>; interrupt-controller; #interrupt-cells = <1>; interrupt-parent = <0x9001>; };
    };'''
    refused(rig, r'ring-[ab]', 'circle', tree_edit=edit)


def test_too_little_memory(rig):
    """More for Dom0 than the machine has."""
    refused(rig, r'dom0_mem', 'MiB', mem=1024, dom0_mem=4096)


def test_dom0_too_small(rig):
    """Less for Dom0 than its kernel and ramdisk need."""
    refused(rig, r'dom0_mem|module@', 'MiB', dom0_mem=16)


def test_unknown_option(rig):
    """An unknown word on the command line is named in a warning, and the boot goes on."""
    m = rig.boot(steps=('uname',), xen_args=('frobnicate=7',))
    m.expect(r'^\(CFD\).*frobnicate', 60)
    m.expect(r'^@END$', 200)
    assert m.wait_end(60) == 0
