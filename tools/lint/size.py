# SPDX-License-Identifier: Apache-2.0
"""size: files, functions, parameters, the #if budget, file names, and the head comment of every file."""
import itertools
import os
import re

from source import CODE_ENDINGS, Finding

FILE_LINES, FUNCTION_LINES, PARAMETERS, HEAD_LINES = 800, 60, 6, 12
IFS_PER_1000 = 2
BAD_NAMES = {'common', 'misc', 'util', 'utils', 'api'}
SCRIPT_ENDINGS = ('.py', '.sh', 'meson.build', 'coffer')


def _file(source):
    lines = len(source.lines)
    if lines > FILE_LINES:
        yield Finding(source.path, lines, 'size', f'{lines} lines, the limit is {FILE_LINES}',
                      'split the file by what its parts do')
    yield from _head(source)


def _functions(source):
    for f in source.functions:
        lines = f.end - f.line + 1
        if f.has_body and lines > FUNCTION_LINES:
            yield Finding(source.path, f.line, 'size', f'{f.name}() has {lines} lines, the limit is {FUNCTION_LINES}',
                          'split it by step', f.name)
        if f.parameters > PARAMETERS:
            yield Finding(source.path, f.line, 'size',
                          f'{f.name}() has {f.parameters} parameters, the limit is {PARAMETERS}',
                          'pass a struct', f.name)


def _head(source):
    """SPDX in the first line (behind a #!); hyp/ and include/ say in 1 to 12 lines what the file is."""
    lines = source.lines[1:] if source.text.startswith('#!') else source.lines
    if not lines:
        return
    licence = 'MIT' if source.path.startswith('include/xen/') else 'Apache-2.0'
    if not re.fullmatch(rf'(//|#|/\*) SPDX-License-Identifier: {re.escape(licence)}( \*/)?', lines[0]):
        yield Finding(source.path, 1, 'size', 'no licence line',
                      f'begin with `SPDX-License-Identifier: {licence}` in a comment')
    if not source.path.startswith(('hyp/', 'include/')) or not source.path.endswith(CODE_ENDINGS):
        return
    length = len(list(itertools.takewhile(lambda line: re.match(r'//|/?\*|  ?\*', line), lines[1:])))
    if length == 0:
        yield Finding(source.path, 2, 'size', 'no head comment',
                      'say below the licence line what the file does, who calls it, its locks and worst case')
    elif length > HEAD_LINES:
        yield Finding(source.path, 2, 'size', f'head comment of {length} lines, the limit is {HEAD_LINES}',
                      'say it shorter')


def _if_budget(tree):
    sources = tree.sources('hyp/', endings=CODE_ENDINGS)
    lines = sum(len(s.lines) for s in sources)
    places = [(s.path, s.line_of(m.start())) for s in sources
              for m in re.finditer(r'^[ \t]*#[ \t]*if', s.code, re.M)]
    budget = max(IFS_PER_1000, lines * IFS_PER_1000 // 1000)
    if len(places) > budget:
        yield Finding(*places[-1], 'size', f'{len(places)} #if in {lines} lines of hyp/, the budget is {budget}',
                      'make it a file or a C boolean')


def check(tree, _):
    found = list(_if_budget(tree))
    for source in tree.sources(endings=CODE_ENDINGS + SCRIPT_ENDINGS):
        found += _file(source)
        if source.path.endswith(CODE_ENDINGS):
            found += _functions(source)
    for path in tree.paths:
        if os.path.basename(path).split('.')[0] in BAD_NAMES:
            found.append(Finding(path, 1, 'size', 'a name that says nothing', 'name the file after what it does'))
    return found
