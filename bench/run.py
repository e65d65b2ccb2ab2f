#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Count instructions on the hypervisor's short paths, beside real Xen.

The guest image bench.img boots as Dom0's kernel under QEMU with one instruction a nanosecond and one
tick an instruction, so each figure is exact and repeats. A figure between two vCPUs is the sum of both
CPUs' work (QEMU runs them in turn on one clock). A row that ends in a
policy is under that one; of the others those with a CPU to themselves are under null, the rest under credit2.
For boot_3_guests, link_* and restart it is the kernel of static domains, without a Dom0: until the last of three
begins; there and back by a static event channel (Xen 4.17 has none: the two bind one themselves); what EL2 does for
one restart, image and scrubbing of 16 MiB and all. boot_3_guests_blob (virt-gicv3) is the same boot of the static
profile from a system blob, each guest on a CPU of its own.

  run.py                       the table for build/cofferdam, with Xen if its image is found
  run.py --check               compare with budget.json: exit 1 and name each row that rose
  run.py --update              write today's counts into budget.json
"""
import argparse
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, 'tests', 'guest'))
import guest_boot  # noqa: E402
import static_boot  # noqa: E402

BUDGET = os.path.join(HERE, 'budget.json')
POLICIES = ('credit', 'credit2', 'rtds', 'arinc653')  # null is the one of the plain rows
TIMERS = ('vtimer_spin', 'vtimer_wfi', 'vtimer_wfi_near')
# One part in so many of Xen's best figure.
TARGETS = [
    (3, ('hypercall_null', 'hypercall_bad', 'psci_version_hvc', 'psci_version_smc', 'mmio_gicd_typer',
         'mmio_isenabler_wr', 'sysreg_id_mmfr0', 'evtchn_send_masked', 'cpu_on')),
    (5, ('sgi_self', 'evtchn_self', 'spi_spin', *TIMERS, 'sgi_ipi_idle', 'sgi_ipi_spin')),
    (5, tuple('%s_%s' % (row, policy) for row in TIMERS for policy in POLICIES)),
    (5, ('vtimer_in_calls', 'rival_vtimer_wfi', 'rival_vtimer_calls')),
    (4, ('wfi_round_trip', *('wfi_round_trip_' + policy for policy in POLICIES), 'switch_yield',
         'wake_2v_1p', 'wake_2v_2p')),
    (4, ('pingpong_2v_1p_block', 'pingpong_2v_2p_block', 'pingpong_2v_2p_spin',
         'pingpong_2d_1p_block', 'pingpong_2d_2p_block', 'pingpong_2d_2p_spin')),
    (2, ('mem_unmap', 'mem_map', 'pair_mem_unmap', 'pair_mem_map', 'physmap_add', 'physmap_remove', 'grant_map',
         'grant_unmap', 'grant_copy_4k', 'pair_grant_map', 'pair_grant_unmap', 'pair_grant_copy_4k', 'foreign_map',
         'foreign_unmap')),
    (3, ('mem_unmap_x64', 'mem_map_x64', 'pair_mem_unmap_x64', 'pair_mem_map_x64')),
    (10, ('boot',)),
    (4, ('boot_3_guests', 'boot_3_guests_blob')),
    (3, ('link_2p_block', 'link_2p_spin')),
]
ROWS = [(name, part) for part, names in TARGETS for name in names] + [('restart', None)]
LIMITS = {'boot_3_guests': 10000000, 'boot_3_guests_blob': 10000000, 'restart': 10000000}  # whatever Xen needs, which restarts nothing
STUCK = 'evtchn_left_behind'  # 1 for a shot whose event needed a trap to get on: none may
# A timer row's maximum over its median. Within a call it waits for the end of the step that runs, which is as
# likely near as far: twice the median.
SPREAD, SPREAD_IN_CALLS = 1.5, 2.5
# Rows for which --check holds it: under null nothing else is ever due. Elsewhere a deadline may meet a policy's own.
EVEN = (*TIMERS, 'vtimer_in_calls')
# CPUs, Dom0's vCPUs, scheduler, groups of rows.
BOOTS = [(1, 1, 'null', 'boot traps irqs spi events memory'), (3, 2, 'null', 'smp 2v-2p'), (1, 2, 'credit2', '2v-1p'),
         (1, 1, 'credit2', '2d-1p'), (3, 1, 'null', '2d-2p'), *((1, 1, policy, 'timers') for policy in POLICIES)]
PV = 'vpl011; xen,enhanced = "no-xenstore"; '
CHANNEL = PV + '%s: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &%s>; }; '
RESTARTS = 5
# CPUs, scheduler, (command line, properties) of each static domain, how many of them end.
STATICS = [(1, 'credit2', [('boot-3', PV)] * 3, 3),
           (3, 'null', [('link-block', CHANNEL % ('e1', 'e2')), ('answer-block', CHANNEL % ('e2', 'e1'))], 1),
           (3, 'null', [('link-spin', CHANNEL % ('e1', 'e2')), ('answer-spin', CHANNEL % ('e2', 'e1'))], 1)]
RESTART = (1, 'credit2', [('restart', PV + 'coff,on-shutdown = "restart"; coff,restart-limit = <%d>; ' % RESTARTS)], 1)
BY_BLOB = """cofferdam: 1
name: boot
board: {machine: %s, cpus: 3, memory: 1GiB}
hypervisor: {arguments: bootscrub=0 guest_loglvl=all}
domains:
  - {name: one, kernel: bench.img, arguments: boot-3, memory: 16MiB}
  - {name: two, kernel: bench.img, arguments: boot-3, memory: 16MiB}
  - {name: three, kernel: bench.img, arguments: boot-3, memory: 16MiB}
