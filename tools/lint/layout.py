# SPDX-License-Identifier: Apache-2.0
"""format: clang-format has nothing to change."""
import re
import shutil
import subprocess
import sys

from source import Finding

ROOTS = ('hyp/', 'include/', 'pv/', 'services/', 'backends/', 'tools/cofferdam/', 'systems/', 'tests/', 'bench/')


def _changed(tree):
    """Paths that differ from the last commit, new ones too."""
    done = subprocess.run(['git', 'status', '--porcelain', '--untracked-files=all'], cwd=tree.root, check=True,
                          stdout=subprocess.PIPE, text=True)
    return {line[3:].split(' -> ')[-1] for line in done.stdout.splitlines()}


def check(tree, options):
    paths = tree.find(*ROOTS, endings=['.c', '.h'])
    if options.changed:
        paths = sorted(_changed(tree).intersection(paths))
    if not paths:
        return []
    if not shutil.which('clang-format'):
        print('format: not checked: no clang-format; install it', file=sys.stderr)
        return None
    done = subprocess.run(['clang-format', '--dry-run', '-Werror', *paths], cwd=tree.root, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = {}
    for path, line in re.findall(r'^([^:\n]+):(\d+):\d+: error:', done.stderr, re.M):
        lines.setdefault(path, []).append(int(line))
    return [Finding(path, at[0], 'format', f'differs from clang-format in {len(at)} place(s)',
                    f'clang-format -i {path}')
            for path, at in lines.items()]
