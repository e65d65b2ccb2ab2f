# SPDX-License-Identifier: Apache-2.0
"""Static systems (Xen's dom0less device trees) with the payload `static`, on virt with GICv2 and GICv3. What is not
marked as ours runs on real Xen as well (COFFER_HYPERVISOR), where `(XEN) DOM1:` stands for `(CFD) DOM1:`."""
import os
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import static_boot  # noqa: E402

HV = os.environ.get('COFFER_HYPERVISOR') or os.path.join(static_boot.guest_boot.ROOT, 'build', 'cofferdam')
IMAGES = os.environ.get('COFFER_GUESTS') or os.path.join(static_boot.guest_boot.ROOT, 'build', 'tests', 'guest')
MACHINES = os.environ.get('COFFER_MACHINES', 'virt-gicv2,virt-gicv3').split(',')
PV = 'vpl011; xen,enhanced = "no-xenstore"; '
OURS = pytest.mark.skipif('xen' in os.path.basename(HV), reason='not in this build of Xen')
SECOND = '/ { cpus { second: cpu@1 {}; }; };'
PARTIAL = '''/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
    gic: gic { #interrupt-cells = <3>; interrupt-controller; };
    passthrough { compatible = "simple-bus"; ranges; #address-cells = <2>; #size-cells = <2>;
        clock: clk { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
        rtc@10000000 { compatible = "arm,pl031", "arm,primecell"; reg = <0 0x10000000 0 0x1000>;
            interrupts = <0 2 4>; interrupt-parent = <&gic>; clocks = <&clock>; clock-names = "apb_pclk";
            xen,reg = <0 0x9010000 0 0x1000 0 0x10000000>; xen,path = "/pl031@9010000";
            xen,force-assign-without-iommu; };
    };
};'''


def channel(own, port, other):
    """One end of a static event channel."""
    return '%s: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <%d &%s>; }; ' % (own, port, other)


def shared(name, machine, guest, role=''):
    """A use of 64 KiB of shared memory."""
    return ('shm { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "%s"; xen,shared-mem = '
            '<0 0x%x 0 0x%x 0 0x10000>; %s }; ' % (name, machine, guest, role))


def run(domains, machine, ends=None, timeout=100, smp=2, end='@END', **kwargs):
    """Boot until so many `end` came (default: one for each domain and Dom0); the console as text."""
    system = static_boot.Static(HV, os.path.join(IMAGES, 'static.img'), domains, machine=machine, smp=smp,
                                xen_args='console=dtuart sync_console dom0_mem=64M guest_loglvl=all', **kwargs)
    ends, log = ends or len(domains) + (system.dom0 is not None), []
    for line in system.lines(timeout):
        log.append(line)
        ends -= end in line
        if ends == 0:
            return '\n'.join(log)
    raise AssertionError('the machine ended early\n' + '\n'.join(log[-60:]))


@pytest.mark.parametrize('machine', MACHINES)
def test_two_domains(machine):
    """Without a Dom0: each domain finds its memory, CPUs and command line, and a tree with Xen's nodes."""
    text = run([static_boot.Domain('domU1', 'dump', memory=16),
                static_boot.Domain('domU2', 'tell', memory=24, cpus=2, more=PV)], machine)
    gic = machine[-1]
    assert re.search(r'DOM1: @HELLO dump ram 40000000\+1000000 cpus 1 gic %s at 3001000 evtchn 0' % gic, text)
    assert re.search(r'DOM2: @HELLO tell ram 40000000\+1800000 cpus 2 gic %s at 3001000 evtchn 31' % gic, text)
    tree = bytes.fromhex(''.join(re.findall(r'DOM1: @T (\w+)', text)))
    source = subprocess.run(['dtc', '-q', '-s', '-I', 'dtb', '-O', 'dts'], input=tree, check=True,
                            capture_output=True).stdout.decode()
    assert re.findall(r'^\t([\w@-]+) \{', source, re.M) == [
        'chosen', 'cpus', 'interrupt-controller@3001000', 'memory@40000000', 'psci', 'sbsa-uart@22000000', 'timer']
    assert 'bootargs = "dump"' in source and 'compatible = "arm,sbsa-uart"' in source


