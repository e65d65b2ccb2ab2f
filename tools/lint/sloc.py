#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Source lines (neither blank nor comment) of C, headers and assembly by room, and the sum that is linked at EL2
against its limit: of all there is and, from its build folder, of the static profile: the files it is built of, headers
too, but for what is not in the image: the functions and objects that the linker left out because nobody names them, and
what then nothing in the image names: inline functions, macros, types, declarations (reach.py; a type or an enumeration
is counted whole, and so is each file's rest). Exit status 1 above a limit."""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

import reach
from source import Tree

LIMIT = 25000
STATIC_GOAL, STATIC_LIMIT, STATIC_TEXT = 10000, 12250, 150000  # the limit keeps what is reached, the goal is below
KINDS = {'.c': 'c', '.c.in': 'c', '.h': 'headers', '.S': 'assembly'}


def _room(path):
    parts = path.split('/')[:-1]
    return '/'.join(parts[:3] if parts[:2] in (['hyp', 'include'], ['hyp', 'arch']) else parts[:2])


def count(tree, files=None, image=None):
    """{room: Counter of kinds} over hyp/, which is what EL2 runs, and the headers of include/ it is built with; only of
    some files, and of these only what is in the image, if these are given."""
    rooms = collections.defaultdict(collections.Counter)
    for source in tree.sources('hyp/', 'include/', endings=KINDS):
        if files is not None and source.path not in files:
            continue
        kind = next(KINDS[e] for e in sorted(KINDS, key=len, reverse=True) if source.path.endswith(e))
        left_out = image.left_out(source.path) if image else ()
        rooms[_room(source.path)][kind] += sum(1 for number, line in enumerate(source.code.splitlines(), 1)
                                               if line.strip() and number not in left_out)
    return dict(sorted(rooms.items()))


def static_files(tree, build):
    """What the build is made of, and what of that is in the image."""
    text = subprocess.run(['ninja', '-C', str(build), '-t', 'deps'], check=True, stdout=subprocess.PIPE, text=True).stdout
    files, made = {'hyp/version.c.in'}, {}
    for block in text.split('\n\n'):
        head, *rest = block.strip().split('\n')
        paths = [(build / line.strip()).resolve() for line in rest]
        inside = [str(path.relative_to(tree.root)) for path in paths if path.is_relative_to(tree.root)]
        files.update(inside)
        if inside:
            made[pathlib.Path(head.split(':')[0]).name] = inside[0]
    kept = reach.kept((build / 'hyp/cofferdam.map').read_text(encoding='utf-8'), made)
    return files, reach.Reach([s for s in tree.sources('hyp/', 'include/', endings=KINDS) if s.path in files], kept)


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
