# SPDX-License-Identifier: Apache-2.0
"""What gcc knows of the calls at EL2: compiles hyp/ as the build does, with -fcallgraph-info, and reads the graph,
the frames, and from the object files which function addresses are taken, in which table."""
import bisect
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shlex
import subprocess

_NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "([^"]*)"', re.M)
_EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^":]+):(\d+):(\d+)")?', re.M)
_FRAME = re.compile(r'\\n([^\\"]+):(\d+):\d+\\n(\d+) bytes \((\w+(?:,\w+)?)\)')
_SECTION = re.compile(r'^\s*\[\s*(\d+)\] (\S+)\s+\w+', re.M)
_SYMBOL = re.compile(r'^\s*\d+: ([0-9a-f]+)\s+(\d+)\s+(FUNC|OBJECT)\s+(\w+)\s+\w+\s+(\d+) (\S+)$', re.M)
_RELOCATED = re.compile(r"^Relocation section '\.rela(\S+)'")
_RELOCATION = re.compile(r'^([0-9a-f]+)\s+[0-9a-f]+ (\S+)\s+[0-9a-f]+ (\S+) \+ ([0-9a-f]+)$')
_TAKES = re.compile(r'R_AARCH64_(ABS64|ADR_|LD64_GOT|MOVW)')
INDIRECT = '__indirect_call'


@dataclasses.dataclass
class Node:
    """A function with a body. `path` and `line` are where it is defined."""
    path: str
    line: int
    frame: int
    kind: str  # static; dynamic; dynamic,bounded
    calls: set  # of (callee, path, line, column)

    @property
    def places(self):
        return sorted({(p, line, column) for callee, p, line, column in self.calls if callee == INDIRECT})


class Graph:
    """nodes by title (a static function's is path:name); tables by `path:name`; addresses ever taken."""

    def __init__(self, root, build):
        self.root, self.build = root, pathlib.Path(build).resolve()
        self.nodes, self.tables, self.taken = {}, {}, set()

    def _relative(self, path):
        return os.path.relpath(self.build / path, self.root)

    def _title(self, title):
        path, colon, name = title.rpartition(':')
        return f'{self._relative(path)}:{name}' if colon else name

    def compile(self, folder):
        """Compiles every C file of the image into `folder`. Returns the errors."""
        rows = json.loads((self.build / 'compile_commands.json').read_text(encoding='utf-8'))
        rows = [r for r in rows if r.get('output', '').startswith('hyp/') and r['file'].endswith('.c')]

        def one(row):
            words, argv = iter(shlex.split(row['command'])), []
            base = os.path.join(folder, os.path.basename(row['output']))
            for word in words:
                if word in ('-o', '-MQ', '-MF'):
                    next(words)
                elif word != '-MD':
                    argv.append(word)
            argv += ['-o', base, '-fcallgraph-info=su,da']
            done = subprocess.run(argv, cwd=row['directory'], check=False, text=True,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            return base, self._relative(row['file']), done.returncode and done.stderr
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            done = list(pool.map(one, rows))
        for base, path, error in done:
            if not error:
                self._read_calls(pathlib.Path(base).with_suffix('.ci'))
        for base, path, error in done:
            if not error:
                self._read_object(base, path)
        return [f'{path}: {error}' for _, path, error in done if error]

    def _read_calls(self, path):
        text = path.read_text(encoding='utf-8')
        for title, label in _NODE.findall(text):
            if frame := _FRAME.search(label):
                self.nodes[self._title(title)] = Node(self._relative(frame[1]), int(frame[2]), int(frame[3]),
                                                      frame[4], set())
        for source, target, file, line, column in _EDGE.findall(text):
            place = (self._relative(file), int(line), int(column)) if file else ('', 0, 0)
            self.nodes[self._title(source)].calls.add((self._title(target), *place))

    def _read_object(self, object_file, path):
        text = subprocess.run(['aarch64-linux-gnu-readelf', '-SsrW', object_file], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        section = dict(_SECTION.findall(text))
        functions, tables = {}, {}
        for value, size, kind, binding, index, name in _SYMBOL.findall(text):
            title = name if binding == 'GLOBAL' else f'{path}:{name}'
            if kind == 'FUNC':
                functions[section[index], int(value, 16)] = title
            else:
                name = name.partition('.')[0]  # of a function's own static
                tables.setdefault(section[index], []).append((int(value, 16), int(size), f'{path}:{name}'))
        for rows in tables.values():
            rows.sort()
        here = ''
        for line in text.splitlines():
            if head := _RELOCATED.match(line):
                here = head[1]
            elif (row := _RELOCATION.match(line)) and _TAKES.match(row[2]) and not here.startswith(('.debug', '.eh')):
                target = functions.get((row[3], int(row[4], 16)), row[3])
                if target in self.nodes:
                    self.taken.add(target)
                    self._put_in_table(tables.get(here, []), int(row[1], 16), target)

    def _put_in_table(self, rows, offset, target):
        at = bisect.bisect_right(rows, (offset, 1 << 62)) - 1
        if at >= 0 and offset < rows[at][0] + rows[at][1]:
            self.tables.setdefault(rows[at][2], set()).add(target)
