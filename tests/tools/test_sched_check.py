# SPDX-License-Identifier: Apache-2.0
"""cofferdam sched-check: schedules that can be kept and how it is known, others refused at the line that is too much."""
import subprocess

import pytest
from conftest import TOOL

RTDS = 'schedule: 1\nrtds:\n  - name: rt\n    cores: %d\n    vcpus:\n'
FLIGHT = 'schedule: 1\narinc653:\n  - name: flight\n    cores: 2\n    major-frame: 10ms\n    windows:\n'


def check(folder, text):
    """Run it on the text; its status, output, and complaints."""
    (folder / 's.yaml').write_text(text, encoding='utf-8')
    done = subprocess.run([str(TOOL), 'sched-check', 's.yaml'], cwd=folder, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def vcpus(*rows):
    """Rows of an rtds pool, each `name period budget` and more keys."""
    return ''.join('      - {name: %s, period: %s, budget: %s%s}\n' % (*row[:3], ''.join(', ' + key for key in row[3:]))
                   for row in rows)


@pytest.mark.parametrize('cores, rows, test', [
    (1, [('a', '2ms', '1ms', 'sleeps: false'), ('b', '3ms', '1ms', 'sleeps: false'),
         ('c', '12ms', '2ms', 'sleeps: false')], 'use at most 1'),
    (2, [('a', '10ms', '4ms', 'sleeps: false'), ('b', '10ms', '4ms', 'sleeps: false'),
         ('c', '20ms', '8ms', 'sleeps: false')], 'GFB'),
    (1, [('a', '10ms', '2ms'), ('b', '20ms', '6ms')], 'response times'),
    (2, [('a', '10ms', '9ms', 'core: 0'), ('b', '10ms', '8ms', 'core: 1')], 'response times'),
])
def test_feasible(tmp_path, cores, rows, test):
    """The test that shows it is named, and every response is within its period."""
    status, out, err = check(tmp_path, RTDS % cores + vcpus(*rows))
    assert (status, err) == (0, '')
    assert 'test: ' + test in out
    assert out.rstrip().endswith('feasible')


def test_late_budget_counts(tmp_path):
    """At full use, one who sleeps may come late with its budget and again at once: that is refused, the same awake not."""
    rows = [('a', '10ms', '4ms'), ('b', '14ms', '8ms')]
    status, _, err = check(tmp_path, RTDS % 1 + vcpus(*rows))
    assert status == 1 and "s.yaml:7:9: error: 'b': no proof that its 8ms are there in each 14ms" in err
    assert check(tmp_path, RTDS % 1 + vcpus(*[row + ('sleeps: false',) for row in rows]))[0] == 0


def test_response_by_hand(tmp_path):
    """One core: b (2ms) waits for at most both budgets of a that can come before its deadline."""
    status, out, _ = check(tmp_path, RTDS % 1 + vcpus(('a', '10ms', '3ms'), ('b', '20ms', '2ms')))
    assert status == 0
    assert '3ms in 10ms: response at most 5ms' in out
    assert '2ms in 20ms: response at most 8ms' in out


@pytest.mark.parametrize('rows, where, what', [
    ([('a', '10ms', '6ms'), ('b', '10ms', '9ms'), ('c', '10ms', '6ms')], 8, "'c' is more than is left: the pool's 2 cores"),
    ([('a', '10ms', '6ms', 'core: 1'), ('b', '10ms', '5ms', 'core: 1')], 7, "'b' is more than is left of core 1"),
    ([('a', '10ms', '11ms')], 6, 'a budget of 11ms in 10ms'),
    ([('a', '10ms', '1us')], 6, 'a budget of 1us'),
    ([('a', '10ms', '1ms', 'core: 2')], 6, "no core 2"),
    ([('a', '10ms', '1ms', 'count: 4097')], 6, '4097 vCPUs'),
    ([('a', '10', '1ms')], 6, 'period'),
])
def test_refused(tmp_path, rows, where, what):
    """The line and the value that are wrong."""
    status, _, err = check(tmp_path, RTDS % 2 + vcpus(*rows))
    assert status == 1
    assert err.startswith('s.yaml:%d:' % where) and what in err and ';' in err


def window(name, core, start, length, vcpu=0):
    """A row of a timetable."""
    return '      - {partition: %s, core: %d, start: %s, length: %s, vcpu: %d}\n' % (name, core, start, length, vcpu)


def test_timetable(tmp_path):
    """Shares, and the longest time without a window, over the end of the frame too."""
    status, out, err = check(tmp_path, FLIGHT + window('nav', 0, '1ms', '2ms') + window('nav', 0, '6ms', '1ms')
                             + window('nav', 1, '1ms', '2ms', 1) + window('log', 1, '3ms', '7ms'))
    assert (status, err) == (0, '')
    assert 'core 0: 2 windows, 30.0 % of the frame' in out
    assert 'nav             vCPU 0: 3ms in each frame, response within 4ms' in out
    assert 'log             vCPU 0: 7ms in each frame, response within 3ms' in out


@pytest.mark.parametrize('rows, where, what', [
    (window('a', 0, '0us', '3ms') + window('b', 0, '2ms', '1ms'), 8,
     "the window of 'b' begins 1ms before that of line 7 on the same core is over"),
    (window('a', 0, '0us', '3ms') + window('a', 1, '2ms', '2ms'), 8, 'on the same vCPU'),
    (window('a', 0, '8ms', '3ms'), 7, "ends 1ms after the major frame of 10ms"),
    (window('a', 2, '8ms', '1ms'), 7, 'no core 2'),
    (window('a', 0, '8ms', '0us'), 7, 'empty window'),
])
def test_windows_refused(tmp_path, rows, where, what):
    """The window that overflows is named."""
    status, out, err = check(tmp_path, FLIGHT + rows)
    assert status == 1 and 'feasible' not in out
    assert err.startswith('s.yaml:%d:' % where) and what in err


def test_large(tmp_path):
    """128 cores and 4,096 vCPUs, each with a line of its own."""
    rows = [('v%d' % i, '%dms' % (100 + i % 50), '%dus' % (900 + i % 700)) for i in range(4096)]
    status, out, err = check(tmp_path, RTDS % 128 + vcpus(*rows))
    assert (status, err) == (0, '')
    assert '4096 vCPUs on 128 cores' in out
    rows += [('last', '100ms', '90ms', 'core: 5')] * 2
    status, _, err = check(tmp_path, RTDS % 128 + vcpus(*rows))
    assert status == 1 and 'core 5' in err or '4098 vCPUs' in err


def test_usage(tmp_path):
    """Help, no file, another version."""
    done = subprocess.run([str(TOOL), 'sched-check', '--help'], check=False, stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0 and 'major-frame' in done.stdout
    assert subprocess.run([str(TOOL), 'sched-check'], check=False, stderr=subprocess.DEVNULL).returncode == 2
    assert check(tmp_path, 'schedule: 2\n')[0] == 1
    done = subprocess.run([str(TOOL), 'sched-check', 'none.yaml'], cwd=tmp_path, check=False, stderr=subprocess.PIPE,
                          text=True)
    assert done.returncode == 1 and 'none.yaml' in done.stderr
