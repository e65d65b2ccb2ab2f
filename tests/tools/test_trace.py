# SPDX-License-Identifier: Apache-2.0
"""`cofferdam trace` on captures written here: figures, the worst case, JSON, the page, and what is refused."""
import json
import re
import struct
import subprocess

import pytest
from conftest import TOOL

IDLE, D1, D2 = 0x7fff << 16, 1 << 16, 2 << 16
HZ = 1000000  # a tick is a microsecond


def record(event, ticks, *words):
    """A record with its time."""
    return struct.pack('<IQ%dI' % len(words), event | len(words) << 28 | 1 << 31, ticks, *words)


def window(cpu, *records):
    """What xentrace writes for the records of one CPU."""
    data = b''.join(records)
    return struct.pack('<III', 0x1f003 | 2 << 28, cpu, len(data)) + data


def run_on(who, other, ticks):
    """One CPU goes from `other`, which can go on running, to `who`."""
    return [record(0x21011, ticks, other), record(0x21101, ticks, who)]


def capture():
    """d1 waits 10, then 200 us for CPU 0, which runs d2 meanwhile; one interrupt; one HVC of 3 us; a padding record."""
    zero = [record(0x28004, 1000, 1, 0), *run_on(D1, IDLE, 1010),
            record(0x804001, 1100, D1, 0x16), record(0x20100d, 1101, 29), record(0x804002, 1103, D1),
            record(0x28006, 1200, 1, 0), record(0x21021, 1200, D1), record(0x21101, 1201, D2),
            struct.pack('<II', 0x1f002 | 1 << 28, 0),
            record(0x28004, 2000, 1, 0), record(0x804001, 2050, D2, 64), record(0x802008, 2060, 27, 2051, 2060),
            record(0x804002, 2070, D2), *run_on(D1, D2, 2200), record(0x21021, 3000, D1)]
    return window(0, *zero[:4]) + window(1, record(0x21101, 1500, D2)) + window(0, *zero[4:])


@pytest.fixture
def trace(tmp_path):
    """Call `cofferdam trace` on bytes."""
    def call(data, *arguments):
        (tmp_path / 'capture').write_bytes(data)
        done = subprocess.run([str(TOOL), 'trace', *map(str, arguments), str(tmp_path / 'capture')], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert 'Sanitizer' not in done.stderr and 'runtime error' not in done.stderr, done.stderr
        return done
    return call


def test_latencies(trace):
    """Both waits are counted; the longer one is shown with its beginning and its end."""
    done = trace(capture(), '--hz', HZ)
    assert done.returncode == 0, done.stderr
    assert re.search(r'^d1v0: 2, median 200.000 us, .*worst 200.000 us$', done.stdout, re.M)
    assert re.search(r'^interrupt 27: 1, median 19.000 us', done.stdout, re.M)
    assert re.search(r'HVC +\(0x16\) +1, mean +3.000 us', done.stdout)
    assert re.search(r'^    > +1000.000 us  CPU0  d1v0 wakes$', done.stdout, re.M)
    assert re.search(r'^    > +1200.000 us  CPU0  d1v0 runnable -> running$', done.stdout, re.M)
    assert 'd2v0 comes to EL2: interrupt' in done.stdout


def test_frequency(trace):
    """Told by the switch records: what they give in ns is so many ticks."""
    turns = b''.join(record(0x2800e, t, 1, 0, 1000000) + record(0x2800f, t + 10, 2, 0, 1, 1)
                     for t in range(100000, 1000000, 62510))
    done = trace(window(0, turns))
    assert done.returncode == 0, done.stderr
    assert 'counter at 62.500 MHz' in done.stdout
    assert 'give --hz' in trace(window(0, record(0x28004, 1, 1, 0))).stderr


def test_gap(trace):
    """Nothing is said about the time in which records were lost: the wake-up before it is forgotten."""
    data = window(0, record(0x28004, 1000, 1, 0), record(0x1f001, 5000, 77, 1, 2000, 0), *run_on(D1, IDLE, 5100))
    done = trace(data, '--hz', HZ)
    assert '1 gaps' in done.stdout and 'd1v0: 1' not in done.stdout


def test_json(trace, tmp_path):
    """Chrome's and Perfetto's format: runs, by CPU and by vCPU, ways into EL2, interrupts, waits."""
    out = tmp_path / 'out.json'
    assert trace(capture(), '--hz', HZ, '--json', out).returncode == 0
    events = json.loads(out.read_text())['traceEvents']
    assert {'ph': 'X', 'pid': 1, 'tid': 0, 'cat': 'run', 'name': 'd1v0', 'ts': 1200.0, 'dur': 800.0} in events
    assert {'ph': 'X', 'pid': 1, 'tid': 0, 'cat': 'EL2', 'name': 'HVC', 'ts': 100.0, 'dur': 3.0} in events
    assert sorted(e['dur'] for e in events if e.get('cat') == 'wake') == [10.0, 200.0]
    assert {e['pid'] for e in events} == {1, 2}


def test_page(trace, tmp_path):
    """One page with the data in it and nothing from elsewhere."""
    out = tmp_path / 'out.html'
    assert trace(capture(), '--hz', HZ, '--html', out).returncode == 0
    page = out.read_text()
    assert not re.search(r'https?:|\bsrc=|\bhref=|@import|DATA', page)
    data = re.search(r'^const D = \{\n(.*?)^\};', page, re.M | re.S).group(1)
    fields = json.loads('{' + re.sub(r'(?m)(^|[ ,{])(\w+):', r'\1"\2":', data).replace(',}', '}').strip().rstrip(',') + '}')
    assert fields['cpus'] == 2 and fields['end'] == 2000
    assert [1200, 2000, 0, 'd1v0', 0] in fields['runs'] and [500, 2000, 1, 'd2v0', 0] in fields['runs']
    assert [1000, 1200, 0, 'd1v0'] in fields['wakes']
    assert fields['irqs'] == [[1051, 1060, 0, 'd0v0', 27]] and len(fields['traps']) == 2
    assert page.count('<script>') == 1 and page.rstrip().endswith('</html>')


@pytest.mark.parametrize('data, words', [
    (b'', 'no records'),
    (b'\x7fELF' + bytes(60), 'offset 0: no cpu_change record'),
    (capture()[:-3], 'the file ends within a CPU'),
    (capture()[:len(window(0)) - 2], 'offset 0: the file ends within a record'),
    (window(0, b'\0\0\0\xf0'), 'offset 12: the record goes beyond its window'),
    (window(5000), 'no cpu_change record'),
], ids=['empty', 'other', 'cut', 'head', 'damaged', 'cpu'])
def test_refused(trace, data, words):
    """What is wrong, where, and what to do."""
    done = trace(data, '--hz', HZ)
    assert done.returncode == 1 and words in done.stderr and '; ' in done.stderr, done.stderr


def test_any_bytes(trace):
    """A damaged capture is refused or shown, never more: each byte of one flipped in turn."""
    data = capture()
    for i in range(0, len(data), 3):
        bad = bytearray(data)
        bad[i] ^= 0xff
        assert trace(bytes(bad), '--hz', HZ).returncode in (0, 1)


def test_use(trace):
    """Help, and what is not understood."""
    done = subprocess.run([str(TOOL), 'trace', '--help'], check=False, text=True, stdout=subprocess.PIPE)
    assert done.returncode == 0 and '--html' in done.stdout
    assert trace(b'', '--hz', '0').returncode == 2
    assert trace(b'', '--what').returncode == 2
    assert subprocess.run([str(TOOL), 'trace'], check=False, stderr=subprocess.PIPE).returncode == 2
