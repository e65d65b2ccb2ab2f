# SPDX-License-Identifier: Apache-2.0
"""What a C translation unit says about its types, macros and enumerators.

Nothing is run on the target: types come from the DWARF that the arm64 compiler
writes (readelf prints it), values from a section of the object file.
"""
import re
import struct
import subprocess

CROSS = "aarch64-linux-gnu-"
_DIE = re.compile(r"^ <(\w+)><(\w+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
_ATTR = re.compile(r"^    <\w+>\s+(DW_AT_\w+)\s*: ?(.*)$")
_AGGREGATE = ("DW_TAG_structure_type", "DW_TAG_union_type")


def run(*argv):
    """Standard output of a command; its standard error in the exception if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(" ".join(map(str, argv)) + "\n" + done.stderr)
    return done.stdout


class Die:
    """A debugging information entry and its children."""

    def __init__(self, tag):
        self.tag, self.attrs, self.kids = tag, {}, []

    def add(self, attr, value):
        # Before the value readelf puts its form in parentheses, for some with the offset.
        self.attrs[attr] = re.sub(r"^(\([^)]*\):? ?)+", "", value).strip()

    def text(self, attr):
        return self.attrs.get(attr)

    def number(self, attr, default=None):
        value = self.attrs.get(attr)
        return int(value.split()[0], 0) if value is not None else default


class Types:
    """All types of an object file that was compiled with DEBUG_FLAGS."""

    DEBUG_FLAGS = ("-gdwarf-4", "-fno-eliminate-unused-debug-types", "-O0")

    def __init__(self, obj):
        self.by_offset = {}
        self._read(run(CROSS + "readelf", "--debug-dump=info", "--wide", obj))
        self.aggregates, self.typedefs, self.enumerators = {}, {}, set()
        for die in self.by_offset.values():
            name = die.text("DW_AT_name")
            if die.tag in _AGGREGATE and name and "DW_AT_declaration" not in die.attrs:
                self.aggregates[name] = die
            elif die.tag == "DW_TAG_typedef":
                self.typedefs[name] = die
            elif die.tag == "DW_TAG_enumerator":
                self.enumerators.add(name)

    def _read(self, dump):
        path, die = [], None
        for line in dump.splitlines():
            found = _DIE.match(line)
            if found:
                depth = int(found[1], 16)
                die = Die(found[3])
                del path[depth:]
                if path:
                    path[-1].kids.append(die)
                path.append(die)
                self.by_offset[int(found[2], 16)] = die
                continue
            found = _ATTR.match(line)
            if found and die:
                die.add(found[1], found[2])

    def target(self, die):
        """The type of a member, array or typedef, without qualifiers and typedefs."""
        while True:
            die = self.by_offset[int(re.match(r"<(\w+)>", die.attrs["DW_AT_type"])[1], 16)]
            if die.tag not in ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"):
                return die

    def size(self, die):
        if die.tag == "DW_TAG_array_type":
            size = self.size(self.target(die))
            for kid in die.kids:
                size *= kid.number("DW_AT_upper_bound", -1) + 1
            return size
        return die.number("DW_AT_byte_size")

    def fields(self, die, prefix="", base=0):
        """(path, offset, size, encoding) of every member, outer ones first.

        Members of unnamed members count as the outer one's, an array's element
        is path[], and encoding is None for all but integers.
        """
        for member in die.kids:
            if member.tag != "DW_TAG_member":
                continue
            kind = self.target(member)
            offset = base + member.number("DW_AT_data_member_location", 0)
            name = member.text("DW_AT_name")
            path = prefix + (name + "." if name else "")
            if name:
                yield path[:-1], offset, self.size(kind), self._encoding(kind)
            if kind.tag == "DW_TAG_array_type":
                kind, path = self.target(kind), path[:-1] + "[]."
                yield path[:-1], offset, self.size(kind), self._encoding(kind)
            if kind.tag in _AGGREGATE:
                yield from self.fields(kind, path, offset)

    @staticmethod
    def _encoding(die):
        if die.tag != "DW_TAG_base_type":
            return None
        return "signed" if "(signed" in die.attrs["DW_AT_encoding"] else "unsigned"


def macros(command, source):
    """Names of the macros that `source` leaves defined, and whether they take arguments."""
    out = run(*command, "-E", "-dM", source)
    return {m[1]: bool(m[2]) for m in re.finditer(r"^#define (\w+)(\()?", out, re.M)}


def values(command, prologue, names, work):
    """The values of integer constant expressions, as unsigned 64-bit numbers."""
    if not names:
        return {}
    lines = [prologue, "__attribute__((used, section(\".abi\"))) const unsigned long long abi[] = {"]
    lines += [f"(unsigned long long)({name})," for name in names] + ["};\n"]
    source, obj, raw = work / "values.c", work / "values.o", work / "values.bin"
    source.write_text("\n".join(lines), encoding="ascii")
    run(*command, "-c", source, "-o", obj)
    run(CROSS + "objcopy", "-O", "binary", "--only-section=.abi", obj, raw)
    return dict(zip(names, struct.unpack(f"<{len(names)}Q", raw.read_bytes())))
