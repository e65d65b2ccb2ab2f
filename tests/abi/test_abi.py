# SPDX-License-Identifier: Apache-2.0
"""include/xen against the public headers of Xen 4.17 (Debian's libxen-dev).

Every structure, field, typedef and constant that include/xen defines is looked
up under the same name in the other headers and must have the same size, offset,
signedness or value, both compiled for arm64. Nothing is run there.
"""
import pathlib
import re
import shutil

import pytest

import abi_types

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include"
HEADERS = sorted(p.relative_to(INCLUDE) for p in (INCLUDE / "xen").rglob("*.h"))
THEIRS = pathlib.Path("/usr/include/xen")
GCC = (abi_types.CROSS + "gcc", "-std=gnu11")
WARN = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef",
        "-Wpadded", "-Werror")
COMPILERS = {
    "el2-gcc": (abi_types.CROSS + "gcc", "-ffreestanding"),
    "el2-clang": ("clang", "--target=aarch64-none-elf", "-ffreestanding"),
    "linux-gcc": (abi_types.CROSS + "gcc",),
    "host-gcc": ("gcc",),
    "host-clang": ("clang",),
}
THEIR_HEADERS = ("xen.h", "errno.h", "features.h", "version.h", "memory.h", "event_channel.h",
                 "grant_table.h", "sched.h", "vcpu.h", "hvm/hvm_op.h", "hvm/params.h", "physdev.h",
                 "platform.h", "sysctl.h", "domctl.h", "hypfs.h", "xsm/flask_op.h", "hvm/dm_op.h",
                 "vm_event.h", "trace.h", "io/console.h", "io/xs_wire.h")

# Names that only include/xen has, and why. Fields are not here: one that only
# include/xen has must be called _pad* and lie where the other side has none.
OURS_ONLY = {
    "XEN_ABI_SIZE": "the compile-time check itself",
    "XEN_ABI_OFFSET": "the compile-time check itself",
    "XEN_EINTR": "errno.h has it for the hypervisor alone; see test_hypervisor_errnos",
    "XEN_ERESTART": "errno.h has it for the hypervisor alone; see test_hypervisor_errnos",
}
RENAMED = {"xen_guest_handle_t": "__guest_handle_64_void"}  # one type here, one per target there
UNPADDED = {"xen/hypfs.h": "a directory entry's name starts in the tail padding"}


class Side:
    """One set of headers, compiled for arm64."""

    def __init__(self, work, include, headers, *flags):
        work.mkdir()
        self.work = work
        self.command = (*GCC, "-I", include, *flags)
        self.prologue = "#include <stdint.h>\n" + "".join(f"#include <xen/{h}>\n" for h in headers)
        source, obj, plain = work / "types.c", work / "types.o", work / "plain.c"
        source.write_text(self.prologue, encoding="ascii")
        plain.write_text("#include <stdint.h>\n", encoding="ascii")
        abi_types.run(*self.command, *abi_types.Types.DEBUG_FLAGS, "-c", source, "-o", obj)
        self.types = abi_types.Types(obj)
        plain_object = work / "plain.o"
        abi_types.run(*GCC, *abi_types.Types.DEBUG_FLAGS, "-c", plain, "-o", plain_object)
        self.foreign = abi_types.Types(plain_object)
        before = abi_types.macros(GCC, plain)
        self.macros = {name: call for name, call in abi_types.macros(self.command, source).items()
                       if name not in before}

    def constants(self):
        return {n for n, call in self.macros.items() if not call} | self.types.enumerators

    def values(self, names):
        return abi_types.values(self.command, self.prologue, sorted(names), self.work)


@pytest.fixture(scope="session", name="theirs")
def fixture_theirs(tmp_path_factory):
    work = tmp_path_factory.mktemp("theirs")
    (work / "include").mkdir()
    (work / "include" / "xen").symlink_to(THEIRS)
    return Side(work / "side", work / "include", THEIR_HEADERS, "-D__XEN_TOOLS__")


def our_side(work, include):
    return Side(work / "ours", include, [h.relative_to("xen") for h in HEADERS])


def compare_fields(where, mine, other, problems):
    """Number of fields of the aggregate `mine` that were looked up in `other`."""
    have = {path: rest for path, *rest in other}
    count = 0
    for path, offset, size, encoding in mine:
        name = path.rsplit(".", 1)[-1]
        if path not in have and re.fullmatch(r"_pad\d*(\[\])?", name):
            continue
        count += 1
        if path not in have:
            problems.append(f"{where}.{path}: not in Xen's headers")
            continue
        offset2, size2, encoding2 = have[path]
        if (offset, size) != (offset2, size2):
            problems.append(f"{where}.{path}: at {offset}, {size} bytes; Xen: {offset2}, {size2}")
        elif encoding and encoding2 and encoding != encoding2:
            problems.append(f"{where}.{path}: {encoding}; Xen: {encoding2}")
    return count


