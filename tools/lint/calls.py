# SPDX-License-Identifier: Apache-2.0
"""calls: no recursion, no panic() that a guest's trap can reach, bounded stacks. Calls through pointers are followed
to the targets pointers.txt names; a call without targets and an address without a caller are findings, so nothing
is followed to nowhere. The functions that end the run are followed no further: their depth is told apart."""
import fnmatch
import pathlib
import re
import sys
import tempfile

from callgraph import INDIRECT, Graph
from source import Finding

POINTERS = 'tools/lint/pointers.txt'
STACK, STACK_LIMIT = 8192, 4096
_ENTRY = re.compile(r'\b(?:trap_\w+|hypercall_dispatch|irq_handle_first)\b')  # what vectors.S calls
ENDS = {'panic', 'boot_refuse', 'console_panic_mode'}
_CALLEE = re.compile(r'((?:\w+(?:\[[^\[\]]*\])?(?:->|\.))*\w+(?:\[[^\[\]]*\])?)\s*\(')
_WORDS = {'likely', 'unlikely', 'if', 'while', 'for', 'return', 'switch', 'sizeof'}


def short(title):
    """A function's name."""
    return title.rpartition(':')[2]


class Pointers:
    """pointers.txt: `file[:function] expression target...`"""

    def __init__(self, tree, graph):
        self.tree, self.graph, self.rows, self.reached, self.used = tree, graph, [], set(), set()
        self.known = _WORDS | {f.name for s in tree.sources('hyp/') for f in s.functions}
        lines = tree.source(POINTERS).lines if (tree.root / POINTERS).is_file() else []
        for number, line in enumerate(lines, 1):
            words = line.split('#')[0].split()
            if len(words) > 2:
                self.rows.append((number, words[0], words[1], words[2:]))

    def expression(self, path, line, column):
        """The pointer called at a place, and its member: ('ops', 'check') of `ops[cmd].check(`, ('fn', '')."""
        if not (self.tree.root / path).is_file():
            return '', ''
        lines = self.tree.source(path).code.splitlines()
        text = re.split(r'[;{]', '\n'.join([lines[line - 1][column - 1:], *lines[line:line + 4]]))[0]
        for name in _CALLEE.findall(text):
            base, member = re.fullmatch(r'(.*?)(?:(?:->|\.)(\w+))?', re.sub(r'\[[^\[\]]*\]', '', name)).groups('')
            if member or '[' in name or base not in self.known and not base.isupper():
                return base, member
        return '', ''

    def _table(self, title, member):
        """Functions in a table; only those of `member` when all its initialisers are plain `.member = function`."""
        functions = self.graph.tables[title]
        path = title.rpartition(':')[0]
        if not member or not (self.tree.root / path).is_file():
            return functions
        given = re.findall(r'\.(\w+)\s*=\s*(\w+)\s*[,}]', self.tree.source(path).code)
        if not {short(f) for f in functions} <= {function for _, function in given}:
            return functions
        return {f for f in functions if (member, short(f)) in given}

    def _named(self, word, member=''):
        """Functions that a target word stands for: a function, or a table of them."""
        tables = [self._table(t, member) for t in self.graph.tables if word in (t, short(t))]
        return set().union(*tables, {t for t in self.graph.nodes if word in (t, short(t))})

    def row(self, place, name):
        """The row of pointers.txt for a call through `name`, None without one."""
        where = place[0] + ':' + (self.tree.source(place[0]).function_at(place[1]) if name else '')
        return next((r for r in self.rows
                     if r[2] == name and (fnmatch.fnmatch(place[0], r[1]) or where == r[1])), None)

    def targets(self, place):
        """Functions that a pointer call may reach; empty when nobody says."""
        (name, member), result = self.expression(*place), set()
        if row := self.row(place, name):
            self.used.add(row[0])
            for word in row[3]:
                named = self._named(word.lstrip('-'), member)
                result = result - named if word[0] == '-' else result | named
                self.reached |= set() if word[0] == '-' else self._named(word)
        else:
            own = f'{place[0]}:{name}'
            result = self._table(own, member) if own in self.graph.tables else set()
            self.reached |= self.graph.tables.get(own, set())
        return result

    def findings(self):
        """Rows that say nothing true any more, and addresses taken that no row leads to."""
        for number, _, name, words in self.rows:
            if number not in self.used:
                yield Finding(POINTERS, number, 'calls', f'no call through {name} there', 'remove or correct the row')
            for word in words:
                if not self._named(word.lstrip('-')):
                    yield Finding(POINTERS, number, 'calls', f'{word} is neither function nor table',
                                  'correct it', word)
        for title in sorted(self.graph.taken - self.reached):
            node = self.graph.nodes[title]
            yield Finding(node.path, node.line, 'calls', f'the address of {short(title)}() is taken, nobody calls it',
                          f'name it in {POINTERS} where it is called', short(title))