@OURS
@pytest.mark.parametrize('machine', MACHINES)
def test_cpupools(machine):
    """A pool of its own for one domain, declared in the tree; the boot CPU's is Pool-0."""
    text = run([static_boot.Domain('domU1', 'tell', memory=8),
                static_boot.Domain('domU2', 'tell', memory=8, more='vpl011; domain-cpupool = <&pool>;')], machine,
               tree='/ { cpus { second: cpu@1 {}; }; };',
               chosen='pool: fast { compatible = "xen,cpupool"; cpupool-cpus = <&second>; cpupool-sched = "null"; };')
    assert text.count('@HELLO tell') == 2


@OURS
@pytest.mark.parametrize('machine', MACHINES)
@pytest.mark.parametrize('policy,pool,one,two', [
    ('arinc653', 'coff,major-frame-us = <10000>; coff,windows = <1 0 2000 2 0 6000>;', '', ''),
    ('rtds', '', 'coff,sched-period-us = <10000>; coff,sched-budget-us = <2000>;',
     'coff,sched-period-us = <5000>; coff,sched-budget-us = <3000>;')])
def test_shares(machine, policy, pool, one, two):
    """Two domains on one CPU have what the tree gives them of it, by windows and by budgets: 20 and 60 percent. Each is
    pinned to that CPU, too."""
    more = 'vpl011; domain-cpupool = <&pool>; vcpu0 { compatible = "xen,vcpu"; id = <0>; hard-affinity = "1"; }; '
    text = run([static_boot.Domain('domU1', 'share 200', memory=8, more=one + more),
                static_boot.Domain('domU2', 'share 200', memory=8, more=two + more)], machine, icount=True,
               tree=SECOND, chosen='pool: flight { compatible = "xen,cpupool"; cpupool-cpus = <&second>; '
                                   'cpupool-sched = "%s"; %s };' % (policy, pool))
    had = [int(re.search(r'DOM%d: @SHARE (\d+) percent' % n, text).group(1)) for n in (1, 2)]
    assert abs(had[0] - 20) <= 2 and abs(had[1] - 60) <= 2, (had, text)


@OURS
def test_bad_timetable():
    """A window of a domain that is in another pool is refused by the pool's name, before a guest runs."""
    system = static_boot.Static(
        HV, os.path.join(IMAGES, 'static.img'), [static_boot.Domain('domU1', 'tell', memory=8)], machine=MACHINES[0],
        smp=2, xen_args='console=dtuart sync_console', tree=SECOND,
        chosen='pool: flight { compatible = "xen,cpupool"; cpupool-cpus = <&second>; cpupool-sched = "arinc653"; '
               'coff,major-frame-us = <10000>; coff,windows = <1 0 2000>; };')
    line = next(line for line in system.lines(60) if 'error:' in line or '@HELLO' in line)
    assert '/chosen/flight: window 0 of coff,windows is for d1v0' in line


@OURS  # Debian's 4.17 reads no xen,evtchn-v1
@pytest.mark.parametrize('machine', MACHINES)
def test_events(machine):
    """A static event channel carries events both ways."""
    text = run([static_boot.Domain('domU1', 'ping', more=PV + channel('e1', 10, 'e2')),
                static_boot.Domain('domU2', 'pong', more=PV + channel('e2', 11, 'e1'))], machine)
    assert '@PING 0 bad' in text and '@PONG 0 bad' in text, text


@OURS
@pytest.mark.parametrize('machine', MACHINES)
def test_shared_memory(machine):
    """Static, direct-mapped and other memory; two domains see the same page, each where its node says."""
    text = run([static_boot.Domain('domU1', 'ping shm', more=PV + channel('e1', 10, 'e2') +
                                   shared('page', 0x68000000, 0x70000000)),
                static_boot.Domain('domU2', 'pong shm', memory=8, more=PV +
                                   'xen,static-mem = <0 0x60000000 0 0x800000>; direct-map; ' +
                                   channel('e2', 11, 'e1') + shared('page', 0x68000000, 0x70100000, 'role = "owner";')),
                static_boot.Domain('domU3', 'tell', memory=8,
                                   more='vpl011; xen,static-mem = <0 0x61000000 0 0x400000 0 0x64000000 0 0x400000>;')],
               machine)
    assert '@PING 0 bad' in text and '@PONG 0 bad' in text, text
    assert re.search(r'DOM2: @HELLO pong shm ram 60000000\+800000 .* at 8000000', text), text
    assert re.search(r'DOM3: @HELLO tell ram 40000000\+800000', text), text