def check_pads(where, types, die, other, problems):
    """A field of ours alone must not cover a byte that is a field's on the other side."""
    if die.tag != "DW_TAG_structure_type":
        return
    theirs = {path: (offset, size) for path, offset, size, _ in other if "." not in path}
    for path, offset, size, _ in types.fields(die):
        if "." in path or path.endswith("[]") or path in theirs:
            continue
        for path2, (offset2, size2) in theirs.items():
            if offset < offset2 + size2 and offset2 < offset + size:
                problems.append(f"{where}.{path}: covers Xen's {path2}")


def compare_types(ours, theirs, problems):
    """Numbers of structures and unions, of fields, and of typedefs that were compared."""
    fields = 0
    mine, other = ours.types, theirs.types
    names = sorted(set(mine.aggregates) - set(OURS_ONLY))
    typedefs = sorted(set(mine.typedefs) - set(ours.foreign.typedefs) - set(OURS_ONLY))
    for name in names + typedefs:
        die, name2 = mine.aggregates.get(name), RENAMED.get(name, name)
        if die is not None:
            die2 = other.aggregates.get(name2)
        else:
            die = mine.target(mine.typedefs[name])
            die2 = name2 in other.typedefs and other.target(other.typedefs[name2])
        if not die2:
            problems.append(f"{name}: not in Xen's headers")
            continue
        if mine.size(die) != other.size(die2):
            problems.append(f"{name}: {mine.size(die)} bytes; Xen: {other.size(die2)}")
        listed = list(other.fields(die2))
        fields += compare_fields(name, mine.fields(die), listed, problems)
        check_pads(name, mine, die, listed, problems)
    return len(names), fields, len(typedefs)


def compare_constants(ours, theirs, problems):
    """Number of constants that were compared."""
    names = ours.constants() - set(OURS_ONLY)
    problems += [f"{n}: a macro with arguments" for n, call in ours.macros.items()
                 if call and n not in OURS_ONLY]
    missing = names - theirs.constants()
    problems += [f"{n}: not in Xen's headers" for n in sorted(missing)]
    mine, other = ours.values(names), theirs.values(names - missing)
    problems += [f"{n}: {mine[n]:#x}; Xen: {other[n]:#x}" for n in other if mine[n] != other[n]]
    return len(other)


def compare(ours, theirs):
    problems = []
    structs, fields, typedefs = compare_types(ours, theirs, problems)
    constants = compare_constants(ours, theirs, problems)
    return problems, (structs, fields, typedefs, constants)


def test_same_as_xen(tmp_path, theirs, capsys):
    ours = our_side(tmp_path, INCLUDE)
    problems, counts = compare(ours, theirs)
    with capsys.disabled():
        print("\ninclude/xen: compared %d structs and unions, %d fields, %d typedefs, "
              "%d constants" % counts)
    assert not problems, "\n".join(problems)
    assert all(counts)
    stale = [n for n in OURS_ONLY if n in theirs.constants() or n not in ours.macros]
    assert not stale, "OURS_ONLY names that are on both sides or nowhere: " + " ".join(stale)


def test_hypervisor_errnos(tmp_path):
    """The two numbers that Xen's errno.h shows to the hypervisor alone."""
    command = (*GCC, "-D__XEN__", "-I", THEIRS.parent / "xen")
    names = ["XEN_EINTR", "XEN_ERESTART"]
    theirs = abi_types.values(command, f'#include "{THEIRS}/errno.h"', names, tmp_path)
    ours = abi_types.values((*GCC, "-I", INCLUDE), "#include <xen/errno.h>", names, tmp_path)
    assert ours == theirs


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_compiles_alone(tmp_path, header, compiler):
    """Under every warning, -Wpadded with them: all padding is a field."""
    source = tmp_path / "one.c"
    source.write_text(f"#include <{header}>\nextern int one;\n", encoding="ascii")
    flags = WARN + (("-Wno-padded",) if str(header) in UNPADDED else ())
    abi_types.run(*COMPILERS[compiler], *flags, "-I", INCLUDE, "-c", source, "-o",
                  tmp_path / "one.o")


