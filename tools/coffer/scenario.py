# SPDX-License-Identifier: Apache-2.0
"""The results that Dom0's scenario runner prints (host/scenario has the format)."""
import dataclasses
import re

LINE = re.compile(r'@C (\S+) (ok|FAIL|seen) rc=(-?\d+) ms=(\d+) ?(.*)')


@dataclasses.dataclass
class Check:
    """One check: its result is ok or FAIL, or seen when only its exit status counts."""
    result: str
    status: int
    ms: int
    text: str
    output: tuple


def parse(lines):
    """{id: Check} of a console's lines."""
    checks, output = {}, []
    for line in lines:
        if line.startswith('@D '):
            output.append(line[3:])
        found = LINE.match(line)
        if found:
            name, result, status, ms, text = found.groups()
            checks[name] = Check(result, int(status), int(ms), text, tuple(output))
            output = []
    return checks


def record(checks):
    """What is kept of checks as an expectation: {id: [result, status]}."""
    return {name: [check.result, check.status] for name, check in checks.items()}


def worse(expected, checks):
    """In what checks fall behind an expectation, one line each.

    A check that failed there may fail; a program that gave an error there may succeed.
    """
    lines = []
    for name, check in checks.items():
        if check.result == 'FAIL' and expected.get(name, ('ok', 0))[0] != 'FAIL':
            lines.append('%s: FAIL (status %d) %s' % (name, check.status, check.text))
    for name, (result, status) in expected.items():
        if name not in checks:
            lines.append('%s: not run' % name)
        elif result == 'seen' and checks[name].status not in (status, 0):
            lines.append('%s: status %d, on real Xen %d: %s' % (name, checks[name].status, status, checks[name].text))
        if lines and lines[-1].startswith(name + ': ') and name in checks:
            lines[-1] += ''.join('\n    | ' + line for line in checks[name].output[-6:])
    return lines
