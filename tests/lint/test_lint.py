# SPDX-License-Identifier: Apache-2.0
"""tools/lint: for each rule a tree with one violation that is found, and a clean one that is not."""
import json
import pathlib
import shutil
import subprocess
import sys

import pytest

LINT = pathlib.Path(__file__).resolve().parents[2] / 'tools' / 'lint'
sys.path.insert(0, str(LINT))
import reach  # noqa: E402
import source  # noqa: E402

HEAD = '// SPDX-License-Identifier: Apache-2.0\n// What this file does.\n'
ABI = '// SPDX-License-Identifier: MIT\n// What this file does.\n#pragma once\n'
GCC = 'aarch64-linux-gnu-gcc'


def run(program, root, *arguments):
    return subprocess.run([sys.executable, str(LINT / program), '--root', str(root), *arguments], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def plant(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding='utf-8')


def findings(root, rule, files, *arguments):
    """Lines the rule prints for a tree of `files`; the exit status must agree with them."""
    plant(root, files)
    done = run('lint.py', root, rule, *arguments)
    lines = [line for line in done.stdout.splitlines() if not line.startswith('calls: ')]
    assert done.returncode == (1 if lines else 0), done.stderr
    return lines


def one(lines, *parts):
    assert len(lines) == 1, lines
    for part in parts:
        assert part in lines[0]
    assert '; ' in lines[0]  # a remedy


def c(*lines, head=HEAD):
    return head + ''.join(line + '\n' for line in lines)


# rule, files of the tree with the violation, what the finding says
VIOLATIONS = [
    ('rooms', {'hyp/core/a.c': c('#include <arm64/trap.h>')}, 'hyp/core/a.c:3: rooms: core includes arm64'),
    ('rooms', {'hyp/lib/a.c': c('#include <core/log.h>')}, 'lib includes core'),
    ('rooms', {'hyp/sched/a.c': c('#include <xsm/xsm.h>')}, 'sched includes xsm'),
    ('rooms', {'hyp/drivers/a.c': c('#include <sched/sched.h>')}, 'drivers includes sched'),
    ('rooms', {'hyp/core/a.c': c('#include <boot/dt.h>')}, 'core includes boot'),
    ('rooms', {'hyp/hypercall/a.c': c('#include <drivers/gic.h>')}, 'hypercall includes drivers'),
    ('rooms', {'hyp/arch/arm64/a.c': c('#include <core/grant.h>')}, 'policy header'),
    ('rooms', {'hyp/core/a.c': c('#include <libfdt.h>')}, 'foreign header'),
    ('rooms', {'hyp/core/a.c': c('#include <stdio.h>')}, 'foreign header'),
    ('rooms', {'include/xen/a.h': ABI + '#include <core/log.h>\n', 'hyp/include/core/log.h': c('#pragma once')},
     'xen includes core'),
    ('rooms', {'pv/blk/a.c': c('#include <core/log.h>')}, 'pv includes core'),
    ('rooms', {'hyp/core/a.c': c('#include "../lib/b.h"')}, 'relative include'),
    ('rooms', {'hyp/include/core/a.h': c('#pragma once', '#include <core/b.h>'),
               'hyp/include/core/b.h': c('#pragma once', '#include <core/a.h>')}, 'include cycle'),
    ('rooms', {'hyp/include/core/a.h': c('#pragma once', 'uint32_t core_a;')}, 'does not compile alone'),
    ('size', {'hyp/core/a.c': c(*['int core_x;'] * 799)}, '801 lines'),
    ('size', {'hyp/core/a.c': c('int core_f(void) {', *['    ;'] * 59, '}')}, 'core_f() has 61 lines'),
    ('size', {'hyp/core/a.c': c('static struct b *core_f(int a, int b, int c, int d, int e, int (*f)(int, int),',
                                '                       int g) {', '}')}, 'core_f() has 7 parameters'),
    ('size', {'hyp/core/a.c': c(*['#if A', '#endif'] * 3)}, '3 #if'),
    ('size', {'hyp/core/util.c': c()}, 'says nothing'),
    ('size', {'hyp/core/a.c': '// No licence.\n// What this file does.\n'}, 'no licence'),
    ('size', {'include/xen/a.h': HEAD}, 'no licence'),
    ('size', {'hyp/core/a.c': c(head=HEAD.splitlines()[0] + '\n') + '\nint x;\n'}, 'no head comment'),
    ('size', {'hyp/core/a.c': c(*['// more'] * 12)}, 'head comment of 13 lines'),
    ('words', {'hyp/core/a.c': c('// TODO: more')}, '"TODO"'),
    ('words', {'docs/a.md': 'Only one CPU for now.\n'}, '"for now"'),
    ('words', {'tools/a.py': 'X = "/home/me/tree"\n'}, 'path of one machine'),
    ('words', {'docs/a.md': 'See ../shared/DESIGN.md.\n'}, '../shared'),
    ('words', {'hyp/arch/arm64/a.c': c('__asm__("tlbi alle2is");')}, 'raw "tlbi alle2is"'),
    ('words', {'hyp/hypercall/a.c': c('void a(void) { panic("no"); }')}, 'panic()'),
    ('words', {'hyp/core/a.c': c('void a(void) {', '    goto x;', '    goto y;', 'x:', 'y:', '    return;', '}')},
     '2 goto labels in a()'),
    ('words', {'hyp/core/a.c': c('void a(void) {', 'again:', '    goto again;', '}')}, 'goto backwards'),
    ('docs', {'hyp/include/core/a.h': c('#pragma once', '', 'void a(void);')}, 'a() has no comment'),
    ('format', {'hyp/core/a.c': c('int   x;')}, 'differs from clang-format'),
]

CLEAN = {
    'hyp/include/arch/a.h': c('#pragma once', '#include <core/types.h>', '', '// Bytes.', 'u32 arch_a(void);'),
    'hyp/include/core/types.h': c('#pragma once', '#include <stdint.h>', '', 'typedef uint32_t u32;'),
    'hyp/include/core/a.h': c('#pragma once', '#include <core/types.h>', '', '// A pair.', 'int a(int x);',
                              'int b(int x);', '', 'static inline int a_twice(int x) { return a(x) + a(x); }'),
    'hyp/core/a.c': c('#include <arch/a.h>', '#include <core/a.h>', '', 'int a(int x) {', '    if (x)',
                      '        goto out;', '    x = (int)arch_a(); // panic() is only named here, like tlbi vae2',
                      'out:', '    return x;', '}'),
    'hyp/arch/arm64/tlb.c': c('#include <core/a.h>', '', 'void tlb_flush(void) { __asm__ volatile("tlbi alle2"); }'),
    'hyp/boot/boot.c': c('#include <boot/dt.h>', '#include <core/a.h>'),
    'hyp/hypercall/a.c': c('#include <core/a.h>', '#include <xen/xen.h>'),
    'include/xen/xen.h': ABI + '#include <stdint.h>\n',
    'pv/blk/blk.c': c('#include <xen/xen.h>'),
    'docs/a.md': 'What is so.\n',
    '.clang-format': 'BasedOnStyle: LLVM\nIndentWidth: 4\nColumnLimit: 100\n',
}


@pytest.mark.parametrize('rule, files, part', VIOLATIONS, ids=[f'{r}-{p[:24]}' for r, _, p in VIOLATIONS])
def test_violation(tmp_path, rule, files, part):
    one(findings(tmp_path, rule, {'.clang-format': CLEAN['.clang-format'], **files}), part)


@pytest.mark.parametrize('rule', ['rooms', 'size', 'words', 'docs', 'format'])
def test_clean(tmp_path, rule):
    assert findings(tmp_path, rule, CLEAN) == []


def test_allowance(tmp_path):
    bad = {'hyp/core/a.c': c('#include <boot/dt.h>')}
    allow = 'tools/lint/allow.txt'
    assert findings(tmp_path, 'rooms', {**bad, allow: 'hyp/core/a.c:boot/dt.h rooms a reason\n'}) == []
    assert len(findings(tmp_path, 'rooms', {allow: 'hyp/core/a.c:core/b.h rooms a reason\n'})) == 2
    broken = findings(tmp_path, 'rooms', {allow: 'hyp/core/a.c rooms\n'})
    one([line for line in broken if ' allow:' in line], 'give all three')


def test_unknown_rule(tmp_path):
    done = run('lint.py', tmp_path, 'nosuch')
    assert done.returncode == 2 and "no rule 'nosuch'" in done.stderr


CALLS = {
    'hyp/arch/arm64/vectors.S': HEAD + '    bl trap_sync\n',
    'hyp/core/panic.c': c('_Noreturn void panic(void) {', '    for (;;)', '        ;', '}'),
    'hyp/core/object.c': c('void panic(void);', 'int limit;', 'int object(int);',
                           '__attribute__((noinline)) int object(int x) {', '    return x + limit;', '}'),
    'hyp/arch/arm64/trap.c': c(
        'int object(int);', 'typedef int handler(int);', 'int trap_sync(int);',
        'static int first(int x) { return object(x) + 1; }', 'static int second(int x) { return object(x) * 2; }',
        'handler *const table[] = {first, second};', 'int trap_sync(int x) { return table[x & 1](x) + 1; }'),
}


def built(root, files):
    """A tree with the compile_commands.json that meson would leave."""
    plant(root, {**CALLS, **files})
    rows = [{'directory': str(root / 'build'), 'file': f'../{path}', 'output': f'hyp/{path.replace("/", "_")}.o',
             'command': f'{GCC} -O2 -ffreestanding -MD -MQ x -MF x.d -o x.o -c ../{path}'}
            for path in {**CALLS, **files} if path.endswith('.c')]
    plant(root, {'build/compile_commands.json': json.dumps(rows)})
    return root


needs_gcc = pytest.mark.skipif(not shutil.which(GCC), reason=f'no {GCC}; install gcc-aarch64-linux-gnu')


@needs_gcc
def test_calls_clean(tmp_path):
    built(tmp_path, {})
    done = run('lint.py', tmp_path, 'calls')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'deepest stack from a trap:' in done.stdout
    assert 'trap_sync' in done.stdout and 'object' in done.stdout  # through the table


def body(*lines):
    return {'hyp/core/object.c': c('void panic(void);', 'void outside(int *);', 'int limit;', 'int object(int);',
                                   '__attribute__((noinline)) int object(int x) {', *lines, '}')}


CALLS_VIOLATIONS = {
    'panic() in object() is reachable from a trap': body('    if (x > limit)', '        panic();', '    return x;'),
    'recursion: object': body('    return x < 2 ? x : object(x - 1) * object(x - 2);'),
    'the frame of outside() is not known': body('    outside(&x);', '    return x;'),
    'has a dynamic frame': {'hyp/core/other.c': c(
        'void object(int *);', 'void other(int);', 'void other(int n) {', '    int a[n];', '    object(a);', '}')},
    'bytes of stack': body('    volatile char a[5000];', '    a[x] = 1;', '    return a[limit];'),
    'calls through hook, target unknown': {'hyp/core/other.c': c(
        'int (*hook)(int);', 'int other(int);', 'int other(int x) { return hook(x) + 1; }')},
    'the address of lost() is taken': {'hyp/core/other.c': c(
        'int lost(int);', 'int lost(int x) { return x; }', 'int (*hook)(int) = lost;')},
}


@needs_gcc
@pytest.mark.parametrize('part', CALLS_VIOLATIONS)
def test_calls_violation(tmp_path, part):
    lines = findings(built(tmp_path, CALLS_VIOLATIONS[part]), 'calls', {})
    if part == 'the address of lost() is taken':  # `hook` is the table it stands in
        lines = [line for line in lines if 'hook' not in line]
    one(lines, part)


@needs_gcc
def test_sealed(tmp_path):
    """Memory given out behind a trap, straight or through a table, is found; what only boot calls is not."""
    gives = {'hyp/core/page.c': c('int page_alloc_block(int);', '__attribute__((noinline)) int page_alloc_block(int x) {',
                                  '    return x;', '}', 'int boot(void);', 'int boot(void) { return page_alloc_block(1); }')}
    build = ('--static', str(built(tmp_path, gives) / 'build'))
    assert findings(tmp_path, 'sealed', {}, *build) == []
    takes = {'hyp/core/object.c': c('int page_alloc_block(int);', 'int object(int);',
                                    '__attribute__((noinline)) int object(int x) { return page_alloc_block(x) + 1; }')}
    one(findings(tmp_path, 'sealed', takes, *build), 'page_alloc_block() is reachable', 'first > object')


@needs_gcc
def test_calls_pointers(tmp_path):
    """A row names the targets of a call; what it names is followed; a row for nothing is told."""
    built(tmp_path, {'hyp/core/other.c': c(
        'int lost(int);', 'void panic(void);', 'int lost(int x) {', '    if (x)', '        panic();', '    return x;',
        '}', 'struct ops {', '    int (*fn)(int);', '};', 'const struct ops all = {.fn = lost};',
        'const struct ops *now = &all;'),
        'hyp/core/object.c': c('struct ops {', '    int (*fn)(int);', '};', 'extern const struct ops *now;',
                               'int object(int);',
                               '__attribute__((noinline)) int object(int x) { return now->fn(x) + 1; }')})
    row = 'hyp/core/object.c now all\n'
    one(findings(tmp_path, 'calls', {'tools/lint/pointers.txt': row}), 'panic() in lost()', 'object > lost')
    allow = {'tools/lint/allow.txt': 'hyp/core/other.c:lost calls a reason\n'}
    assert findings(tmp_path, 'calls', allow) == []
    lines = findings(tmp_path, 'calls', {'tools/lint/pointers.txt': row + 'hyp/core/a.c gone all\n'})
    one(lines, 'pointers.txt:2', 'no call through gone')


@needs_gcc
def test_calls_member(tmp_path):
    """Of a table whose rows are all `.member = function`, a call reaches only its member."""
    built(tmp_path, {'hyp/core/object.c': c(
        'void panic(void);', 'int object(int);', 'struct ops {', '    int (*good)(int);', '    int (*bad)(int);', '};',
        'static int good(int x) { return x; }', 'static int bad(int x) {', '    panic();', '    return x;', '}',
        'const struct ops ops[2] = {{.good = good, .bad = bad}, {.good = good}};',
        '__attribute__((noinline)) int object(int x) { return ops[x & 1].good(x) + 1; }')})
    assert findings(tmp_path, 'calls', {}) == []


def test_calls_without_build(tmp_path):
    plant(tmp_path, CLEAN)
    done = run('lint.py', tmp_path, 'calls')
    assert done.returncode == 0 and 'not checked' in done.stderr


def test_sloc(tmp_path):
    plant(tmp_path, {'hyp/core/a.c': c('', '/* two', '   lines */', 'int x; // counts', 'const char *s = "// counts";'),
                     'hyp/include/core/a.h': c('#pragma once'), 'hyp/arch/arm64/a.S': HEAD + '    ret\n',
                     'tests/a.c': c('int not_linked;')})
    done = run('sloc.py', tmp_path, '--json')
    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert result['rooms'] == {'hyp/arch/arm64': {'assembly': 1}, 'hyp/core': {'c': 2},
                               'hyp/include/core': {'headers': 1}}
    assert (result['total'], result['limit']) == (4, 25000)
    assert 'linked at EL2' in run('sloc.py', tmp_path).stdout
    plant(tmp_path, {'hyp/core/big.c': c(*['int x;'] * 25000)})
    assert run('sloc.py', tmp_path).returncode == 1


def test_reach(tmp_path):
    """What the linker kept, and all that this names, also by macros that paste, is in the image, and nothing else."""
    plant(tmp_path, {
        'hyp/include/core/a.h': c('#pragma once', '#define USED 1', '#define UNUSED 2', '#define READ(n) read_##n(n)',
                                  'struct used {', '    int x;', '};', 'struct unused {', '    int x;', '};',
                                  '_Static_assert(sizeof(struct unused) == 4, "");', 'enum { ONE, TWO };',
                                  'static inline int read_id(int n) { return n; }',
                                  'static inline int read_no(int n) { return n; }', 'int kept(struct used *u);'),
        'hyp/core/a.c': c('static int inlined(void) {', '    return TWO;', '}', 'int kept(struct used *u) {',
                          '    return u->x + USED + READ(id) + inlined();', '}', 'int left_out(struct unused *u) {',
                          '    return u->x + UNUSED + READ(no);', '}', 'const int table[] = {1};', 'noreturn void end(void);',
                          'noreturn void end(void) {', '}'),
        'hyp/core/b.c': c('static int kept(void) {', '    return 1;', '}')})
    tree = source.Tree(tmp_path)
    kept = reach.kept('Discarded input sections\n .text.left_out\n                0x0 0x4 libhyp.a(core_a.c.o)\n'
                      'Linker script and memory map\n .text.kept     0x0000000000001a00       0x84 hyp/core_a.c.o\n'
                      ' .text.unlikely.end\n                0x0000000000001a90       0x84 hyp/core_a.c.o\n'
                      ' .rodata.table  0x0000000000001b00       0x84 hyp/core_a.c.o\n', {'core_a.c.o': 'hyp/core/a.c'})
    assert kept == {'hyp/core/a.c': {'kept', 'end', 'table'}}
    image = reach.Reach(tree.sources('hyp/'), kept)
    left_out = {path: [tree.source(path).lines[n - 1] for n in sorted(image.left_out(path))] for path in tree.paths}
    assert left_out == {
        'hyp/include/core/a.h': ['#define UNUSED 2', 'struct unused {', '    int x;', '};',
                                 '_Static_assert(sizeof(struct unused) == 4, "");',
                                 'static inline int read_no(int n) { return n; }'],
        'hyp/core/a.c': ['int left_out(struct unused *u) {', '    return u->x + UNUSED + READ(no);', '}'],
        'hyp/core/b.c': ['static int kept(void) {', '    return 1;', '}']}


@pytest.mark.skipif(not shutil.which('cppcheck'), reason='no cppcheck; install it')
def test_misra(tmp_path):
    plant(tmp_path, {'hyp/core/a.c': c('int core_a(int x) {', '    if (x)', '        return 1;', '    return 0;', '}')})
    done = run('lint.py', tmp_path, 'misra')
    assert done.returncode == 0
    assert 'misra: rule 15.5' in done.stdout and 'places' in done.stdout
    assert not list(tmp_path.rglob('*.ctu-info'))


def test_misra_without_cppcheck(tmp_path):
    plant(tmp_path, CLEAN)
    done = subprocess.run([sys.executable, str(LINT / 'lint.py'), '--root', str(tmp_path), 'misra'], check=False,
                          env={'PATH': str(tmp_path)}, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0 and 'no cppcheck' in done.stderr
