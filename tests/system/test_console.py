# SPDX-License-Identifier: Apache-2.0
"""The console: a login shell on hvc0, input switched to the hypervisor and back, reset and power-off."""
import re

import pytest
from checks import plain

BOARDS = [('virt', 3), pytest.param('virt', 2, marks=pytest.mark.full), ('zcu102', 2)]
SWITCH = '\x01\x01\x01'
LIST_OF_KEYS = r"key 'h'"


@pytest.mark.parametrize('machine, gic', BOARDS)
def test_shell(rig, machine, gic):
    """hvc0 is a terminal with a shell on it, in both directions, also for more than a FIFO at once."""
    m = rig.boot(machine=machine, gic=gic)
    m.shell(150)
    assert m.command('tty') == '/dev/hvc0'
    assert m.command('cat /sys/hypervisor/type') == 'xen'
    assert m.command('echo $((6 * 7))') == '42'
    assert m.command('echo %s | wc -c' % ('x' * 64)).strip() == '65'
    numbers = m.command('seq 1 2000', 120).split()
    assert numbers == [str(i) for i in range(1, 2001)]
    m.shell(20)
    m.send('sleep 1000\n')
    m.absent(r'^dom0:\S*# ', 2)
    m.send('\x03')
    m.shell(20)


@pytest.mark.parametrize('machine, gic', BOARDS)
def test_switch(rig, machine, gic):
    """Ctrl-a three times gives the input to the hypervisor, whose key h lists its keys, and back."""
    m = rig.boot(machine=machine, gic=gic)
    m.shell(150)
    m.send(SWITCH)
    m.expect(r"\*\*\* (Serial input to Xen|Input goes to Cofferdam)", 20)
    m.send('h')
    m.expect(LIST_OF_KEYS, 20)
    m.send(SWITCH)
    m.expect(r"\*\*\* (Serial input to DOM0|Input goes to Dom0)", 20)
    m.send('\n')
    m.shell(20)
    assert m.command('echo $((6 * 7))') == '42'


@pytest.mark.cofferdam
def test_every_debug_key(rig):
    """Each listed key prints something and leaves Dom0 running. Two of the board's four CPUs stay away."""
    m = rig.boot(machine='zcu102', smp=2)
    m.shell(150)
    m.send(SWITCH)
    m.expect(r'Input goes to Cofferdam', 20)
    m.send('h')
    m.expect(r"key 'R'", 20)
    keys = re.findall(r"key '(\S)'", m.text)
    assert len(keys) >= 7
    for key in keys:
        if key not in 'hCR':
            m.send(key)
            m.expect(r'^\(CFD\) .*CPUs 3, domains 1$' if key == 'r' else r'^\(CFD\) .+$', 20)
    m.send(SWITCH)
    m.expect(r'Input goes to Dom0', 30)
    m.send('\n')
    m.shell(20)
    assert m.command('echo $((6 * 7))') == '42'


def test_panic(rig):
    """A fault at EL2 shows registers, a backtrace by name and one line for scripts, then halts as told."""
    m = rig.boot(smp=2, xen_args=['noreboot'])
    m.shell(150)
    m.send(SWITCH)
    m.expect(r'Input goes to Cofferdam', 20)
    m.send('C')
    m.expect(r'Panic on CPU\d+: synchronous exception at EL2', 20, crash_ok=True)
    m.expect(r'x30 [0-9a-f]{16}', 20, crash_ok=True)
    # From the key's handler down to the vector, whether the CPU ran a guest or slept in the exit room.
    m.expect(r'#0 .*key_crash\+0', 20, crash_ok=True)
    m.expect(r'#\d+ .* (sync|irq_work|irq_rest|hypercall_work)\+0x', 20, crash_ok=True)
    m.expect(r'@PANIC build=[0-9a-f]{40} cpu=\d+ msg="synchronous', 20, crash_ok=True)
    m.expect(r'halted', 20, crash_ok=True)


@pytest.mark.parametrize('machine, gic', BOARDS)
def test_reboot(rig, machine, gic):
    """Dom0's reboot restarts the machine: hypervisor and Dom0 come up again."""
    m = rig.boot(machine=machine, gic=gic, reboots=True)
    m.shell(150)
    m.send('reboot -f\n')
    m.expect(r'Xen version|Cofferdam', 60)
    m.shell(150)
    assert m.command('echo $((6 * 7))') == '42'
    assert m.alive()


@pytest.mark.parametrize('machine, gic', BOARDS)
def test_power_off(rig, machine, gic):
    """Dom0's power-off ends QEMU."""
    m = rig.boot(machine=machine, gic=gic)
    m.shell(150)
    m.send('poweroff -f\n')
    assert m.wait_end(60) == 0


@pytest.mark.full
def test_reboot_key(rig):
    """The debug key R restarts the machine at once."""
    m = rig.boot(reboots=True)
    m.shell(150)
    m.send(SWITCH)
    m.expect(r"\*\*\* (Serial input to Xen|Input goes to Cofferdam)", 20)
    m.send('R')
    m.expect(r'Xen version|Cofferdam', 60)
    m.shell(150)


def _log(rig, steps):
    """Lines of one boot: the hypervisor's in order, Dom0's kernel's sorted (its threads race)."""
    m = rig.boot(smp=1, steady=True, steps=steps, dom0_args=('loglevel=8', 'nokaslr'))
    m.expect(r'^@END$', 200)
    assert m.wait_end(60) == 0
    own, dom0 = [], []
    for line in m.text.split('\n'):
        if line.startswith(('(XEN)', '(CFD)')):
            own.append(re.sub(r'\b\d+ (us|ms|ns)\b|\[ *\d+\.\d+\]', 'TIME', line))
        elif line.startswith('['):
            dom0.append(plain(line))
    return own, sorted(set(dom0))


@pytest.mark.parametrize('times', [3, pytest.param(10, marks=pytest.mark.full)])
def test_same_log(rig, times):
    """Boots in a row differ in nothing but times."""
    first = _log(rig, ('uname',))
    assert first[0] and first[1]
    for _ in range(times - 1):
        again = _log(rig, ('uname',))
        assert again[0] == first[0]
        assert again[1] == first[1]
