# SPDX-License-Identifier: Apache-2.0
"""Debian's toolstack in Dom0 and stock guests: each scenario does at least as well as on real Xen.

A scenario is a file of tests/system/scenarios, run by Dom0; `# core: BOARD...` in it names the boards where it
belongs to the core, `# boards:` those where it can run at all, `# kinds:` the further kinds of guests that Dom0 needs,
`# loads:` the measuring programs for guests that it needs (tools/coffer/loads.py), `# boot:` words for the
hypervisor's command line, `# tree:` an edit of the machine's device tree. expect/BOARD.json holds what Debian's Xen
4.17 gave, and xen-dmesg.txt what kernels warned of there, kept by `./coffer test --all --only system -k scenario --hypervisor XEN --record`.
"""
import json
import pathlib
import re

import checks as dmesg
import pytest
from coffer import loads, paths, qemu, run, scenario, toolstack
from conftest import LOGS

HERE = pathlib.Path(__file__).parent
FILES = sorted((HERE / 'scenarios').glob('*.sh'))
HELLO = paths.BUILD / 'services' / 'hello.img'  # the guest of the scenario hello
TREES = sorted((HERE / 'scenarios').glob('*.dts'))
BOARDS = {'virt-gicv3': {'machine': 'virt', 'gic': 3}, 'virt-gicv2': {'machine': 'virt', 'gic': 2},
          'zcu102': {'machine': 'zcu102'}}
WHOLE_LIMIT = 7200


def setting(path, name, default):
    """The value of the line `# NAME: VALUE` in a scenario."""
    found = re.search(r'^# %s: (.*)$' % name, path.read_text(encoding='utf-8'), re.M)
    return found.group(1) if found else default


def in_core(board, path):
    """Does the scenario belong to plain ./coffer test?"""
    return board in setting(path, 'core', '').split()


class Host:
    """One board with a Dom0 that stays up for the scenarios, and is booted again when one has broken it."""

    def __init__(self, board, image, guest, folder):
        self.board, self._image, self._images, self._folder = board, image, guest, folder
        self._machine, self._boots, self._needs = None, 0, ('', '', '', '')

    def _boot(self):
        self._boots += 1
        folder = self._folder / str(self._boots)
        folder.mkdir(parents=True)
        kwargs = BOARDS[self.board]
        kinds, programs, words, tree = self._needs
        more = [toolstack.kinds() / 'kinds.cpio'] if kinds else []
        more += [loads.ensure() / 'loads.cpio'] if programs else []
        boot = qemu.Boot(hypervisor=self._image, images=self._images, xen_tree=run.is_xen(self._image), smp=2,
                         xen_args=('bootscrub=off', *words.split()), mem=run.TOOLSTACK_MEM[kwargs['machine']], dom0_mem=run.TOOLSTACK_DOM0_MEM,
                         ramdisk=toolstack.ensure().ramdisk(folder, [*FILES, *TREES, HELLO], more), tree_edit=tree,
                         **kwargs)
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / ('scenario-%s-%d.log' % (self.board, self._boots))
        self._machine = qemu.Machine(boot, folder, log, WHOLE_LIMIT)
        self._machine.expect(r'^@READY', 200)
        self._machine.shell(60)

    def run(self, path):
        """Run a scenario; returns what it printed and how it ended."""
        needs = tuple(setting(path, name, '') for name in ('kinds', 'loads', 'boot', 'tree'))
        if needs != self._needs:
            self.close()
            self._needs = needs
        try:
            if not self._machine:
                self._boot()
            start = len(self._machine.text)
            self._machine.send('/coffer/scenario %s\n' % path.stem)
            limit = int(setting(path, 'limit', '400'))
            end = self._machine.expect(r'^@E %s (\w+) ms=\d+\n' % path.stem, limit + 60)
            self._machine.shell(30)
        except qemu.Lost:
            self.close()
            raise
        return self._machine.text[start:], end.group(1)

    def close(self):
        """End the machine."""
        if self._machine:
            self._machine.close()
        self._machine = None