@pytest.mark.parametrize('machine', MACHINES)
def test_assigned_device(machine, tmp_path):
    """A domain beside a Dom0 has the board's PL031: registers, interrupt, node; nothing behind it."""
    blob = tmp_path / 'partial.dtb'
    subprocess.run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', str(blob)], input=PARTIAL, text=True, check=True)
    module = static_boot.guest_boot.module_node(str(blob), 0x50e00000, 'device-tree')
    text = run([static_boot.Domain('domU1', 'device', more='vpl011; ' + module)], machine, dom0='stay',
               modules=[(str(blob), 0x50e00000)], tree='/ { pl031@9010000 { xen,passthrough; }; };', ends=1)
    assert re.search(r'DOM1: @DEVICE id 1031 alarm 1 behind 1', text), text


@OURS
@pytest.mark.parametrize('machine', MACHINES)
def test_pmu(machine):
    """Performance monitors of the domains that have `vpmu`: each finds its counters as it left them, and what counts
    cycles (in QEMU: nanoseconds) rests while another domain runs. Without it there is nothing to count with."""
    text = run([static_boot.Domain('domU1', 'spin', memory=8, more='vpl011; vpmu;'),
                static_boot.Domain('domU2', 'pmu', memory=8, more='vpl011; vpmu;'),
                static_boot.Domain('domU3', 'pmu', memory=8)], machine, smp=1, ends=2)
    seen = re.search(r'DOM2: @PMU version (\d+) event 1234 runs 1 counted (\d+) of (\d+)', text)
    assert seen, text[-3000:]
    assert int(seen.group(1)) in range(1, 9)
    assert int(seen.group(2)) < int(seen.group(3)) // 2
    assert 'DOM3: @PMU version 0 event 0 runs 0 counted 0 of' in text


@OURS
@pytest.mark.parametrize('machine', MACHINES)
@pytest.mark.parametrize('lives', [151, pytest.param(1001, marks=pytest.mark.full)])
def test_restarts(machine, lives):
    """A domain that ends its life in three ways, over and over: it comes back clean, Dom0 hears of each life, and
    no memory is lost."""
    text = run([static_boot.Domain('domU1', 'victim', memory=2, more=PV +
                                   'coff,on-crash = "restart"; coff,on-shutdown = "restart";'
                                   'coff,restart-limit = <%d>; ' % (lives - 1) +
                                   channel('e1', 10, 'e0') + shared('lives', 0x60000000, 0x70000000))],
               machine, dom0='watch %d' % lives, timeout=600,
               ends=1, chosen=channel('e0', 11, 'e1') + shared('lives', 0x60000000, 0x60000000))
    told = re.search(r'@WATCH lives (\d+) told (\d+) bad 0 free (\d+) (\d+)', text)
    assert told, text[-3000:]
    assert int(told.group(1)) == lives
    assert int(told.group(2)) >= 2
    assert told.group(3) == told.group(4)
    print(told.group())


def living(policy, pv=PV):
    """Of a domain that counts its lives in memory that all such share."""
    return pv + policy + shared('lives', 0x60000000, 0x70000000)


@OURS
@pytest.mark.parametrize('machine', MACHINES)
def test_policies(machine):
    """A watchdog's restarts end at their limit; a group restarts together, and nobody else with it."""
    watched = living('coff,on-hang = "restart"; coff,restart-limit = <2>; ')
    member = living('coff,on-crash = "restart-group"; coff,restart-group = <%d>; ')
    text = run([static_boot.Domain('domU1', 'watched 0', memory=4, more=watched),
                static_boot.Domain('domU2', 'member 1', memory=4, more=member % 1),
                static_boot.Domain('domU3', 'member 2', memory=4, more=member % 1),
                static_boot.Domain('domU4', 'member 3', memory=4, more=member % 2)], machine, ends=1, end='halted')
    for domid, count in ((1, 3), (2, 2), (3, 2), (4, 1)):
        said = re.findall(r'DOM%d: @LIFE (\d+) of %d' % (domid, domid - 1), text)
        assert said == [str(i + 1) for i in range(count)], text
    assert 'd1 restarted 2 times: halted' in text and text.count('d1 watchdog expired') == 3, text
    assert 'd2 restarted, 1 times' in text and 'd3 restarted, 1 times' in text and 'd4 restarted' not in text, text


