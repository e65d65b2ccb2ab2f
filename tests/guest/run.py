#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Boot the test payloads as Dom0's kernel and report their verdicts.

  run.py                               all payloads on virt with GICv2 and GICv3
  run.py --machine zcu102 traps gic    some, on one machine
  run.py --hv FILE --xen-tree          on another hypervisor, e.g. real Xen

In events, grants, memory and races a hostile domain attacks as the advisories of Xen did, and a witness
looks after itself; the name of a check begins with the advisory or its class.

Some payloads fail on real Xen 4.17, which leaves parts of the GIC out, fires the physical timer at once
for a deadline 200 years off, does not step back to an HVC that it makes undefined, keeps a page or two of
a domain that is gone in its own pools, gives a domain its own old pages back unscrubbed, lets it map over
a granted page, and maps no grant for devices without an SMMU.
"""
import argparse
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import guest_boot  # noqa: E402

# name: CPUs that it needs
PAYLOADS = {'domains': 2, 'events': 1, 'gic': 1, 'grants': 1, 'hypercalls': 1, 'memory': 1, 'migrate': 4,
            'psci': 2, 'quiet': 2, 'races': 2, 'storm': 2, 'timer': 1, 'traps': 1}
# What else a boot needs. Many CPUs that wait for each other are played in turn by one thread; figures of a
# storm are exact where an instruction is a nanosecond.
BOOT = {'migrate': {'qemu_args': ['-accel', 'tcg,thread=single']},
        'storm': {'icount': True, 'quantum_us': 20, 'hidden_cpus': (1,)}}
XEN_ARGS = {'quiet': ' sched=null', 'storm': ' irq-budget=10'}


def run(hypervisor, image, machine, payload, xen_tree=False, timeout=120, args=''):
    """(passed, one line of detail, console log) of a payload; `args` are its boot arguments."""
    more = BOOT.get(payload, {})
    guest = guest_boot.Guest(hypervisor, image, machine, smp=PAYLOADS[payload] + len(more.get('hidden_cpus', ())),
                             xen_tree=xen_tree, xen_args='console=dtuart dom0_mem=64M' + XEN_ARGS.get(payload, ''),
                             **more)
    guest.dom0_args = args
    log, verdict = [], None
    try:
        for line in guest.lines(timeout):
            log.append(line)
            m = re.search(r'@VERDICT (\w+) (pass|fail) ?(.*)|exception: (vector .*)', line)
            if m:
                verdict = verdict or m
    except TimeoutError as e:
        log.append(str(e))
        if verdict is not None:
            return False, 'verdict given, but the machine did not power off: %s' % e, log
    if verdict is None:
        return False, 'no verdict; last line: %s' % (log[-1] if log else 'none'), log
    return verdict.group(1, 2) == (payload, 'pass'), verdict.group(3) or verdict.group(0), log


def default_hypervisor():
    return os.environ.get('COFFER_HYPERVISOR') or os.path.join(guest_boot.ROOT, 'build', 'cofferdam')


def default_images():
    return os.environ.get('COFFER_GUESTS') or os.path.join(guest_boot.ROOT, 'build', 'tests', 'guest')


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('payloads', nargs='*', choices=[[]] + sorted(PAYLOADS), help='default: all')
    p.add_argument('--hv', default=default_hypervisor())
    p.add_argument('--xen-tree', action='store_true', help='--hv is real Xen: give it the tree it needs')
    p.add_argument('--images', default=default_images(), help='folder of the payloads\' images')
    p.add_argument('--machine', action='append', choices=sorted(guest_boot.MACHINES))
    p.add_argument('--timeout', type=int, default=120)
    p.add_argument('--args', default='', help='boot arguments of the payloads: rounds=N (migrate), seconds=N (quiet)')
    p.add_argument('-v', '--verbose', action='store_true', help='the whole console')
    a = p.parse_args(argv)
    failed = 0
    for machine in a.machine or ['virt-gicv2', 'virt-gicv3']:
        for name in a.payloads or sorted(PAYLOADS):
            ok, detail, log = run(a.hv, os.path.join(a.images, name + '.img'), machine, name, a.xen_tree, a.timeout,
                                  a.args)
            failed += not ok
            print('%-4s %-10s %-10s %s' % ('ok' if ok else 'FAIL', machine, name, detail), flush=True)
            for line in log if a.verbose else [] if ok else [x for x in log if '@CHECK' in x][:12] or log[-12:]:
                print('       ' + line)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
