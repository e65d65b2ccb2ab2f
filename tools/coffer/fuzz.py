# SPDX-License-Identifier: Apache-2.0
"""./coffer fuzz: every libFuzzer target of the clang build, from its corpus."""
import os
import subprocess

from coffer import build, options, paths
from coffer.tell import CofferError, say


def targets():
    """The fuzz targets that were built, by name."""
    return {path.name[len('fuzz_'):]: path for path in sorted(paths.BUILD_CLANG.rglob('fuzz_*'))
            if path.is_file() and os.access(path, os.X_OK)}


def _run(name, program, seconds):
    """One target; True when nothing was found."""
    corpus = paths.ROOT / 'tests' / 'fuzz' / 'corpus' / name
    grown = paths.BUILD_CLANG / 'corpus' / name
    findings = paths.BUILD_CLANG / 'findings'
    for folder in (grown, findings):
        folder.mkdir(parents=True, exist_ok=True)
    say('fuzz %s: %d s' % (name, seconds))
    done = subprocess.run([str(program), str(grown), *([str(corpus)] if corpus.is_dir() else []),
                           '-max_total_time=%d' % seconds, '-timeout=20', '-rss_limit_mb=2048', '-print_final_stats=1',
                           '-artifact_prefix=%s/%s-' % (findings, name)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', check=False)
    lines = done.stdout.strip().split('\n')
    if done.returncode:
        print('\n'.join(lines[-40:]))
        say('fuzz %s: FOUND something (see above and %s)' % (name, findings))
        return False
    say('fuzz %s: nothing found, %s' % (name, next((line for line in lines if 'number_of_executed_units' in line), '')))
    return True


def main(argv):
    """./coffer fuzz"""
    p = options.Parser('fuzz')
    p.add_argument('--seconds', type=int, default=60)
    p.add_argument('--list', action='store_true')
    p.add_argument('target', nargs='*')
    a = p.parse_args(argv)
    build.build_clang()
    known = targets()
    if not known:
        raise CofferError('build-clang/ has no fuzz_* program', 'look at tests/meson.build')
    unknown = [name for name in a.target if name not in known]
    if unknown:
        raise CofferError('no fuzz target %s' % ' '.join(unknown), 'choose of: ' + ' '.join(known))
    if a.list:
        print('\n'.join(known))
        return 0
    results = [_run(name, known[name], a.seconds) for name in a.target or known]
    print('%d targets clean, %d with findings' % (sum(results), len(results) - sum(results)))
    return 0 if all(results) else 1
