#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check.py MODEL.pml: every state of the model is good, and each bug that can be seeded is found."""
import pathlib
import re
import subprocess
import sys
import tempfile


def search(model, define):
    """All states by spin; returns whether an error was found, and what spin says."""
    with tempfile.TemporaryDirectory(prefix='model-') as folder:
        def run(*command):
            return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True).stdout
        run('spin', *(['-D' + define] if define else []), '-a', str(model))
        run('cc', '-O2', '-w', '-DSAFETY', '-o', 'pan', 'pan.c')
        said = run('./pan', '-m200000')
    if 'search depth too small' in said or 'errors:' not in said:
        sys.exit('the search is not whole:\n' + said)
    return 'errors: 0' not in said, said


def main():
    model = pathlib.Path(sys.argv[1]).resolve()
    found, said = search(model, None)
    if found:
        sys.exit('an error in the model:\n' + said)
    print('good: ' + re.search(r'\d+ states, stored', said).group(0))
    for define in re.findall(r'^//\s+-D(\w+)', model.read_text(encoding='utf-8'), re.M):
        if not search(model, define)[0]:
            sys.exit('the seeded bug %s is not found' % define)
        print('found: ' + define)


if __name__ == '__main__':
    main()
