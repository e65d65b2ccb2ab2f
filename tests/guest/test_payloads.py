# SPDX-License-Identifier: Apache-2.0
"""Each payload on virt with GICv2 and GICv3. COFFER_HYPERVISOR names another image, COFFER_GUESTS another
folder of payloads than build/tests/guest; COFFER_MACHINES other machines, separated by commas."""
import importlib.util
import os

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location('guest_run', os.path.join(HERE, 'run.py'))
guest_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(guest_run)

MACHINES = os.environ.get('COFFER_MACHINES', 'virt-gicv2,virt-gicv3').split(',')


@pytest.mark.parametrize('machine', MACHINES)
@pytest.mark.parametrize('payload', sorted(guest_run.PAYLOADS))
def test_payload(payload, machine):
    image = os.path.join(guest_run.default_images(), payload + '.img')
    for path in (image, guest_run.default_hypervisor()):
        assert os.path.exists(path), '%s is missing: run ./coffer build' % path
    ok, detail, log = guest_run.run(guest_run.default_hypervisor(), image, machine, payload)
    assert ok, detail + '\n' + '\n'.join(log[-60:])


@pytest.mark.full
@pytest.mark.parametrize('machine', MACHINES)
def test_a_million_interrupts(machine):
    """SPIs of vCPUs that move all the time: none lost, none doubled."""
    image = os.path.join(guest_run.default_images(), 'migrate.img')
    ok, detail, log = guest_run.run(guest_run.default_hypervisor(), image, machine, 'migrate', timeout=1800,
                                    args='rounds=333334')
    assert ok, detail + '\n' + '\n'.join(log[-60:])
    assert any(line.startswith('1000002 SPIs') for line in log), log[-3:]


@pytest.mark.full
def test_a_minute_without_exits():
    """A busy vCPU under the null scheduler."""
    image = os.path.join(guest_run.default_images(), 'quiet.img')
    ok, detail, log = guest_run.run(guest_run.default_hypervisor(), image, 'virt-gicv3', 'quiet', args='seconds=60')
    assert ok, detail + '\n' + '\n'.join(log[-60:])
