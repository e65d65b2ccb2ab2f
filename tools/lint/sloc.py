#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Source lines (neither blank nor comment) of C, headers and assembly by room, and the sum that is linked at EL2
against its limit: of all there is and, from its build folder, of the static profile: the files it is built of, headers
too, but for the functions that the linker left out because nobody calls them. Exit status 1 above a limit."""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

from source import Tree

LIMIT = 25000
STATIC_GOAL, STATIC_LIMIT, STATIC_TEXT = 10000, 14000, 150000  # the limit keeps what is reached, the goal is below
KINDS = {'.c': 'c', '.c.in': 'c', '.h': 'headers', '.S': 'assembly'}


def _room(path):
    parts = path.split('/')[:-1]
    return '/'.join(parts[:3] if parts[:2] in (['hyp', 'include'], ['hyp', 'arch']) else parts[:2])


def _lines(source, left_out=()):
    """Its source lines, without those of some functions."""
    lines = source.code.splitlines()
    for f in source.functions if left_out else ():
        if f.has_body and f.name in left_out:
            lines[f.line - 1:f.end] = [''] * (f.end - f.line + 1)
    return sum(1 for line in lines if line.strip())


def count(tree, files=None, left_out=None):
    """{room: Counter of kinds} over hyp/, which is what EL2 runs, and the headers of include/ it is built with; only of
    some files, and without the functions left out of each, if these are given."""
    rooms = collections.defaultdict(collections.Counter)
    for source in tree.sources('hyp/', 'include/', endings=KINDS):
        if files is not None and source.path not in files:
            continue
        kind = next(KINDS[e] for e in sorted(KINDS, key=len, reverse=True) if source.path.endswith(e))
        rooms[_room(source.path)][kind] += _lines(source, (left_out or {}).get(source.path, ()))
    return dict(sorted(rooms.items()))


def static_files(tree, build):
    """What the build is made of, and {file: functions whose section the linker left out}."""
    text = subprocess.run(['ninja', '-C', str(build), '-t', 'deps'], check=True, stdout=subprocess.PIPE, text=True).stdout
    files, made = {'hyp/version.c.in'}, {}
    for block in text.split('\n\n'):
        head, *rest = block.strip().split('\n')
        paths = [(build / line.strip()).resolve() for line in rest]
        inside = [str(path.relative_to(tree.root)) for path in paths if path.is_relative_to(tree.root)]
        files.update(inside)
        if inside:
            made[pathlib.Path(head.split(':')[0]).name] = inside[0]
    left_out = collections.defaultdict(set)
    gone = (build / 'hyp/cofferdam.map').read_text(encoding='utf-8').split('Discarded input sections')[1]
    gone = gone.split('Memory Configuration')[0]
    for function, name in re.findall(r'^ \.text\.(\S+)\s+0x\S+\s+0x\S+ \S*?([\w.-]+\.o)\)?$', gone, re.M):
        if name in made:
            left_out[made[name]].add(function.split('.')[0])
    return files, left_out


def text_size(elf):
    """Bytes of code and constants."""
    said = subprocess.run(['size', str(elf)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return int(said.splitlines()[1].split()[0])


def _total(rooms):
    return sum(sum(c.values()) for c in rooms.values())


def _table(rooms):
    kinds = list(dict.fromkeys(KINDS.values()))
    row = '{:24}' + '{:>10}' * (len(kinds) + 1)
    print(row.format('room', *kinds, 'all'))
    for room, c in rooms.items():
        print(row.format(room, *(c[k] for k in kinds), sum(c.values())))
    print(row.format('linked at EL2', *(sum(c[k] for c in rooms.values()) for k in kinds), _total(rooms)))


def main(argv):
    p = argparse.ArgumentParser(prog='sloc.py', description=__doc__)
    p.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    p.add_argument('--static', type=pathlib.Path, metavar='DIR', help='build folder of the static profile')
    p.add_argument('--json', action='store_true', help='machine-readable')
    a = p.parse_args(argv)
    tree = Tree(a.root)
    rooms = count(tree)
    total, static, size = _total(rooms), None, 0
    if a.static:
        static = count(tree, *static_files(tree, a.static.resolve()))
        size = text_size(a.static / 'cofferdam.elf')
    if a.json:
        print(json.dumps({'rooms': rooms, 'total': total, 'limit': LIMIT, 'static': static and _total(static)}, indent=2))
    else:
        _table(rooms)
        print(f'limit {LIMIT}, {LIMIT - total} left')
        if static:
            print('\nstatic profile')
            _table(static)
            print(f'limit {STATIC_LIMIT}, goal {STATIC_GOAL}: {_total(static) - STATIC_GOAL} too many; '
                  f'{size} bytes of text, limit {STATIC_TEXT}')
    return 1 if total > LIMIT or size > STATIC_TEXT or (static and _total(static) > STATIC_LIMIT) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