class Walk:
    """The graph with pointer calls resolved: strongly connected components, depth, reachability."""

    def __init__(self, graph, pointers):
        self.graph, self.unresolved, self.edges = graph, [], {}
        for title, node in graph.nodes.items():
            edges = {callee for callee, *_ in node.calls if callee in graph.nodes and callee not in ENDS}
            for place in node.places:
                targets = pointers.targets(place)
                edges |= targets
                if not targets:
                    self.unresolved.append((title, place, pointers.expression(*place)[0]))
            self.edges[title] = sorted(edges)

    def rings(self):
        """Groups of functions that call each other in a ring (Tarjan)."""
        number, low, stack, rings = {}, {}, [], []

        def visit(v):
            number[v] = low[v] = len(number)
            stack.append(v)
            for w in self.edges[v]:
                if w not in number:
                    visit(w)
                if w in stack:
                    low[v] = min(low[v], low[w])
            if low[v] == number[v]:
                ring = stack[stack.index(v):]
                del stack[stack.index(v):]
                if len(ring) > 1 or v in self.edges[v]:
                    rings.append(ring)
        for title in sorted(self.edges):
            if title not in number:
                visit(title)
        return rings

    def depths(self, cut):
        """{title: (bytes of the deepest way down, next function on it)}; edges inside `cut` rings are not followed."""
        ring_of = {title: i for i, ring in enumerate(cut) for title in ring}
        result = {}

        def depth(title):
            if title not in result:
                below = [(depth(t)[0], t) for t in self.edges[title]
                         if ring_of.get(t, -1) != ring_of.get(title, -2)]
                deepest, way = max(below, default=(0, None))
                result[title] = (self.graph.nodes[title].frame + deepest, way)
            return result[title]
        for title in self.edges:
            depth(title)
        return result

    def reach(self, roots):
        """{title: who it was first reached from}, breadth first."""
        came, todo = {r: None for r in roots}, list(roots)
        for title in todo:
            for target in self.edges[title]:
                if target not in came:
                    came[target] = title
                    todo.append(target)
        return came


def way(came, title):
    """How reach() came to a function."""
    steps = [title]
    while came[steps[-1]]:
        steps.append(came[steps[-1]])
    return ' > '.join(short(t) for t in reversed(steps))


def _panics(tree, graph, came):
    """Calls of panic() in what traps reach, by the function whose text has the call (inlined or not)."""
    for title in came:
        for callee, path, line, _ in graph.nodes[title].calls:
            if callee == 'panic':
                where = tree.source(path).function_at(line) if (tree.root / path).is_file() else ''
                yield Finding(path or graph.nodes[title].path, line or graph.nodes[title].line, 'calls',
                              f'panic() in {where or short(title)}() is reachable from a trap',
                              f'({way(came, title)}) return an error or domain_crash(), or '
                              'say in tools/lint/allow.txt why it cannot be', where or short(title))


def _stack(tree, graph, walk, roots, rings):
    """The deepest way down from a trap, and frames of unknown or varying size on any."""
    depths = walk.depths(rings)
    assembly = '\n'.join(s.text for s in tree.sources('hyp/', endings=['.S']))
    came = walk.reach(roots)
    for title in sorted(came):
        for callee, path, line, _ in sorted(graph.nodes[title].calls):
            if callee not in graph.nodes.keys() | {INDIRECT} and not re.search(rf'\b{re.escape(callee)}\b', assembly):
                yield Finding(path or graph.nodes[title].path, line, 'calls', f'the frame of {callee}() is not known',
                              f'({way(came, title)}) link no foreign code behind a trap', callee)
    worst = max(roots, key=lambda r: depths[r][0])
    down, title = [], worst
    while title:
        down.append(f'{short(title)} {graph.nodes[title].frame}')
        title = depths[title][1]
    node = graph.nodes[worst]
    print(f'calls: deepest stack from a trap: {depths[worst][0]} of {STACK} bytes: {" > ".join(down)}')
    ends = ', '.join(f'{end} {depths[end][0]}' for end in sorted(ENDS & depths.keys()))
    print(f'calls: ends of the run need further: {ends}')
    if depths[worst][0] > STACK_LIMIT:
        yield Finding(node.path, node.line, 'calls', f'a trap may need {depths[worst][0]} bytes of stack, the limit is '
                      f'{STACK_LIMIT}', 'make a frame on the way smaller', short(worst))


def trap_entries(tree, graph):
    """Where traps come in."""
    called = _ENTRY.findall('\n'.join(s.code for s in tree.sources('hyp/arch/', endings=['.S'])))
    return sorted(set(called) & graph.nodes.keys())


def _analyse(tree, graph):
    pointers = Pointers(tree, graph)
    walk = Walk(graph, pointers)
    for title, place, name in walk.unresolved:
        yield Finding(place[0], place[1], 'calls',
                      f'{short(title)}() calls through {name or "a pointer"}, target unknown',
                      f'name the targets in {POINTERS}', name)
    yield from pointers.findings()
    for title, node in graph.nodes.items():
        if node.kind != 'static':
            yield Finding(node.path, node.line, 'calls', f'{short(title)}() has a {node.kind} frame',
                          'give it a constant size', short(title))
    rings = walk.rings()
    for ring in rings:
        node = graph.nodes[ring[0]]
        yield Finding(node.path, node.line, 'calls', f'recursion: {" > ".join(short(t) for t in ring)}',
                      'make it a loop with a bound', short(ring[0]))
    roots = trap_entries(tree, graph)
    if roots:
        yield from _panics(tree, graph, walk.reach(roots))
        yield from _stack(tree, graph, walk, roots, rings)
    else:
        yield Finding('hyp', 1, 'calls', 'no trap entry found',
                      'call C functions named trap_* from an assembly file of hyp/arch')


def on_graph(tree, build, rule, analyse):
    """What `analyse(graph)` finds in the calls of a build; None: it is not there."""
    if not (build / 'compile_commands.json').is_file():
        print(f'{rule}: not checked: no {build}/compile_commands.json; run ./coffer build', file=sys.stderr)
        return None
    graph = Graph(tree.root, build)
    with tempfile.TemporaryDirectory() as folder:
        errors = graph.compile(folder)
    if errors:
        print(errors[0], file=sys.stderr)
        return [Finding(e.split(':')[0], 1, rule, 'does not compile', 'build first') for e in errors]
    return list(analyse(graph))


def check(tree, options):
    build = pathlib.Path(options.build or tree.root / 'build')
    return on_graph(tree, build, 'calls', lambda graph: _analyse(tree, graph))
