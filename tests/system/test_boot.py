# SPDX-License-Identifier: Apache-2.0
"""Dom0 boots on each board, CPU, number of CPUs and size of memory, works, and switches off."""
import pytest
from checks import all_good, no_new_warning

full = pytest.mark.full
BASE = ('uname', 'hypervisor', 'cpus', 'memory', 'interrupts')
DEVICES = ('disk', 'net')


def dom0(rig, steps, limit=280, **kwargs):
    """Boot, let Dom0 run its steps, see the machine switch itself off; returns the checks and console."""
    machine = rig.boot(limit + 60, disk=True, steps=steps, **kwargs)
    machine.expect(r'^@END$', limit)
    assert machine.wait_end(60) == 0
    return all_good(machine.text, steps), machine.text


@pytest.mark.parametrize('gic, cpu', [
    pytest.param(2, 'cortex-a53', marks=full), (2, 'cortex-a57'), pytest.param(2, 'cortex-a72', marks=full),
    pytest.param(2, 'max', marks=full), pytest.param(3, 'cortex-a53', marks=full), (3, 'cortex-a57'),
    pytest.param(3, 'cortex-a72', marks=full), (3, 'max')])
def test_virt(rig, gic, cpu):
    """All of Dom0 on virt: identity, CPUs, a virtio disk (mmio) and network card (PCI), no new warning."""
    _, console = dom0(rig, BASE + ('dmesg',) + DEVICES + ('sleep',), gic=gic, cpu=cpu)
    no_new_warning(console)


def test_zcu102(rig):
    """All of Dom0 on the ZCU102 with its four CPUs and Debian's device tree as it is."""
    seen, console = dom0(rig, BASE + ('dmesg', 'sleep'), machine='zcu102')
    assert seen['cpus'][1].startswith('4 online')
    no_new_warning(console)


@pytest.mark.parametrize('machine, gic, smp', [
    ('virt', 3, 1), ('virt', 3, 4), pytest.param('virt', 3, 2, marks=full), pytest.param('virt', 3, 8, marks=full),
    pytest.param('virt', 2, 1, marks=full), pytest.param('virt', 2, 2, marks=full),
    pytest.param('virt', 2, 4, marks=full), pytest.param('virt', 2, 8, marks=full),
    pytest.param('zcu102', 2, 1, marks=full), pytest.param('zcu102', 2, 2, marks=full)])
def test_smp(rig, machine, gic, smp):
    """Every CPU comes up, carries load, goes off and comes back."""
    seen, _ = dom0(rig, ('cpus', 'load', 'hotplug'), 40 + 40 * smp, machine=machine, gic=gic, smp=smp)
    assert seen['cpus'][1].startswith('%d online' % smp)


@pytest.mark.parametrize('gic', [3, pytest.param(2, marks=full)])
def test_affinity(rig, gic):
    """A device's interrupt follows its affinity."""
    dom0(rig, ('affinity', 'disk'), gic=gic, smp=2)


@pytest.mark.parametrize('mem, dom0_mem', [
    (512, 256), pytest.param(1024, 512, marks=full), pytest.param(4096, 1024, marks=full),
    (8192, 4096)])
def test_memory(rig, mem, dom0_mem):
    """Dom0 gets the memory it was promised, also beyond 4 GiB, and DMA works in it."""
    seen, _ = dom0(rig, ('memory',) + DEVICES, mem=mem, dom0_mem=dom0_mem)
    got = int(seen['memory'][1].split()[0])
    assert dom0_mem * 0.8 < got <= dom0_mem


@pytest.mark.parametrize('machine, mem', [pytest.param('zcu102', 512, marks=full), pytest.param('zcu102', 1024, marks=full)])
def test_memory_zcu102(rig, machine, mem):
    """The same on the ZCU102, with the memory that QEMU writes into its tree."""
    dom0(rig, ('memory', 'cpus'), machine=machine, mem=mem, dom0_mem=256)


@pytest.mark.parametrize('cells', [1, pytest.param(2, marks=full)])
def test_module_addresses(rig, cells):
    """Modules are found with their addresses in one cell and in two."""
    dom0(rig, ('uname',), cells=cells)


@pytest.mark.full
def test_one_vcpu_of_many_cpus(rig):
    """dom0_max_vcpus= leaves CPUs to others."""
    seen, _ = dom0(rig, ('cpus',), smp=4, xen_args=('dom0_max_vcpus=1',))
    assert seen['cpus'][1].startswith('1 online')


@pytest.mark.parametrize('policy', ['credit', 'rtds', 'arinc653', 'null'])
def test_policy(rig, policy):
    """Dom0 works, and carries load, under each policy; credit2 is what all others run under."""
    seen, console = dom0(rig, ('cpus', 'load'), smp=2, gic=3, xen_args=('sched=' + policy,))
    assert seen['cpus'][1].startswith('2 online')
    assert 'scheduler: ' + policy in console
