#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The design's rules, checked. Prints `file:line: rule: message; remedy`; exit status 1 when anything is found.

Reasoned exceptions stand in tools/lint/allow.txt, targets of function pointers in tools/lint/pointers.txt."""
import argparse
import pathlib
import sys

import calls
import docs
import layout
import misra
import rooms
import sealed
import size
import words
from source import Allowances, Tree

RULES = {
    'rooms': (rooms.check, 'who may include whom, include cycles, headers that do not compile alone'),
    'size': (size.check, 'files, functions, parameters, #if budget, file names, head comments'),
    'words': (words.check, 'unfinished work, machine paths, raw TLB and cache operations, panic and goto by file'),
    'docs': (docs.check, 'functions of hyp/include without a comment above them or their group'),
    'format': (layout.check, 'clang-format'),
    'calls': (calls.check, 'recursion, panic reachable from traps, stack depth, dynamic frames (needs a build)'),
    'sealed': (sealed.check, 'memory given out after boot in the static profile (needs its build)'),
    'misra': (misra.check, 'MISRA C:2012 report by cppcheck; never fails; only when named'),
}
DEFAULT = [name for name in RULES if name != 'misra']


def main(argv):
    p = argparse.ArgumentParser(
        prog='lint.py', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog='rules:\n' + '\n'.join(f'  {name:8}{text}' for name, (_, text) in RULES.items()))
    p.add_argument('rules', nargs='*', metavar='RULE', help=f'default: {" ".join(DEFAULT)}')
    p.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2],
                   help='the working tree (default: the one this program is in)')
    p.add_argument('--build', type=pathlib.Path, metavar='DIR',
                   help='meson build folder for `calls` (default: build under the root)')
    p.add_argument('--static', type=pathlib.Path, metavar='DIR',
                   help='its build folder for `sealed` (default: build-static under the root)')
    p.add_argument('--changed', action='store_true', help='format: only files that git says are changed')
    a = p.parse_args(argv)
    if unknown := [r for r in a.rules if r not in RULES]:
        p.error(f'no rule {unknown[0]!r}; use {", ".join(RULES)}')
    if not a.root.is_dir():
        p.error(f'no folder {a.root}; give the working tree with --root')
    tree = Tree(a.root)
    allowed, found, ran = Allowances(tree), [], []
    for rule in a.rules or DEFAULT:
        result = RULES[rule][0](tree, a)
        if result is not None:  # None: could not run, and said so
            ran.append(rule)
            found += [f for f in result if not allowed.covers(f)]
    found += allowed.broken + allowed.stale(ran)
    for finding in sorted(set(found)):
        print(finding)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
