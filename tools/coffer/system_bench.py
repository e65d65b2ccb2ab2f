# SPDX-License-Identifier: Apache-2.0
"""./coffer bench --system: Debian's toolstack and guests on Cofferdam and on real Xen, in figures.

One instruction is a nanosecond for the first two, so they repeat: instructions at EL2 for `xl create` and `xl destroy`,
by a plugin of QEMU (tools/plugin/el2.c), and the throughput of network (iperf3) and disk (fio), all on one CPU. Eight
guests at once and 200 lives take this machine's own time.
"""
import pathlib
import re
import tempfile

from coffer import images, loads, paths, qemu, run, scenario, toolstack
from coffer.tell import CofferError, say

SCENARIOS = paths.ROOT / 'tests' / 'system' / 'scenarios'
PLUGIN = paths.BUILD / 'tools' / 'plugin' / 'libel2.so'
COUNT_LIMIT, LOAD_LIMIT = 3000, 5000
COUNTED = ('-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off')
TARGET = 2  # one part in so many of real Xen's instructions
LOADS = ('many', 'cycles')
RATES = (('net-to-guest', 'network, Dom0 to guest', r'([\d.]+ \S*bits/sec).*receiver'),
         ('net-from-guest', 'network, guest to Dom0', r'([\d.]+ \S*bits/sec).*receiver'),
         *((name, 'disk, ' + title, r'(?:READ|WRITE): bw=\S+ \(([\d.]+ ?\S+/s)\)') for name, title in (
             ('disk-write', 'write 1 MiB'), ('disk-read', 'read 1 MiB'), ('disk-write-4k', 'write 4 KiB, 16 at once'),
             ('disk-read-4k', 'read 4 KiB, 16 at once'), ('disk-read-one', 'read 4 KiB, one by one'))))


def _console(image, names, folder, limit, **kwargs):
    """Boot a Dom0 that runs scenarios and switches off; returns its console."""
    folder.mkdir()
    boot = qemu.Boot(hypervisor=image, images=images.ensure(), xen_tree=run.is_xen(image),
                     xen_args=('bootscrub=off',), mem=run.TOOLSTACK_MEM['virt'], dom0_mem=run.TOOLSTACK_DOM0_MEM,
                     ramdisk=toolstack.ensure().ramdisk(folder, [SCENARIOS / (name + '.sh') for name in names],
                                                        [loads.ensure() / 'loads.cpio'] if 'speed' in names else []),
                     steps=tuple(names), **kwargs)
    log = paths.BUILD / 'system-logs' / ('bench-%s-%s.log' % (names[0], 'xen' if boot.xen_tree else 'cofferdam'))
    log.parent.mkdir(exist_ok=True)
    with qemu.Machine(boot, folder, log, limit) as machine:
        try:
            machine.expect('^@END', limit)
        except qemu.Lost as lost:
            raise CofferError('%s: %s' % (image.name, lost), 'the console is in %s' % log) from lost
        return machine.text


def counts(image, folder):
    """{'create': n, 'destroy': n}: the least of the rounds after the first, in instructions at EL2."""
    marks = folder / 'marks'
    text = _console(image, ('count',), folder / 'count', COUNT_LIMIT, smp=1, qemu_args=(
        *COUNTED, '-plugin', '%s,out=%s' % (PLUGIN, marks)))
    checks = scenario.parse(text.split('\n'))
    stamps = [int(total) for total in re.findall(r'^mark \d+ total (\d+)', marks.read_text(encoding='utf-8'), re.M)]
    if [check.result for check in checks.values()] != ['ok'] * 6 or len(stamps) != 12:
        raise CofferError('%s: a guest was not created or not destroyed' % image.name, 'look at build/system-logs')
    spans = [end - begin for begin, end in zip(stamps[::2], stamps[1::2])]
    return {'create': min(spans[2::2]), 'destroy': min(spans[3::2])}


def _loads(image, folder):
    """The checks of throughput and of the loads, and which failed."""
    checks = scenario.parse(_console(image, ('speed',), folder / 'speed', COUNT_LIMIT, smp=1, qemu_args=COUNTED).split('\n'))
    checks.update(scenario.parse(_console(image, LOADS, folder / 'loads', LOAD_LIMIT, smp=2).split('\n')))
    return checks, [name for name, check in checks.items() if check.result == 'FAIL']


def _rate(checks, name, pattern):
    found = re.search(pattern, '\n'.join(checks[name].output)) if name in checks else None
    return found.group(1) if found else '0 B/s'


def _amount(rate):
    """What a rate of iperf3 or fio means, to compare it with others of its kind."""
    number, unit = re.match(r'([\d.]+) ?(\w?)', rate).groups()
    return float(number) * {'k': 1e3, 'K': 1e3, 'M': 1e6, 'G': 1e9}.get(unit, 1)


def main(whole=True):
    """Print all figures; returns the exit status."""
    both = (('Cofferdam', paths.IMAGE), ('real Xen', images.ensure().xen))
    with tempfile.TemporaryDirectory(prefix='coffer-') as name:
        number, result = {}, {}
        for who, image in both:
            folder = pathlib.Path(name) / image.name
            folder.mkdir()
            say('counting on ' + who)
            number[who] = counts(image, folder)
            if whole:
                say('speed, eight guests, 200 lives on ' + who)
                result[who] = _loads(image, folder)
    bad = []
    print('%-28s %16s %16s  ratio' % ('', *number))
    for row in ('create', 'destroy'):
        ours, xen = (counted[row] for counted in number.values())
        print('%-28s %16d %16d  %.3f' % ('xl %s, instructions' % row, ours, xen, ours / xen))
    ours, xen = (sum(counted.values()) for counted in number.values())
    print('%-28s %16d %16d  %.3f' % ('both', ours, xen, ours / xen))
    if ours * TARGET > xen:
        bad.append('xl create and destroy take more than half of real Xen\'s instructions')
    if whole:
        for row, title, pattern in RATES:
            rates = [_rate(checks, row, pattern) for checks, _ in result.values()]
            print('%-28s %16s %16s' % (title, *rates))
            if _amount(rates[0]) < _amount(rates[1]):
                bad.append('%s: slower than on real Xen' % title)
        for who, (checks, failed) in result.items():
            print('%s: %d checks of eight guests and 200 lives, %d failed' % (who, len(checks), len(failed)))
        bad += ['Cofferdam: %s failed' % check for check in result['Cofferdam'][1] if check not in result['real Xen'][1]]
    for line in bad:
        say(line)
    return 1 if bad else 0
