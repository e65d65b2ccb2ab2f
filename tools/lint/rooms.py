# SPDX-License-Identifier: Apache-2.0
"""rooms: the arrows between rooms (DESIGN section 3), include cycles, headers that stand alone."""
import os
import re
import shutil
import subprocess
import sys

from source import Finding

COMPILER = {'stdint.h', 'stddef.h', 'stdbool.h', 'stdarg.h', 'stdalign.h', 'stdnoreturn.h', 'limits.h'}
# Longest prefix wins; a header of hyp/include speaks for the room its folder names.
ROOMS = {
    'hyp/include/arch/': 'arch', 'hyp/include/core/': 'core', 'hyp/include/lib/': 'lib',
    'hyp/include/sched/': 'sched', 'hyp/include/xsm/': 'xsm', 'hyp/include/drivers/': 'drivers',
    'hyp/include/boot/': 'boot', 'hyp/arch/arm64/': 'arm64', 'hyp/core/': 'core', 'hyp/lib/': 'lib',
    'hyp/hypercall/': 'hypercall', 'hyp/sched/': 'sched', 'hyp/xsm/': 'xsm', 'hyp/drivers/': 'drivers',
    'hyp/boot/': 'boot', 'hyp/boards/': 'boards', 'include/xen/': 'xen', 'include/coff/': 'coff', 'pv/': 'pv',
}
ABI = {'xen', 'coff'}
# arch is the contract: whoever may use core's headers may use it, both exist in host tests.
ARROWS = {
    'lib': {'lib'},
    'xen': {'xen'},
    'coff': ABI,
    'arch': {'arch', 'core', 'lib'} | ABI,
    'core': {'core', 'arch', 'lib'} | ABI,
    'arm64': {'arm64', 'arch', 'core', 'drivers', 'lib'} | ABI,
    'hypercall': {'hypercall', 'core', 'arch', 'sched', 'xsm', 'lib'} | ABI,
    'sched': {'sched', 'core', 'arch', 'lib'} | ABI,
    'xsm': {'xsm', 'core', 'arch', 'lib'} | ABI,
    'drivers': {'drivers', 'core', 'arch', 'lib'} | ABI,
    'boards': {'boards', 'core', 'drivers', 'lib'} | ABI,
    'boot': {'boot', 'boards', 'arm64', 'arch', 'core', 'hypercall', 'sched', 'xsm', 'drivers', 'lib'} | ABI,
    'pv': {'pv'} | ABI,
}
# Of core, arch/arm64 sees objects and upcall.h; these are policy it has no business with.
POLICY = {'core/console.h', 'core/evtchn.h', 'core/grant.h', 'core/symbols.h', 'core/debugkeys.h'}
SEARCH = ['hyp/include', 'hyp/arch/arm64/include', 'hyp/arch/arm64/gic/both', 'include']
COMPILE = ['aarch64-linux-gnu-gcc', '-fsyntax-only', '-w', '-x', 'c', '-std=c11', '-ffreestanding',
           '-mgeneral-regs-only', '-fdiagnostics-color=never']


def _room(path):
    best = max((p for p in ROOMS if path.startswith(p)), key=len, default=None)
    return ROOMS.get(best)


def _resolve(tree, path, header, quoted):
    """The path a header is found at, or None when it is not ours."""
    places = [os.path.dirname(path), 'hyp/hypercall'] if quoted else []
    paths = [os.path.normpath(os.path.join(place, header)) for place in places + SEARCH]
    return next((p for p in paths if (tree.root / p).is_file()), None)


def _target(header, quoted, found):
    """Room of an included header: <room/header.h>, or "header.h" of the file's own folder."""
    if header in COMPILER:
        return 'compiler'
    first = header.split('/')[0]
    return _room(found or '') if quoted else first if first in ARROWS else None


def _arrows(tree, source):
    room = _room(source.path)
    for line, header, quoted in source.includes:
        target = _target(header, quoted, _resolve(tree, source.path, header, quoted))

        def tell(message, remedy):
            return Finding(source.path, line, 'rooms', message, remedy, header)
        if quoted and '..' in header.split('/'):
            yield tell(f'relative include "{header}"', 'include it as <room/header.h>')
        elif target == 'compiler':
            continue
        elif target not in ARROWS[room]:
            yield tell(f'{room} includes {target or "foreign"} header {header}',
                       f'{room} may include {", ".join(sorted(ARROWS[room]))}; move what is shared')
        elif room == 'arm64' and header in POLICY:
            yield tell(f'arm64 includes policy header {header}', 'use the objects\' headers and core/upcall.h')


def _cycles(tree, sources):
    graph = {s.path: [(line, found) for line, header, quoted in s.includes
                      if (found := _resolve(tree, s.path, header, quoted))]
             for s in sources if s.path.endswith('.h')}
    state, way = {}, []

    def visit(path):
        state[path] = 'open'
        way.append(path)
        for line, target in graph.get(path, []):
            if state.get(target) == 'open':
                ring = ' -> '.join(way[way.index(target):] + [target])
                yield Finding(path, line, 'rooms', f'include cycle {ring}', 'declare the struct instead of including',
                              target)
            elif target not in state:
                yield from visit(target)
        way.pop()
        state[path] = 'done'
    for path in graph:
        if path not in state:
            yield from visit(path)


def _alone(tree):
    """Each header as a file of its own through the compiler; only errors count."""
    headers = [s for s in tree.sources('hyp/include/', 'hyp/arch/arm64/include/', 'hyp/arch/arm64/gic/', 'hyp/hypercall/', 'include/',
                                       endings=['.h']) if '.macro' not in s.text]
    if not headers:
        return
    if not shutil.which(COMPILE[0]):
        print(f'rooms: headers not compiled: no {COMPILE[0]}; install gcc-aarch64-linux-gnu', file=sys.stderr)
        return
    folders = [f'-I{d}' for d in SEARCH + ['hyp/hypercall']] + ['-isystem', 'hyp/boot/libc']
    done = subprocess.run(COMPILE + folders + [h.path for h in headers], cwd=tree.root, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for path, line, text in re.findall(r'^([^:\n]+):(\d+):\d+: (?:fatal )?error: (.*)', done.stderr, re.M):
        yield Finding(path, int(line), 'rooms', f'a header does not compile alone: {text}', 'include what it uses')


def check(tree, _):
    sources = [s for s in tree.sources('hyp/', 'include/', 'pv/', endings=['.c', '.h', '.S'])
               if _room(s.path) and not s.path.startswith('hyp/boot/libc/')]
    found = [f for s in sources for f in _arrows(tree, s)]
    return found + list(_cycles(tree, sources)) + list(_alone(tree))
