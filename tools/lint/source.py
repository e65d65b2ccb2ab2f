# SPDX-License-Identifier: Apache-2.0
"""The tree as the rules see it: files, C text without comments, functions, findings, allowances."""
import dataclasses
import fnmatch
import functools
import os
import pathlib
import re

SKIPPED = re.compile(r'\.|build|__pycache__$')  # folders that are nobody's source
C_ENDINGS = ('.c', '.h')
CODE_ENDINGS = ('.c', '.h', '.S', '.lds', '.c.in')
_TOKEN = re.compile(r'//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
_DIRECTIVE = re.compile(r'^[ \t]*#(?:\\\n|[^\n])*', re.M)
_ATTRIBUTE = re.compile(r'__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)')
_CALL_LIKE = re.compile(r'\b(\w+)\s*\(')
_BRACES = re.compile(r'\{[^{}]*\}')


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One broken rule. `detail` is what an allowance may name besides the file: a function, a header."""
    path: str
    line: int
    rule: str
    message: str
    remedy: str
    detail: str = ''

    def __str__(self):
        return f'{self.path}:{self.line}: {self.rule}: {self.message}; {self.remedy}'


@dataclasses.dataclass
class Function:
    """A definition or, with has_body False, a declaration of a C function."""
    name: str
    line: int
    end: int
    parameters: int
    has_body: bool
    body: str


def _blank(text):
    return re.sub(r'[^\n]', ' ', text)


def _closing(text, start):
    """The place behind the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in '([{') - (text[place] in ')]}')
        if depth == 0:
            return place + 1
    return len(text)


def _commas(text):
    """Commas outside inner brackets: one less than the arguments."""
    depth = commas = 0
    for char in text:
        depth += (char in '([{') - (char in ')]}')
        commas += char == ',' and depth == 0
    return commas


def _declarator(head):
    """(name, parameters) when `head`, the text before a body or a semicolon, declares a function."""
    head = _ATTRIBUTE.sub(lambda m: _blank(m.group()), head)
    while (without := _BRACES.sub('', head)) != head:
        head = without
    if re.search(r'[^=!<>]=[^=]|\btypedef\b|_Static_assert', head):
        return None
    at = 0
    while found := _CALL_LIKE.search(head, at):
        start, end = found.end() - 1, _closing(head, found.end() - 1)
        before, behind = head[:found.start()].strip(), head[end:]
        is_prefix = re.match(r'\s*(?:\*|\w+[\s*]+\w)', behind) or behind.startswith('(')
        if before and not is_prefix:
            inner = head[start + 1:end - 1].strip()
            return found.group(1), 0 if inner in ('', 'void') else _commas(inner) + 1
        at = end
    return None


class Source:
    """One file. `code` has comments blanked, `bare` strings and preprocessor lines too; lines stay in place."""

    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_text(encoding='utf-8', errors='replace')
        self.lines = self.text.splitlines()

    @functools.cached_property
    def code(self):
        return _TOKEN.sub(lambda m: _blank(m.group()) if m.group()[0] == '/' else m.group(), self.text)

    @functools.cached_property
    def bare(self):
        without = _TOKEN.sub(lambda m: _blank(m.group()), self.text)
        return _DIRECTIVE.sub(lambda m: _blank(m.group()), without)

    @functools.cached_property
    def includes(self):
        """[(line, header, quoted)]"""
        found = re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', self.code, re.M)
        return [(self.line_of(m.start(1)), m.group(2), m.group(1) == '"') for m in found]

    def line_of(self, place):
        return self.text.count('\n', 0, place) + 1

    @functools.cached_property
    def functions(self):
        """Every function declared or defined at file scope."""
        result, start, place, text = [], 0, 0, self.bare
        while place < len(text):
            char = text[place]
            if char in '([':
                place = _closing(text, place)
            elif char in '{;':
                end = _closing(text, place) if char == '{' else place + 1
                head = text[start:place]
                if found := _declarator(head):
                    begin = start + len(head) - len(head.lstrip())
                    result.append(Function(found[0], self.line_of(begin), self.line_of(end - 1), found[1],
                                           char == '{', text[place:end]))
                    start = end
                elif char == ';' or '=' not in head and not re.search(r'\b(struct|union|enum)\b', head):
                    start = end
                place = end
            else:
                place += 1
        return result

    def function_at(self, line):
        """Name of the function whose body has this line, or ''."""
        return next((f.name for f in self.functions if f.has_body and f.line <= line <= f.end), '')


class Tree:
    """The files under `root`, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self._read = {}

    @functools.cached_property
    def paths(self):
        """All files, as sorted relative paths with forward slashes."""
        result = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if not SKIPPED.match(f)]
            here = pathlib.Path(folder).relative_to(self.root)
            result += [(here / f).as_posix() for f in files]
        return sorted(result)

    def find(self, *patterns, endings=('',)):
        """Paths that begin with one of `patterns` (all when none is given) and have one of the endings."""
        return [p for p in self.paths if p.endswith(tuple(endings)) and (not patterns or p.startswith(patterns))]

    def source(self, path):
        if path not in self._read:
            self._read[path] = Source(self.root, path)
        return self._read[path]

    def sources(self, *patterns, endings=C_ENDINGS):
        return [self.source(p) for p in self.find(*patterns, endings=endings)]


class Allowances:
    """allow.txt: `path[:detail] rule reason`, one a line, `#` comments."""

    def __init__(self, tree, path='tools/lint/allow.txt'):
        self.rows, self.broken, self.used, self.path = [], [], set(), path
        lines = tree.source(path).lines if (tree.root / path).is_file() else []
        for number, line in enumerate(lines, 1):
            words = line.split(None, 2)
            if len(words) == 3 and words[0][0] != '#':
                file, _, detail = words[0].partition(':')
                self.rows.append((number, file, detail, words[1]))
            elif words and words[0][0] != '#':
                self.broken.append(Finding(path, number, 'allow', 'not `path[:detail] rule reason`',
                                           'give all three'))

    def covers(self, finding):
        for number, file, detail, rule in self.rows:
            if (rule == finding.rule and fnmatch.fnmatch(finding.path, file)
                    and detail in ('', finding.detail)):
                self.used.add(number)
                return True
        return False

    def stale(self, rules):
        """Rows of the rules that ran which covered nothing."""
        return [Finding(self.path, number, 'allow', f'nothing to allow in {file} for {rule}', 'remove the line')
                for number, file, _, rule in self.rows if rule in rules and number not in self.used]
