# SPDX-License-Identifier: Apache-2.0
"""What of a build's sources is in its image: from the functions and objects that the linker kept, all that these name,
and so on: functions, inline ones of headers too, macros, types, objects, declarations. A name stands for everything in
sight that has it, and what a macro pastes together (a##b) is named where it is called, so that what is in the image is
never missed."""
import collections
import dataclasses
import re

from source import C_ENDINGS, _ATTRIBUTE, _BRACES, _DIRECTIVE, _TOKEN, _closing, _declarator

_WORD = re.compile(r'[A-Za-z_]\w*')
_ROW = re.compile(r'^([A-Z_]+)\((\w+)[^;{}\n]*\)$', re.M)  # makes X, or read_X and write_X
_PASTE = re.compile(r'\w+(?:\s*##\s*\w+)+')
_CALL = re.compile(r'\b([A-Z]\w*)\(\s*([^()]*)\)')  # of what may be a macro that pastes
_GROUP = re.compile(r'\([^()]*\)|\[[^\[\]]*\]')
_KEPT = re.compile(r'^ \.(?:text|rodata|data|bss)\.(\S+)\s+0x\w+\s+0x\w+ \S*?([\w.-]+\.o)\)?$', re.M)


@dataclasses.dataclass(eq=False)
class Item:
    """Something at file scope: its lines (first to last), the names it makes, those it uses."""
    first: int
    last: int
    names: set
    words: set
    calls: list  # (name, arguments)
    pasted: tuple = ()  # of a macro: (its parameters, what it pastes)
    is_local: bool = False
    is_function: bool = False
    is_assert: bool = False


def _without_groups(text):
    while (less := _GROUP.sub(' ', text)) != text:
        text = less
    return text


def _names(head):
    """Of a declaration that is no function's, its text without strings."""
    head = _ATTRIBUTE.sub(' ', head)
    names = set(re.findall(r'\b(?:struct|union|enum)\s+(\w+)\s*\{', head))
    for body in re.findall(r'\benum\b[^{};]*\{([^{}]*)\}', head):
        names.update(re.findall(r'(?:^|,)\s*(\w+)', _without_groups(body)))
    while (less := _BRACES.sub(' ', head)) != head:
        head = less
    names.update(re.findall(r'\(\s*\*\s*(\w+)', head))
    for part in _without_groups(head).split(','):
        words = _WORD.findall(part.split('=')[0])
        names.update(words[-1:] + (words[-2:-1] if words and words[-1].isupper() else []))
    return names


def _item(source, text, start, end, names, **kinds):
    body = text[start:end]
    first = source.text.count('\n', 0, start + len(body) - len(body.lstrip())) + 1
    last = source.text.count('\n', 0, end - 1) + 1
    calls = [(name, [a.strip() for a in arguments.split(',')]) for name, arguments in _CALL.findall(body)]
    return Item(first, last, names, set(_WORD.findall(body)), calls, **kinds)


def items(source):
    """All items of a C file or header."""
    result, is_header = [], source.path.endswith('.h')
    code = _TOKEN.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), source.text)
    for found in _DIRECTIVE.finditer(code):
        if name := re.match(r'[ \t]*#[ \t]*define[ \t]+(\w+)(?:\(([^()]*)\))?', found.group()):
            pasted = [re.split(r'\s*##\s*', text) for text in _PASTE.findall(found.group())]
            parameters = [word.strip() for word in (name.group(2) or '').split(',')]
            result.append(_item(source, code, found.start(), found.end(), {name.group(1)}, is_local=not is_header,
                                pasted=(parameters, pasted)))
    text = source.bare
    for found in _ROW.finditer(text):
        made = {prefix + found.group(2) for prefix in ('', 'read_', 'write_')}
        result.append(_item(source, text, found.start(), found.end(), made))
    text = _ROW.sub(lambda m: ' ' * len(m.group()), text)
    start = place = 0
    while place < len(text):
        char = text[place]
        if char in '([':
            place = _closing(text, place)
            continue
        if char == '{':
            end, head = _closing(text, place), text[start:place]
            function = _declarator(head)
            if not function:
                place = end
                continue
        elif char == ';':
            end, head = place + 1, text[start:place]
            function = _declarator(head)
        else:
            place += 1
            continue
        is_assert = '_Static_assert' in head
        names = {function[0]} if function else set() if is_assert else _names(head)
        local = not is_header and (char == ';' and not function or bool(re.search(r'\bstatic\b', head)))
        result.append(_item(source, text, start, end, names, is_local=local, is_assert=is_assert,
                            is_function=bool(function) and char == '{'))
        start = place = end
    return result


def kept(linker_map, made):
    """{file: names of the functions and objects in the image}; made: {object file: file}."""
    result = collections.defaultdict(set)
    for name, made_as in _KEPT.findall(linker_map.split('Linker script and memory map')[1]):
        if made_as in made:
            result[made[made_as]].add(re.sub(r'^(?:unlikely|rel(?:\.ro)?(?:\.local)?)\.', '', name).split('.')[0])
    return result


class Reach:
    """The items that are in the image, by file."""

    def __init__(self, sources, roots):
        self.items = {s.path: items(s) for s in sources if s.path.endswith(C_ENDINGS)}
        self.marked, self._work = set(), []
        self._local = {path: collections.defaultdict(list) for path in self.items}
        self._global = collections.defaultdict(list)
        for path, all_items in self.items.items():
            for item in all_items:
                for name in item.names:
                    self._local[path][name].append(item)
                    # A function of another file is in the image when the linker kept it.
                    if not item.is_local and not (path.endswith('.c') and item.is_function):
                        self._global[name].append(item)
        self._at = {item: path for path, all_items in self.items.items() for item in all_items}
        self._known = {name for found in self._local.values() for name in found}
        for path, names in roots.items():
            for name in names:
                self._mark(self._local.get(path, {}).get(name, ()))
        for source in sources:
            if not source.path.endswith(C_ENDINGS):  # assembly is in the image
                self._use(source.path, set(_WORD.findall(source.code)))
        while self._work:
            item = self._work.pop()
            self._use(self._at[item], item.words | self._made(self._at[item], item))
        self._take_asserts()

    def _mark(self, found):
        for item in found:
            if item not in self.marked:
                self.marked.add(item)
                self._work.append(item)

    def _use(self, path, words):
        for word in words:
            self._mark(self._local.get(path, {}).get(word, ()))
            self._mark(self._global.get(word, ()))

    def _made(self, path, item):
        """The names that the macros which an item calls paste together there."""
        result = set()
        for name, arguments in item.calls:
            for macro in self._local[path].get(name, []) + self._global.get(name, []):
                parameters, pasted = macro.pasted or ((), ())
                value = dict(zip(parameters, arguments))
                result.update(''.join(value.get(part, part) for part in parts) for parts in pasted)
        return result

    def _take_asserts(self):
        """One that names nothing which is left out."""
        there = {name for item in self.marked for name in item.names}
        for all_items in self.items.values():
            self.marked.update(i for i in all_items if i.is_assert and not (i.words & self._known) - there)

    def left_out(self, path):
        """Numbers of the lines of a file that are in no item of the image, but in some item."""
        lines, kept_lines = set(), set()
        for item in self.items.get(path, ()):
            (kept_lines if item in self.marked else lines).update(range(item.first, item.last + 1))
        return lines - kept_lines