"""
XEN_POLICIES = ('credit', 'credit2')  # what Debian's has; the rest of its rows are under its default
BOOT_SLACK = 0.005  # they print the version, whose length changes with each commit
QUANTUM_US = 5  # a turn of one CPU while two are busy


class BenchError(Exception):
    """A boot that did not give all its rows."""


def find_xen():
    """Debian's Xen, if ./coffer or the environment put it somewhere."""
    if os.environ.get('COFFER_XEN'):
        return os.environ['COFFER_XEN']
    for folder, _, files in os.walk(os.path.join(ROOT, '.cache')):
        for name in sorted(files):
            if re.fullmatch(r'xen-4\.\d+-arm64', name):
                return os.path.join(folder, name)
    return None


def boot(hypervisor, guest, machine, kind, xen_tree, timeout):
    """Rows of one boot: {name: (median, min, max, n)}."""
    cpus, vcpus, policy, groups = kind
    args = 'console=dtuart dom0_mem=64M bootscrub=0 dom0_max_vcpus=%d' % vcpus
    if cpus > 1:
        args += ' dom0_vcpus_pin'
    if not xen_tree or policy in XEN_POLICIES:
        args += ' sched=' + policy
    g = guest_boot.Guest(hypervisor, guest, machine, smp=cpus, xen_args=args, xen_tree=xen_tree, icount=True,
                         quantum_us=QUANTUM_US if cpus > 1 else 0, hidden_cpus=(1,) if cpus > 1 else ())
    g.dom0_args = groups
    return read_rows(g, timeout, '_' + policy if groups == 'timers' else '')


def boot_static(hypervisor, guest, machine, kind, xen_tree, timeout):
    """The same of static domains; of a row that several have, the highest."""
    cpus, policy, domains, ends = kind
    args = 'console=dtuart bootscrub=0 guest_loglvl=all' + ('' if xen_tree else ' sched=' + policy)
    g = static_boot.Static(hypervisor, guest, [static_boot.Domain('domU%d' % (i + 1), words, more=more)
                                               for i, (words, more) in enumerate(domains)],
                           machine=machine, smp=cpus, xen_args=args, xen_tree=xen_tree, icount=True,
                           quantum_us=QUANTUM_US if cpus > 1 else 0, hidden_cpus=(1,) if cpus > 1 else ())
    return read_rows(g, timeout, ends=ends)


def boot_blob(static, guest, machine, timeout):
    """The static profile's row."""
    g = static_boot.Blob(static, guest, BY_BLOB % machine, machine=machine, smp=3, icount=True, quantum_us=QUANTUM_US)
    return read_rows(g, timeout, '_blob', ends=3)


