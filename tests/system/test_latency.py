# SPDX-License-Identifier: Apache-2.0
"""Debian's real-time kernel runs cyclictest beside a Debian guest that runs stress-ng, both as static domains.

One instruction is a nanosecond, so the latencies are counted, the guest kernel's own path and all; two CPUs take turns
on one clock, which adds the other's work. Runs on real Xen too, where 4.17 has max 83 us under null.
"""
import pathlib
import re
import sys

import pytest
from coffer import loads, toolstack
from conftest import ROOT

sys.path.insert(0, str(ROOT / 'tests/guest'))
import guest_boot  # noqa: E402

LOOPS = 2000
WORDS = 'console=ttyAMA0 rdinit=/init loglevel=4 coffer.name=%s coffer.do=%s'
MEASURE = 'cyclictest,-m,-p,95,-i,1000,-q,-N,-l,%d' % LOOPS
LOAD = 'stress-ng,--cpu,1,--switch,1,--timer,1,--vm,1,--vm-bytes,16M,-t,9999'
SHARE = 'coff,sched-period-us = <%d>; coff,sched-budget-us = <%d>;'
FIRST, ROOM = 0x50000000, 0x6000000  # where a domain's kernel goes, and its ramdisk a half further


class Pair(guest_boot.Guest):
    """The two domains; shares: what their nodes say of the schedule."""

    def __init__(self, *args, folder, shares, **kwargs):
        super().__init__(*args, icount=True, mem=1536, **kwargs)
        self.shares, self._files = shares, []
        more = toolstack.kinds()
        guests = ((more / 'Image-rt', more / 'initramfs-rt', 'cyclictest'), (*toolstack.ensure().guest, 'stress-ng'))
        for kernel, initramfs, program in guests:
            ramdisk = pathlib.Path(folder) / program
            ramdisk.write_bytes(initramfs.read_bytes() + (loads.ensure() / (program + '.gz')).read_bytes())
            at = FIRST + len(self._files) // 2 * ROOM
            self._files += [(str(kernel), at), (str(ramdisk), at + ROOM // 2)]

    def files(self):
        return self._files

    def chosen(self):
        text = ''
        for i, (name, task) in enumerate((('measured', MEASURE), ('load', LOAD))):
            kernel, ramdisk = self._files[2 * i:2 * i + 2]
            text += ('%s { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 0x38000>;'
                     ' cpus = <1>; vpl011; %s %s %s };\n' % (
                         name, self.shares[i], guest_boot.module_node(*kernel, more='bootargs = "%s";' % (WORDS % (name, task))),
                         guest_boot.module_node(*ramdisk, kind='ramdisk')))
        return text


@pytest.mark.full
@pytest.mark.parametrize('machine', ['virt-gicv3', 'virt-gicv2'])
@pytest.mark.parametrize('policy, shares, limit_us', [
    ('null', ('', ''), 90),
    pytest.param('rtds', (SHARE % (1000, 500), SHARE % (10000, 4000)), 1000, marks=pytest.mark.cofferdam)])
def test_cyclictest(image, guest, tmp_path, machine, policy, shares, limit_us):  # pylint: disable=unused-argument
    """Each on a CPU of its own, and both on one by reservations, where a wake-up waits for the load as long as that has
    the earlier deadline, so that a period of the measured one is the limit: no thread comes late."""
    own = {'smp': 3, 'hidden_cpus': (1,), 'quantum_us': 2} if policy == 'null' else {'smp': 1}
    pair = Pair(str(image), None, machine=machine, folder=tmp_path, shares=shares,
                xen_args='console=dtuart sync_console bootscrub=0 guest_loglvl=all sched=' + policy, **own)
    console = []
    for line in pair.lines(600):
        console.append(line)
        if 'T: 0' in line:
            break
    text = '\n'.join(console)
    said = re.search(r'DOM1: T: 0 .* C: *(\d+) Min: *(\d+) .*Avg: *(\d+) Max: *(\d+)', text)
    assert said and 'DOM2: stress-ng: info' in text and int(said.group(1)) == LOOPS, text[-3000:]
    assert int(said.group(4)) <= limit_us * 1000, said.group(0)
