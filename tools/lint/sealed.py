# SPDX-License-Identifier: Apache-2.0
"""sealed: in the static profile no memory is given out once boot is over: what traps can reach, through pointers too,
never comes to a function that takes frames from the free lists, cuts a pool, or makes a domain."""
import pathlib

from calls import Pointers, Walk, on_graph, short, trap_entries, way
from source import Finding

GIVES = {'page_alloc_for', 'page_alloc_block', 'pool_carve', 'quota_block_new', 'quota_resize_step', 'domain_create'}


def _analyse(tree, graph):
    pointers = Pointers(tree, graph)
    walk = Walk(graph, pointers)
    came = walk.reach(trap_entries(tree, graph))
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


def check(tree, options):
    build = pathlib.Path(options.static or tree.root / 'build-static')
    return on_graph(tree, build, 'sealed', lambda graph: _analyse(tree, graph))