def read_rows(g, timeout, suffix='', ends=1):
    """What so many guests say, up to the last one's DONE or end of restarts."""
    rows, log, restarts = {}, [], []
    try:
        for line in g.lines(timeout):
            log.append(line)
            m = re.search(r'\bROW (\w+) (\d+) (\d+) (\d+) (\d+)', line)
            if m:
                row, name = tuple(map(int, m.groups()[1:])), m.group(1) + suffix
                rows[name] = max(row, rows.get(name, row))
            m = re.search(r'restarted, \d+ times so far; (\d+) us at EL2', line)
            restarts += [int(m.group(1)) * 1000] if m else []
            ends -= bool(re.search(r'\bDONE\b|times: halted', line))
            if ends == 0:
                break
    except TimeoutError as e:
        log.append(str(e))
    lost = [line for line in log if 'LOST ' in line]
    if ends or lost:
        raise BenchError('%s on %s, %s: %s\n  %s' % (
            os.path.basename(g.hypervisor), g.machine, g.dom0_args or 'static domains',
            ', '.join(lost) or 'the guest did not finish', '\n  '.join(log[-15:])))
    if restarts:
        rows['restart'] = (sorted(restarts)[len(restarts) // 2], min(restarts), max(restarts), len(restarts))
    return rows


def measure(hypervisor, guest, machine, xen_tree, timeout, static=None):
    """All rows of a hypervisor, and its static profile's."""
    rows = {}
    for kind in BOOTS:
        if not xen_tree or kind[3] != 'timers' or kind[2] in XEN_POLICIES:
            rows.update(boot(hypervisor, guest, machine, kind, xen_tree, timeout))
    for kind in STATICS if xen_tree else [*STATICS, RESTART]:
        rows.update(boot_static(hypervisor, guest, machine, kind, xen_tree, timeout))
    if static and machine == 'virt-gicv3':  # which build-static/ is for
        rows.update(boot_blob(static, guest, machine, timeout))
    return rows


def plain(name):
    """The row whose figure counts as Xen's best: a policy's is measured by the best policy, a blob's by a tree."""
    return re.sub('_(%s|blob)$' % '|'.join(POLICIES), '', name)


def rows_of(ours):
    """ROWS, without those of another machine."""
    return [row for row in ROWS if row[0] in ours or row[0] != 'boot_3_guests_blob']


def table(machine, ours, xen, baseline):
    """One dict a row; ratios against the least figure that Xen has shown."""
    out = []
    for name, part in rows_of(ours):
        best = baseline['xen'][machine].get(plain(name))
        now = xen[name][0] if xen and name in xen else None
        least = min([v for v in (best, now) if v is not None], default=None)
        floor = baseline['floor'].get(name)
        hand = baseline['floor_by_hand'].get(name)
        was, limit = ours[name], LIMITS.get(name)
        ok = [was[0] * part <= least] if least else []
        ok += [was[0] <= limit] if limit else []
        out.append({'row': name, 'floor': floor, 'floor_by_hand': hand, 'xen_now': now, 'xen_best': best,
                    'cofferdam': was[0], 'min': was[1], 'max': was[2], 'n': was[3],
                    'ratio': round(was[0] / least, 4) if least else None, 'target': '1/%d' % part if part else '',
                    'ok': all(ok) if ok else None})
    return out


def show(machine, rows):
    def num(v):
        return '' if v is None else format(v, ',')
    print('%s: instructions, median [maximum where it differs]' % machine)
    print('%-24s %6s %11s %11s %24s %6s %6s' % ('row', 'floor', 'Xen 4.17', 'Xen best', 'Cofferdam', 'ratio', 'target'))
    for r in rows:
        ours = num(r['cofferdam']) + (' [%s]' % num(r['max']) if r['max'] != r['cofferdam'] else '')
        floor = num(r['floor']) or ('~%d' % r['floor_by_hand'] if r['floor_by_hand'] else '')
        print('%-24s %6s %11s %11s %24s %6s %6s  %s' % (
            r['row'], floor, num(r['xen_now']), num(r['xen_best']), ours,
            '' if r['ratio'] is None else '%.3f' % r['ratio'], r['target'],
            {True: 'ok', False: 'MISS', None: ''}[r['ok']]))


def uneven(machine, ours, names):
    """What must not depend on luck and does, each as a line of text."""
    bad = ['%s %s: an event waits for the next trap' % (machine, STUCK)] if ours[STUCK][2] else []
    for name in names:
        most = SPREAD_IN_CALLS if name.endswith('_calls') else SPREAD
        if ours[name][2] > most * ours[name][0]:
            bad.append('%s %s: maximum %d, median %d' % (machine, name, ours[name][2], ours[name][0]))
    return bad


def check(machine, ours, budget):
    """Rows above budget, each as a line of text."""
    if machine not in budget:
        return ['%s: no budget; run bench/run.py --machine %s --update' % (machine, machine)]
    bad = uneven(machine, ours, EVEN)
    for name, _ in rows_of(ours):
        was, now = budget[machine].get(name), ours[name][0]
        if was is None:
            bad.append('%s %s: no budget, is %d' % (machine, name, now))
        elif now > was * (1 + (BOOT_SLACK if name.startswith('boot') else 0)):
            bad.append('%s %s: was %d, is %d (+%d)' % (machine, name, was, now, now - was))
        if now > LIMITS.get(name, now):
            bad.append('%s %s: is %d, may be %d' % (machine, name, now, LIMITS[name]))
    return bad


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--hv', default=os.path.join(ROOT, 'build', 'cofferdam'), help='image to measure')
    p.add_argument('--xen', help='real Xen to measure beside it (default: what ./coffer fetched)')
    p.add_argument('--no-xen', action='store_true', help='do not measure Xen now')
    p.add_argument('--xen-tree', action='store_true', help='--hv is real Xen: give it the tree it needs')
    p.add_argument('--static', default=os.path.join(ROOT, 'build-static', 'cofferdam'), help='its static profile')
    p.add_argument('--guest', default=os.path.join(ROOT, 'build', 'bench', 'bench.img'))
    p.add_argument('--machine', action='append', choices=sorted(guest_boot.MACHINES), help='default virt-gicv3; may repeat')
    p.add_argument('--timeout', type=int, default=300, help='seconds for one boot')
    p.add_argument('--check', action='store_true', help='fail when a count is above bench/budget.json')
    p.add_argument('--update', action='store_true', help='rewrite bench/budget.json')
    p.add_argument('--json', action='store_true', help='print JSON in place of the table')
    a = p.parse_args(argv)
    for path, remedy in ((a.hv, './coffer build'), (a.static, './coffer build'), (a.guest, './coffer build')):
        if not os.path.exists(path):
            print('bench: %s is missing: run %s' % (path, remedy), file=sys.stderr)
            return 2
    xen_image = None if a.no_xen or (a.check and not a.xen) else a.xen or find_xen()
    with open(os.path.join(HERE, 'baseline.json'), encoding='utf-8') as f:
        baseline = json.load(f)
    budget = {}
    if os.path.exists(BUDGET):
        with open(BUDGET, encoding='utf-8') as f:
            budget = json.load(f)
    bad, result = [], {}
    for machine in a.machine or ['virt-gicv3']:
        try:
            ours = measure(a.hv, a.guest, machine, a.xen_tree, a.timeout, None if a.xen_tree else a.static)
            xen = measure(xen_image, a.guest, machine, True, a.timeout) if xen_image else None
        except (BenchError, FileNotFoundError) as e:
            print('bench: %s' % e, file=sys.stderr)
            return 1
        result[machine] = table(machine, ours, xen, baseline)
        if not a.json:
            show(machine, result[machine])
            for line in uneven(machine, ours, [name for name, _ in ROWS if 'vtimer' in name]):
                print(line)
        if a.check:
            bad += check(machine, ours, budget)
        budget[machine] = {name: ours[name][0] for name, _ in rows_of(ours)}
    if a.json:
        print(json.dumps(result, indent=1))
    if a.update:
        with open(BUDGET, 'w', encoding='utf-8') as f:
            f.write(json.dumps(budget, indent=1, sort_keys=True) + '\n')
    for line in bad:
        print('budget: ' + line, file=sys.stderr)
    if a.check and not bad:
        print('budget: no count above it')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