@OURS
def test_policy_panic():
    """A domain whose crash is the machine's: the machine reboots."""
    domains = [static_boot.Domain('domU1', 'stay', memory=4),
               static_boot.Domain('domU2', 'crash', memory=4, more=PV + 'coff,on-crash = "panic"; ')]
    system = static_boot.Static(HV, os.path.join(IMAGES, 'static.img'), domains, machine=MACHINES[0],
                                xen_args='console=dtuart sync_console')
    text = '\n'.join(system.lines(60))  # until QEMU, which does not reboot, ends
    assert 'static domain shutdown: crash' in text, text


@OURS
@pytest.mark.parametrize('machine', MACHINES)
def test_xenstore_port_of_each_life(machine):
    """A domain with all of Xen's interfaces (xen,enhanced) that is put back has its Xenstore port again, unbound."""
    stored = living('coff,on-crash = "restart"; ', 'vpl011; xen,enhanced; ')
    text = run([static_boot.Domain('domU1', 'stored', memory=4, more=stored)], machine, dom0='store', ends=1,
               end='@STORE 3', chosen=shared('lives', 0x60000000, 0x60000000))
    assert '@STORE 3 lives, 0 bad' in text, text
    assert re.findall(r'@STORED life (\d) port 1 ring none', text) == ['1', '2', '3'], text


DISKS = '''/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
    gic: gic { #interrupt-cells = <3>; interrupt-controller; };
    passthrough { compatible = "simple-bus"; ranges; #address-cells = <2>; #size-cells = <2>;
        disk@a003e00 { compatible = "virtio,mmio"; reg = <0 0xa003e00 0 0x200>;
            xen,reg = <0 0xa003000 0 0x1000 0 0xa003000>; xen,path = "/virtio_mmio@a003e00";
            xen,force-assign-without-iommu; %s };
    };
};'''


@OURS
@pytest.mark.parametrize('machine', MACHINES)
@pytest.mark.parametrize('reset, memory', [('coff,reset = <0 0xa003e70 0 0xff 0>;', 'memory stays as it is'),
                                           ('', 'memory is written to')], ids=['reset', 'none'])
def test_device_is_at_rest_before_the_next_life(machine, reset, memory, tmp_path):
    """Requests to a slow disk are left behind by a crash: with a reset nothing of them comes into the next life."""
    blob, image = tmp_path / 'partial.dtb', tmp_path / 'disk'
    subprocess.run(['dtc', '-q', '-I', 'dts', '-O', 'dtb', '-o', str(blob)], input=DISKS % reset, text=True, check=True)
    image.write_bytes(b'U' * 65536)
    module = static_boot.guest_boot.module_node(str(blob), 0x50e00000, 'device-tree')
    more = living('coff,on-crash = "restart"; direct-map; xen,static-mem = <0 0x64000000 0 0x800000>; ')
    text = run([static_boot.Domain('domU1', 'disk', memory=8, more=more + module)], machine,
               modules=[(str(blob), 0x50e00000)],
               qemu_args=['-drive', 'if=none,id=d,format=raw,file=%s,throttling.iops-total=4' % image,
                          '-device', 'virtio-blk-device,drive=d'])
    assert 'life 1: ' in text and '@DISK life 2: ' + memory in text, text


@OURS
@pytest.mark.parametrize('machine', MACHINES[:1])
def test_refusal(machine):
    """What does not fit together is refused before anything runs."""
    system = static_boot.Static(HV, os.path.join(IMAGES, 'static.img'),
                                [static_boot.Domain('domU1', 'tell', more='direct-map;')], machine=machine)
    for line in system.lines(60):
        assert '@HELLO' not in line
        if 'cofferdam: error:' in line:
            assert re.search(r'/chosen/domU1: direct-map without static memory; add xen,static-mem', line)
            return
    raise AssertionError('not refused')
