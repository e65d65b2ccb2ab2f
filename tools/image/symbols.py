#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the function names of a linked image into its .symbols section (read by hyp/core/symbols.c).

  symbols.py NM OBJCOPY IN.elf OUT.elf
"""
import os
import struct
import subprocess
import sys
import tempfile


def functions(nm, elf):
    out = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
    found = {}
    for line in out.splitlines():
        part = line.split()
        if len(part) == 3 and part[1] in 'tT' and not part[2].startswith('$'):
            found.setdefault(int(part[0], 16), part[2])
    return sorted(found.items())


def section_size(nm, elf):
    out = subprocess.run([nm, elf], check=True, capture_output=True, text=True).stdout
    at = {p[2]: int(p[0], 16) for p in map(str.split, out.splitlines()) if len(p) == 3}
    return at['symbols_end'] - at['symbols_start']


def table(symbols, size):
    names, entries = b'', b''
    base = 4 + 8 * len(symbols)
    for offset, name in symbols:
        entries += struct.pack('<II', offset, base + len(names))
        names += name.encode() + b'\0'
    blob = struct.pack('<I', len(symbols)) + entries + names
    if len(blob) > size:
        sys.exit('symbols.py: %d bytes of names, %d kept: raise SYMBOLS_SIZE in hyp/include/core/symbols.h'
                 % (len(blob), size))
    return blob.ljust(size, b'\0')


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    nm, objcopy, elf, out = sys.argv[1:]
    with tempfile.NamedTemporaryFile(delete=False) as f:
        f.write(table(functions(nm, elf), section_size(nm, elf)))
    try:
        subprocess.run([objcopy, '--update-section', '.symbols=' + f.name, elf, out], check=True)
    finally:
        os.unlink(f.name)


if __name__ == '__main__':
    main()
