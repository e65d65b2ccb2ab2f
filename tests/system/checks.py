# SPDX-License-Identifier: Apache-2.0
"""What the tests look at in a console: the results of Dom0's steps, and its kernel's warnings."""
import pathlib
import re

KNOWN = pathlib.Path(__file__).with_name('xen-dmesg.txt')


def results(text):
    """{name: (good, text)} of the lines "@C name ok|FAIL text"."""
    return {name: (word == 'ok', rest) for name, word, rest in
            re.findall(r'^@C (\S+) (ok|FAIL) ?(.*)$', text, re.M)}


def all_good(text, names):
    """Assert that each named check was made, and none failed."""
    seen = results(text)
    failed = {name: rest for name, (good, rest) in seen.items() if not good}
    assert not failed, failed
    missing = set(names) - set(seen)
    assert not missing, 'no result of %s' % sorted(missing)
    return seen


def plain(line):
    """A kernel message without its time and numbers, to compare across boots."""
    line = re.sub(r'^\[ *\d+\.\d+\]\s*', '', line)
    line = re.sub(r'0x[0-9a-f]+|\b[0-9a-f]{8,}\b', 'H', line)
    return re.sub(r'\d+', 'N', line).strip()


def warnings(text):
    """Kernel messages of level warning and worse: of Dom0's step dmesg, of a scenario (host/scenario)."""
    return re.findall(r'^@(?:D dmesg \d|W) (.*)$', text, re.M)


def known():
    """What kernels warn of on real Xen, on some board."""
    return set(KNOWN.read_text(encoding='utf-8').splitlines())


def keep(text):
    """Take what a kernel warned of on real Xen into xen-dmesg.txt."""
    lines = known() | {plain(line) for line in warnings(text)}
    KNOWN.write_text(''.join(line + '\n' for line in sorted(lines - {''})), encoding='utf-8')


def no_new_warning(text):
    """Assert that real Xen causes each warning too."""
    new = [line for line in warnings(text) if plain(line) and plain(line) not in known()]
    assert not new, 'kernels warn of what they do not on Xen: %s' % new
