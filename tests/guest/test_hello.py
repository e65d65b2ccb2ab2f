# SPDX-License-Identifier: Apache-2.0
"""The guest that is there to be copied, services/hello, as a static domain: here, and on Debian's Xen where ./coffer
unpacked it, so that what the kit asks for is Xen's."""
import glob
import os
import re
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import static_boot  # noqa: E402

ROOT = static_boot.guest_boot.ROOT
HV = os.environ.get('COFFER_HYPERVISOR') or os.path.join(ROOT, 'build', 'cofferdam')
XEN = glob.glob(os.path.join(ROOT, '.cache', 'guest', '*', 'xen-4.17-arm64'))
MACHINES = os.environ.get('COFFER_MACHINES', 'virt-gicv2,virt-gicv3').split(',')
ON = [(HV, machine) for machine in MACHINES] + [(xen, 'virt-gicv3') for xen in XEN[-1:]]


@pytest.mark.parametrize('hypervisor, machine', ON, ids=['%s-%s' % (os.path.basename(h), m) for h, m in ON])
def test_hello(hypervisor, machine):
    """It finds its memory, CPU and GIC, its ticks come, and its events come back."""
    image = os.path.join(ROOT, 'build', 'services', 'hello.img')
    system = static_boot.Static(hypervisor, image, [static_boot.Domain(
        'domU1', '', more='vpl011; xen,enhanced = "no-xenstore"; ')], machine=machine, smp=2,
        xen_args='console=dtuart sync_console bootscrub=off')
    want = [r'DOM1: @HELLO 16 MiB, 1 vCPU, GICv%s' % machine[-1], 'DOM1: @HELLO 10 ticks, all answered',
            'DOM1: @HELLO 20 ticks, all answered']
    log = []
    for line in system.lines(100):
        log.append(line)
        if re.search(want[0], line):
            want.pop(0)
            if not want:
                return
    raise AssertionError('the machine ended early\n' + '\n'.join(log[-60:]))
