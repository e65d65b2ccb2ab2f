# SPDX-License-Identifier: Apache-2.0
"""./coffer lint: the design's rules, formatting, size by room, and the MISRA report."""
import subprocess

from coffer import build, options, paths
from coffer.tell import say

PYTHON = '/usr/bin/python3'


def check(*rules):
    """tools/lint/lint.py with these rules (none: all that decide); True when it finds nothing."""
    return subprocess.run([PYTHON, 'tools/lint/lint.py', '--build', str(paths.BUILD), '--static',
                           str(paths.BUILD_STATIC), *rules], cwd=paths.ROOT, check=False).returncode == 0


def main(argv):
    """./coffer lint"""
    p = options.Parser('lint')
    p.add_argument('--no-misra', action='store_true')
    a = p.parse_args(argv)
    build.build()
    build.build_static()
    good = check()
    good &= subprocess.run([PYTHON, 'tools/lint/sloc.py', '--static', str(paths.BUILD_STATIC)], cwd=paths.ROOT,
                           check=False).returncode == 0
    if not a.no_misra:
        say('MISRA report by cppcheck (about two minutes); it informs and does not decide')
        check('misra')
    say('lint: %s' % ('nothing found' if good else 'see the lines above'))
    return 0 if good else 1