def test_beside_the_c_library(tmp_path):
    """All headers together in a Linux program, with the system's of like names."""
    source = tmp_path / "all.c"
    system = ("errno.h", "sched.h", "asm/ptrace.h", "sys/ioctl.h", "linux/types.h")
    devices = ("xen/evtchn.h", "xen/gntalloc.h", "xen/gntdev.h")  # want domid_t, grant_ref_t
    lines = [f"#include <{name}>" for name in (*system, *HEADERS, *devices)]
    source.write_text("\n".join(lines) + "\nextern int one;\n", encoding="ascii")
    abi_types.run(abi_types.CROSS + "gcc", "-Wall", "-Wextra", "-Werror", "-I", INCLUDE, "-c",
                  source, "-o", tmp_path / "all.o")


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_style(header):
    """Licence, one guard, <stdint.h> and <xen/layout.h> at most, and a size check beside each structure."""
    text = (INCLUDE / header).read_text(encoding="ascii")
    assert text.startswith("// SPDX-License-Identifier: MIT\n")
    directives = re.findall(r"^\s*#\s*(\w+)\s*(\S*)", text, re.M)
    assert directives.count(("pragma", "once")) == 1
    assert {word for word, _ in directives} <= {"pragma", "include", "define"}
    angled = [what for word, what in directives if word == "include" and what.startswith("<")]
    assert set(angled) <= {"<stdint.h>", "<xen/layout.h>"}
    for kind, name in re.findall(r"^(struct|union) (\w+) \{", text, re.M):
        assert f"XEN_ABI_SIZE({kind} {name}, " in text, f"{kind} {name} has no size check"


# What the comparison has to notice: file, text there, text in its place, and
# what the report then names.
MUTATIONS = (
    ("event_channel.h", "#define EVTCHNOP_send 4U", "#define EVTCHNOP_send 5U", "EVTCHNOP_send:"),
    ("grant_table.h", "GNTST_bad_page (-9)", "GNTST_bad_page 9", "GNTST_bad_page:"),
    ("arch-arm.h", "GUEST_MAGIC_BASE 0x39000000ULL", "GUEST_MAGIC_BASE 0x38000000ULL",
     "GUEST_MAGIC_BASE:"),
    ("domctl.h", "    uint8_t online;\n    uint8_t blocked;\n",
     "    uint8_t blocked;\n    uint8_t online;\n", "xen_domctl_getvcpuinfo.online:"),
    ("memory.h", "    uint32_t nr_frames; //", "    uint64_t nr_frames; //",
     "xen_mem_acquire_resource.nr_frames:"),
    ("domctl.h", "int32_t max_grant_frames;", "uint32_t max_grant_frames;",
     "xen_domctl_createdomain.max_grant_frames: unsigned"),
    ("sysctl.h", "    uint64_t max_mfn;\n", "", "xen_sysctl_physinfo: 104 bytes; Xen: 112"),
    ("sched.h", "    int32_t pcpu;", "    int32_t cpu;", "sched_pin_override.cpu: not in"),
    ("xen.h", "    uint32_t wc_sec;\n", "    uint32_t _pad0;\n", "shared_info._pad0: covers Xen's"),
    ("sched.h", "#define SCHEDOP_yield 0U", "#define SCHEDOP_yield 0U\n#define SCHEDOP_nap 9U",
     "SCHEDOP_nap: not in"),
)


@pytest.mark.parametrize("name,old,new,report", MUTATIONS,
                         ids=[m[3].split(":")[0] for m in MUTATIONS])
def test_a_change_is_seen(tmp_path, theirs, name, old, new, report):
    """The comparison on a changed copy, with the headers' own checks taken out."""
    shutil.copytree(INCLUDE, tmp_path / "include")
    layout = tmp_path / "include" / "xen" / "layout.h"
    layout.write_text("#pragma once\n#include <stdint.h>\n#define XEN_ABI_SIZE(t, b) struct abi\n"
                      "#define XEN_ABI_OFFSET(t, m, b) struct abi\n", encoding="ascii")
    changed = tmp_path / "include" / "xen" / name
    text = changed.read_text(encoding="ascii")
    assert text.count(old) == 1
    changed.write_text(text.replace(old, new), encoding="ascii")
    problems, _ = compare(our_side(tmp_path, tmp_path / "include"), theirs)
    assert [p for p in problems if p.startswith(report)], problems


def test_own_checks_work(tmp_path):
    """A structure that changes its size does not even compile."""
    shutil.copytree(INCLUDE, tmp_path / "include")
    changed = tmp_path / "include" / "xen" / "sysctl.h"
    text = changed.read_text(encoding="ascii")
    changed.write_text(text.replace("    uint64_t max_mfn;\n", ""), encoding="ascii")
    with pytest.raises(RuntimeError, match="size of struct xen_sysctl_physinfo"):
        our_side(tmp_path, tmp_path / "include")
