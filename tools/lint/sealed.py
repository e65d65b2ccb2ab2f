# SPDX-License-Identifier: Apache-2.0
"""sealed: in the static profile no memory is given out once boot is over: what traps can reach, through pointers too,
never comes to a function that takes frames from the free lists, cuts a pool, or makes a domain."""
import pathlib
import sys
import tempfile

from calls import ENTRY, Pointers, Walk, short, way
from callgraph import Graph
from source import Finding

GIVES = {'page_alloc_for', 'page_alloc_block', 'pool_carve', 'quota_block_new', 'quota_resize_step', 'domain_create'}


def check(tree, options):
    build = pathlib.Path(options.static or tree.root / 'build-static')
    if not (build / 'compile_commands.json').is_file():
        print(f'sealed: not checked: no {build}/compile_commands.json; run ./coffer build or give --static',
              file=sys.stderr)
        return None
    graph = Graph(tree.root, build)
    with tempfile.TemporaryDirectory() as folder:
        if errors := graph.compile(folder):
            return [Finding(e.split(':')[0], 1, 'sealed', 'does not compile', 'build first') for e in errors]
    pointers = Pointers(tree, graph)
    walk = Walk(graph, pointers)
    entries = ENTRY.findall('\n'.join(s.code for s in tree.sources('hyp/arch/', endings=['.S'])))
    came = walk.reach(sorted(set(entries) & graph.nodes.keys()))
    found = [] if came else [Finding('hyp', 1, 'sealed', 'no trap entry found', 'see rule calls')]
    for title, place, name in walk.unresolved:
        if title in came and not pointers.row(place, name):  # with one: the tables leave it NULL here
            found.append(Finding(place[0], place[1], 'sealed', f'{short(title)}() calls through {name}, target unknown',
                                 'name the targets in tools/lint/pointers.txt', name))
    for title in sorted(came):
        if short(title) in GIVES:
            node = graph.nodes[title]
            found.append(Finding(node.path, node.line, 'sealed', f'{short(title)}() is reachable from a trap',
                                 f'({way(came, title)}) give the static profile a file of its own for that',
                                 short(title)))
    return found
