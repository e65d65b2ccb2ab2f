#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Source lines (neither blank nor comment) of C, headers and assembly by room, and the sum that is linked at EL2
against its limit. Exit status 1 above the limit."""
import argparse
import collections
import json
import pathlib
import sys

from source import Tree

LIMIT = 25000
KINDS = {'.c': 'c', '.c.in': 'c', '.h': 'headers', '.S': 'assembly'}


def _room(path):
    parts = path.split('/')[:-1]
    return '/'.join(parts[:3] if parts[:2] in (['hyp', 'include'], ['hyp', 'arch']) else parts[:2])


def count(tree):
    """{room: Counter of kinds} over hyp/, which is what EL2 runs, and the headers of include/ it is built with."""
    rooms = collections.defaultdict(collections.Counter)
    for source in tree.sources('hyp/', 'include/', endings=KINDS):
        kind = next(KINDS[e] for e in sorted(KINDS, key=len, reverse=True) if source.path.endswith(e))
        rooms[_room(source.path)][kind] += sum(1 for line in source.code.splitlines() if line.strip())
    return dict(sorted(rooms.items()))


def main(argv):
    p = argparse.ArgumentParser(prog='sloc.py', description=__doc__)
    p.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    p.add_argument('--json', action='store_true', help='machine-readable')
    a = p.parse_args(argv)
    rooms = count(Tree(a.root))
    kinds = list(dict.fromkeys(KINDS.values()))
    total = sum(sum(c.values()) for c in rooms.values())
    if a.json:
        print(json.dumps({'rooms': rooms, 'total': total, 'limit': LIMIT}, indent=2))
    else:
        row = '{:24}' + '{:>10}' * (len(kinds) + 1)
        print(row.format('room', *kinds, 'all'))
        for room, c in rooms.items():
            print(row.format(room, *(c[k] for k in kinds), sum(c.values())))
        print(row.format('linked at EL2', *(sum(c[k] for c in rooms.values()) for k in kinds), total))
        print(f'limit {LIMIT}, {LIMIT - total} left')
    return 1 if total > LIMIT else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
