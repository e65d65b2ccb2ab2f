# SPDX-License-Identifier: Apache-2.0
"""words: text that may not stand in the tree, and calls that may not stand in certain files."""
import re

from source import Finding

TEXT_ENDINGS = ('.c', '.h', '.S', '.lds', '.in', '.py', '.sh', '.md', '.txt', '.build', '.ini', '.dts', '.dtsi', '.yml',
                '.yaml', '.toml', 'coffer')
UNFINISHED = re.compile(r'\b(?:TODO|FIXME|XXX|HACK|(?i:for now|simplified|not implemented))\b')
MACHINE = re.compile(r'(?<![\w.])/(?:work|home/\w+|tmp/w)\b')
SHARED = re.compile(r'\.\./shared\b')
MAINTENANCE = re.compile(r'\b(tlbi|dc)\s+[a-z]\w+', re.I)
MAINTENANCE_AT_HOME = re.compile(r'hyp/arch/arm64/(tlb\.c|cache\.c|[^/]+\.S)$')
TRAP_FILE = re.compile(r'hyp/hypercall/|'
                       r'hyp/arch/arm64/(trap|abort|cp15|sysreg_trap|smccc|inject|idreg|vgic\w*|vtimer)\.c$')


def _text(source):
    for number, line in enumerate(source.lines, 1):
        def tell(message, remedy):
            return Finding(source.path, number, 'words', message, remedy)
        for found in UNFINISHED.finditer(line):
            yield tell(f'"{found.group()}"', 'finish it, or say what is so and why')
        if found := MACHINE.search(line):
            yield tell(f'path of one machine "{found.group()}"', 'derive it from the tree or an option')
        if SHARED.search(line):
            yield tell('refers to ../shared', 'write it here; the product stands alone')


def _maintenance(source):
    if MAINTENANCE_AT_HOME.match(source.path):
        return
    for found in MAINTENANCE.finditer(source.code):
        yield Finding(source.path, source.line_of(found.start()), 'words',
                      f'raw "{found.group()}" (R18)', 'call tlb.c or cache.c of hyp/arch/arm64', found.group(1))


def _panic(source):
    if not TRAP_FILE.match(source.path):
        return
    for found in re.finditer(r'\bpanic\s*\(', source.bare):
        line = source.line_of(found.start())
        yield Finding(source.path, line, 'words', 'panic() where a guest leads (R10)',
                      'return an error, inject a fault or domain_crash()', source.function_at(line))


def _goto(source):
    """One exit label a function, below all its gotos."""
    for f in source.functions:
        if not f.has_body:
            continue
        jumps = [(m.group(1), m.start()) for m in re.finditer(r'\bgoto\s+(\w+)', f.body)]
        labels = {label for label, _ in jumps}
        back = any(re.search(rf'^\s*{label}\s*:', f.body[:at], re.M) for label, at in jumps)
        if len(labels) > 1 or back:
            what = 'goto backwards' if back else f'{len(labels)} goto labels'
            yield Finding(source.path, f.line, 'words', f'{what} in {f.name}()', 'one exit label, below', f.name)


def check(tree, _):
    found = [f for s in tree.sources(endings=TEXT_ENDINGS) for f in _text(s)]
    for source in tree.sources('hyp/', endings=['.c', '.h', '.S']):
        found += [*_maintenance(source), *_panic(source)]
    for source in tree.sources('hyp/', 'tests/', 'bench/', 'pv/'):
        found += _goto(source)
    return found