@pytest.fixture(scope='module')
def host(request, image, guest, tmp_path_factory):
    """A board, kept for all its scenarios."""
    one = Host(request.param, image, guest, tmp_path_factory.mktemp(request.param))
    yield one
    one.close()


def pytest_generate_tests(metafunc):
    """One test for each scenario on each board."""
    if 'path' in metafunc.fixturenames:
        metafunc.parametrize('host, path', [
            pytest.param(board, path, id='%s-%s' % (board, path.stem), marks=() if in_core(board, path) else pytest.mark.full)
            for board in BOARDS for path in FILES if board in setting(path, 'boards', board).split()], indirect=['host'], scope='module')


def test_scenario(host, path, request):
    """Nothing that passes on real Xen fails."""
    kept = HERE / 'expect' / (host.board + '.json')
    expected = json.loads(kept.read_text(encoding='utf-8')) if kept.exists() else {}
    text, end = host.run(path)
    checks = scenario.parse(text.split('\n'))
    record = request.config.getoption('--record')
    if record:
        expected[path.stem] = scenario.record(checks)
        lines = ['"%s": {%s}' % (name, ',\n  '.join('"%s": %s' % (key, json.dumps(value))
                                                   for key, value in expected[name].items()))
                 for name in sorted(expected)]
        kept.write_text('{%s}\n' % ',\n'.join(lines), encoding='utf-8')
        dmesg.keep(text)
    worse = scenario.worse({} if record else expected.get(path.stem, {}), checks)
    assert not worse, '\n'.join(worse)
    assert checks and end in ('ok', 'FAIL'), 'the scenario ended %s after %d checks' % (end, len(checks))
    dmesg.no_new_warning(text)


def test_compare():
    """A refusal where Xen succeeds is worse; a success where Xen refuses is not; a check left out is."""
    console = ['@D seen', '@C a ok rc=0 ms=1 x', '@C b seen rc=1 ms=1 x', '@C c seen rc=0 ms=1 x', '@C d FAIL rc=9 ms=1 x']
    checks = scenario.parse(console)
    assert checks['a'].output == ('seen',)
    assert not scenario.worse({'a': ['ok', 0], 'b': ['seen', 1], 'c': ['seen', 1], 'd': ['FAIL', 1]}, checks)
    assert len(scenario.worse({'a': ['ok', 0], 'b': ['seen', 0], 'c': ['seen', 0], 'e': ['ok', 0]}, checks)) == 3


@pytest.mark.parametrize('board', ['virt-gicv3', *(pytest.param(board, marks=pytest.mark.full)
                                                   for board in ('virt-gicv2', 'zcu102'))])
def test_guest_of_run(rig, board, tmp_path):
    """What ./coffer run shows: a guest that runs, and `xl console` from Dom0's shell to its shell and back."""
    machine = BOARDS[board]['machine']
    m = rig.boot(500, mem=run.TOOLSTACK_MEM[machine], dom0_mem=run.TOOLSTACK_DOM0_MEM, dom0_args=('coffer.guest=1',),
                 ramdisk=toolstack.ensure().ramdisk(tmp_path), **BOARDS[board])
    m.expect(r'^coffer: the guest "debian" is up$', 300)
    m.shell(60)
    m.send('xl console debian\n')
    m.expect(r'^GUEST-UP debian', 60)
    m.send('\n')
    m.expect(r'^guest:/# ', 60)
    m.send('echo answer=$((6*7))\n')
    m.expect(r'^answer=42', 60)
    m.expect(r'^guest:/# ', 60)
    m.send('\x1d')
    m.expect(r'dom0:\S*# ', 60)  # behind the guest's prompt, which stands on the line that xl leaves
    m.send('ping -c 2 10.0.7.2; xl list; poweroff -f\n')
    m.expect(r' 0% packet loss', 60)
    m.expect(r'^debian +[1-9]', 60)
    assert m.wait_end(60) == 0
