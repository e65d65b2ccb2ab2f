# SPDX-License-Identifier: Apache-2.0
"""docs: every function that hyp/include offers has a comment above it, or above the group (no blank line between)
it stands in. An inline definition shows what it does."""
from source import Finding


def _commented(source, line):
    """Is there a comment between `line` and the blank line above it? A body's inside does not count."""
    for text in reversed(source.lines[:line - 1]):
        text = text.strip()
        if not text:
            return False
        if text.startswith(('//', '/*', '*')):
            return True
        if text.startswith(('#include', '#pragma')):
            return False
    return False


def check(tree, _):
    sources = tree.sources('hyp/include/', endings=['.h'])
    return [Finding(s.path, f.line, 'docs', f'{f.name}() has no comment',
                    'say units, errors, context and source above it', f.name)
            for s in sources for f in s.functions
            if not f.has_body and not _commented(s, f.line)]
