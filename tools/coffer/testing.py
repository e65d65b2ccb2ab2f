# SPDX-License-Identifier: Apache-2.0
"""./coffer test: unit tests with both compilers, ABI tests, system tests; one count at the end."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

from coffer import build, images, lint, options, paths, run, toolstack
from coffer.tell import CofferError, say

PYTEST = ['/usr/bin/python3', '-m', 'pytest', '-p', 'no:cacheprovider']
KINDS = ('unit', 'abi', 'lint', 'tools', 'guest', 'bench', 'system')


class Count:
    """What passed and failed, and how long each took."""

    def __init__(self):
        self.passed, self.failed, self.skipped, self.times = 0, [], 0, []

    def add(self, name, good, seconds):
        """One test."""
        self.times.append((seconds, name))
        if good:
            self.passed += 1
        else:
            self.failed.append(name)

    def report(self):
        """Slowest tests, failures, and the last line."""
        print('\nslowest:')
        for seconds, name in sorted(self.times, reverse=True)[:8]:
            print('  %6.1f s  %s' % (seconds, name))
        for name in self.failed:
            print('FAILED %s' % name)
        if self.skipped:
            print('%d skipped' % self.skipped)
        print('%d passed, %d failed' % (self.passed, len(self.failed)))
        return 1 if self.failed or not self.passed else 0


def _unit(folder, words, count):
    """meson test in one build folder."""
    listed = json.loads(subprocess.run(['meson', 'introspect', '--tests', str(folder)], check=True,
                                       stdout=subprocess.PIPE, text=True).stdout)
    names = [test['name'] for test in listed if not words or words in test['name']]
    if not names:
        return
    say('unit tests in %s/ (%d)' % (folder.name, len(names)))
    sys.stdout.flush()
    log = folder / 'meson-logs' / 'testlog.json'
    log.unlink(missing_ok=True)
    subprocess.run(['meson', 'test', '-C', str(folder), '--no-rebuild', '--print-errorlogs',
                    '--num-processes', str(os.cpu_count() or 1), *names], check=False)
    seen = set()
    if log.exists():
        for line in log.read_text(encoding='utf-8').splitlines():
            test = json.loads(line)
            name = test['name'].split(' / ')[-1].split(':')[-1]
            seen.add(name)
            count.add('%s (%s)' % (name, folder.name), test['result'] in ('OK', 'EXPECTEDFAIL'), test['duration'])
    for name in names:
        if name not in seen:
            count.add('%s (%s) did not run' % (name, folder.name), False, 0)


def _pytest(what, extra, environment, count):
    """pytest on one folder; its own lines are shown."""
    with tempfile.TemporaryDirectory(prefix='coffer-') as scratch:
        result = pathlib.Path(scratch) / 'result.xml'
        say('%s tests' % what)
        sys.stdout.flush()
        status = subprocess.run([*PYTEST, 'tests/' + what, '--junitxml=%s' % result, *extra], cwd=paths.ROOT,
                                env={**os.environ, **environment}, check=False).returncode
        before = len(count.failed)
        if result.exists():
            for case in xml.parse(result).iter('testcase'):
                name = '%s: %s' % (what, case.get('name'))
                if case.find('skipped') is not None:
                    count.skipped += 1
                else:
                    count.add(name, case.find('failure') is None and case.find('error') is None,
                              float(case.get('time', 0)))
        if status not in (0, 5) and len(count.failed) == before:
            count.add('%s: pytest ended with status %d' % (what, status), False, 0)


def _list(a, folders):
    if 'unit' in a.only:
        for folder in folders:
            listed = json.loads(subprocess.run(['meson', 'introspect', '--tests', str(folder)], check=True,
                                               stdout=subprocess.PIPE, text=True).stdout)
            for test in listed:
                print('unit: %s (%s)' % (test['name'], folder.name))
    for kind in KINDS[1:]:
        if kind in a.only:
            out = subprocess.run([*PYTEST, 'tests/' + kind, '--collect-only', '-q',
                                  *(['--all'] if a.all and kind in ('tools', 'guest', 'system') else [])],
                                 cwd=paths.ROOT, check=False,
                                 stdout=subprocess.PIPE, text=True).stdout
            print('\n'.join('%s: %s' % (kind, line) for line in out.splitlines() if '::' in line))
    return 0


def main(argv):
    """./coffer test"""
    p = options.Parser('test')
    p.add_argument('--all', action='store_true')
    p.add_argument('--only', action='append', choices=KINDS)
    p.add_argument('-k', dest='words')
    p.add_argument('--list', action='store_true')
    p.add_argument('--hypervisor', metavar='FILE')
    p.add_argument('--record', action='store_true')
    a = p.parse_args(argv)
    a.only = a.only or list(KINDS)
    hypervisor = pathlib.Path(a.hypervisor).resolve() if a.hypervisor else None
    if hypervisor and not hypervisor.is_file():
        raise CofferError('no file %s' % a.hypervisor, 'give the path of a hypervisor image')
    if a.record and not (hypervisor and run.is_xen(hypervisor)):
        raise CofferError('--record keeps what real Xen does', 'name Xen\'s image with --hypervisor')
    build.build()
    build.build_static()
    count, folders = Count(), [paths.BUILD]
    if 'unit' in a.only:
        try:
            build.build_clang()
            folders.append(paths.BUILD_CLANG)
        except CofferError as error:
            say(str(error))
            count.add('build with clang', False, 0)
    if a.list:
        return _list(a, folders)
    words = ['-k', a.words] if a.words else []
    if 'unit' in a.only:
        for folder in folders:
            _unit(folder, a.words, count)
    if 'abi' in a.only:
        _pytest('abi', ['-q', *words], {}, count)
    if 'tools' in a.only:
        _pytest('tools', ['-q', *words, *(['--all'] if a.all else [])], {}, count)
    if 'lint' in a.only:
        _pytest('lint', ['-q', *words], {}, count)
        if not a.words:
            start = time.time()
            count.add('lint: the tree keeps the rules', lint.check(), time.time() - start)
    environment = {'COFFER_HYPERVISOR': str(hypervisor)} if hypervisor else {}
    if 'guest' in a.only:
        _pytest('guest', ['-v', *words, *(['--all'] if a.all else [])], environment, count)
    if 'bench' in a.only and not hypervisor and not a.words:
        images.ensure()
        start = time.time()
        say('instruction counts against bench/budget.json')
        sys.stdout.flush()
        machines = [word for name in ('virt-gicv3', 'virt-gicv2', 'zcu102') for word in ('--machine', name)]
        status = subprocess.run([PYTEST[0], 'bench/run.py', '--check', '--no-xen', *machines], cwd=paths.ROOT,
                                check=False).returncode
        count.add('bench: no count above its budget', status == 0, time.time() - start)
        start = time.time()
        say('the longest stretch with interrupts masked')
        sys.stdout.flush()
        status = subprocess.run([PYTEST[0], 'bench/masked.py', '--check'], cwd=paths.ROOT, check=False).returncode
        count.add('bench: no masked stretch above its budget', status == 0, time.time() - start)
    if 'system' in a.only:
        images.ensure()
        toolstack.ensure()
        _pytest('system', ['-v', *words, *(['--all'] if a.all else []),
                           *(['--record'] if a.record else [])], environment, count)
    return count.report()
