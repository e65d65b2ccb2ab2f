# SPDX-License-Identifier: Apache-2.0
"""misra: how often hyp/ departs from which rule of MISRA C:2012, by cppcheck's addon. A report, no verdict."""
import collections
import re
import shutil
import subprocess
import sys
import tempfile

COMMAND = ['cppcheck', '--addon=misra', '--quiet', '--std=c11', '--inline-suppr', '-j', '2', '--max-configs=1',
           '-Ihyp/include', '-Ihyp/arch/arm64/include', '-Ihyp/arch/arm64/gic/both', '-Iinclude', '-Ihyp/hypercall',
           '--template={file}:{line}: {id}', 'hyp']


def check(tree, _):
    if not shutil.which('cppcheck'):
        print('misra: no report: no cppcheck; install it', file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:  # else its notes end up beside the sources
        done = subprocess.run([*COMMAND, f'--cppcheck-build-dir={folder}'], cwd=tree.root, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    places = re.findall(r'^(.+): misra-c2012-([\d.]+)$', done.stdout, re.M)
    counts = collections.Counter(rule for _, rule in set(places))
    for rule, count in sorted(counts.items(), key=lambda row: (-row[1], row[0])):
        print(f'misra: rule {rule:6} {count:6}')
    print(f'misra: {sum(counts.values())} places, {len(counts)} rules')
    return []
