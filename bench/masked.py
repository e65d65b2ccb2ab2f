#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The longest stretch at EL2 with interrupts masked, in instructions, and where it was spent.

Boots bare guests under QEMU with tools/plugin/el2.c; a stretch ends where a pending interrupt is noticed:
at the return to a guest, at WFI, where interrupts are open. Boot (to the first guest instruction) is apart.

  masked.py                    the benchmark guest and the payloads, with the worst path
  masked.py --check            exit 1 when a stretch is above the budget
  masked.py --read FILE        names the functions in what the plugin wrote in a run of one's own
"""
import argparse
import bisect
import collections
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, 'tests', 'guest'))
import guest_boot  # noqa: E402

BUDGET = 10000
PLUGIN = os.path.join(ROOT, 'build', 'tools', 'plugin', 'libel2.so')
LOADED_AT = {'virt-gicv3': 0x40200000, 'virt-gicv2': 0x40200000, 'zcu102': 0x200000}  # by QEMU's -kernel
GUESTS = [('bench', 'bench/bench.img', 1), ('bench, two vCPUs', 'bench/bench.img', 3),
          ('hypercalls', 'tests/guest/hypercalls.img', 1), ('gic', 'tests/guest/gic.img', 1)]


class Symbols:
    """Names of addresses in an image that was loaded at `base`."""

    def __init__(self, elf, base):
        out = subprocess.run(['nm', elf], check=True, capture_output=True, text=True).stdout if elf else ''
        rows = sorted((int(p[0], 16) + base, p[2]) for p in map(str.split, out.splitlines())
                      if len(p) == 3 and p[1] in 'tT' and not p[2].startswith('$'))
        self.at, self.names = [r[0] for r in rows], [r[1] for r in rows]

    def name(self, address):
        i = bisect.bisect_right(self.at, address) - 1
        return self.names[i] if i >= 0 and address < self.at[-1] + 0x1000 else hex(address)


def read_report(path, symbols):
    """What the plugin wrote: {'boot', 'longest', 'total', 'marks': [...], 'path': [(function, count), ...]}."""
    r = {'marks': [], 'path': []}
    with open(path, encoding='ascii') as f:
        for line in f:
            word = line.split()
            if word[0] in ('mark', 'end'):
                r['marks'].append(line.strip())
                r['total'] = int(re.search(r'total (\d+)', line).group(1))
            elif word[0] in ('boot', 'longest'):
                r[word[0]] = int(word[1])
            elif word[0] == 'at':
                name, count = symbols.name(int(word[1], 16)), int(word[2])
                if r['path'] and r['path'][-1][0] == name:
                    r['path'][-1] = (name, r['path'][-1][1] + count)
                else:
                    r['path'].append((name, count))
    return r


def measure(hypervisor, elf, image, machine, smp, timeout, xen_tree=False):
    """One boot of a guest that powers off by itself."""
    with tempfile.TemporaryDirectory(prefix='masked-') as tmp:
        out = os.path.join(tmp, 'el2.txt')
        g = guest_boot.Guest(hypervisor, image, machine, smp=smp, xen_tree=xen_tree, icount=True,
                             quantum_us=5 if smp > 1 else 0, hidden_cpus=(1,) if smp > 1 else (),
                             xen_args='console=dtuart dom0_mem=64M dom0_max_vcpus=%d' % min(smp, 2),
                             qemu_args=['-plugin', '%s,out=%s' % (PLUGIN, out)])
        log = list(g.lines(timeout))
        report = read_report(out, Symbols(elf, LOADED_AT[machine]))
    if not report.get('longest') or not any('DONE' in line or '@VERDICT' in line for line in log):
        raise RuntimeError('the guest did not finish\n  ' + '\n  '.join(log[-12:]))
    return report


def show(title, r):
    """The longest stretch and its functions, those with most first; then the way through them."""
    print('%-22s longest masked stretch %6d instructions (boot %d, EL2 in all %d)' % (
        title, r['longest'], r['boot'], r['total']))
    by = collections.Counter()
    for name, count in r['path']:
        by[name] += count
    print('    most in: ' + ', '.join('%s %d' % item for item in by.most_common(8)))
    print('    in order of first entry: ' + ' > '.join(dict.fromkeys(name for name, _ in r['path'])))


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--hv', default=os.path.join(ROOT, 'build', 'cofferdam'), help='image to measure')
    p.add_argument('--elf', help='its symbols (default: beside it, .elf)')
    p.add_argument('--xen-tree', action='store_true', help='--hv is real Xen: give it the tree it needs')
    p.add_argument('--machine', action='append', choices=sorted(LOADED_AT), help='default virt-gicv3; may repeat')
    p.add_argument('--timeout', type=int, default=300, help='seconds for one boot')
    p.add_argument('--check', action='store_true', help='fail when a stretch is above %d' % BUDGET)
    p.add_argument('--read', metavar='FILE', help='show what the plugin wrote in another run')
    a = p.parse_args(argv)
    elf = a.elf or (a.hv + '.elf' if os.path.exists(a.hv + '.elf') else None)
    machines = a.machine or ['virt-gicv3']
    if a.read:
        report = read_report(a.read, Symbols(elf, LOADED_AT[machines[0]]))
        print('\n'.join(report['marks']))
        show(os.path.basename(a.read), report)
        return 0
    for path in (a.hv, PLUGIN):
        if not os.path.exists(path):
            print('masked: %s is missing: run ./coffer build' % path, file=sys.stderr)
            return 2
    worst = 0
    for machine in machines:
        for title, image, smp in GUESTS:
            try:
                report = measure(a.hv, elf, os.path.join(ROOT, 'build', image), machine, smp, a.timeout, a.xen_tree)
            except (RuntimeError, TimeoutError, FileNotFoundError) as e:
                print('masked: %s, %s: %s' % (machine, title, e), file=sys.stderr)
                return 1
            show('%s, %s:' % (machine, title), report)
            worst = max(worst, report['longest'])
    print('masked: worst %d, budget %d' % (worst, BUDGET))
    return 1 if a.check and worst > BUDGET else 0


if __name__ == '__main__':
    sys.exit(main())
