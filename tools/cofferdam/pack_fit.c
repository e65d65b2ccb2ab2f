// SPDX-License-Identifier: Apache-2.0
// For U-Boot: a FIT image whose parts have their load addresses, and a script that boots it. U-Boot
// gives what it starts a device tree; where the hypervisor wants a blob in its place, it starts the
// first page of system.raw, which does that, and the tree is an empty one.
#include "arena.h"
#include "pack.h"
#include <libfdt.h>
#include <string.h>

static const char *image(const char *name, const char *file, const char *type, const char *more,
                         uint64_t load) {
    return take_text("        %s {\n"
                     "            description = \"%s\";\n"
                     "            data = /incbin/(\"%s\");\n"
                     "            type = \"%s\";\n"
                     "            arch = \"arm64\";\n"
                     "            compression = \"none\";\n"
                     "            load = <0x%llx 0x%llx>;\n%s"
                     "            hash { algo = \"sha256\"; };\n"
                     "        };\n",
                     name, name, file, type, (unsigned long long)(load >> 32),
                     (unsigned long long)(load & 0xffffffff), more);
}

static const char *kernel(const char *name, uint64_t at) {
    return image(name, name, "kernel",
                 take_text("            os = \"linux\";\n            entry = <0x%llx 0x%llx>;\n",
                           (unsigned long long)(at >> 32), (unsigned long long)(at & 0xffffffff)),
                 at);
}

static void add(const char **images, const char **loadables, const char *name, uint64_t at) {
    *images = take_text("%s%s", *images, image(name, name, "firmware", "", at));
    *loadables = take_text("%s%s\"%s\"", *loadables, **loadables ? ", " : "", name);
}

// `blob`: its address, 0 for a device tree.
static const char *source(const struct plan *p, uint64_t blob) {
    const char *first = blob ? "system.head" : "hypervisor", *loadables = "";
    const char *images = kernel(first, blob ? blob - PAGE_SIZE : p->hypervisor_base);

    images =
        take_text("%s%s", images,
                  image("tree", blob ? "empty.dtb" : "system.dtb", "flat_dt", "", p->tree_base));
    if (blob) {
        add(&images, &loadables, "hypervisor", p->hypervisor_base);
        add(&images, &loadables, "system.blob", blob);
    }
    for (unsigned i = 0; i < p->nr_modules; i++)
        add(&images, &loadables, p->modules[i].name, p->modules[i].base);
    return take_text("/dts-v1/;\n/ {\n"
                     "    description = \"%s\";\n    #address-cells = <2>;\n"
                     "    images {\n%s    };\n"
                     "    configurations {\n        default = \"system\";\n"
                     "        system {\n            kernel = \"%s\";\n"
                     "            fdt = \"tree\";\n%s        };\n    };\n};\n",
                     p->model.name.s, images, first,
                     *loadables ? take_text("            loadables = %s;\n", loadables) : "");
}

// What only a system with a blob needs.
static bool write_head(const struct plan *p, const char *folder, uint64_t blob) {
    _Alignas(8) uint8_t page[PAGE_SIZE] = {0}, tree[1024];

    pack_raw_head(page, p, blob, sizeof(page));
    return !fdt_create_empty_tree(tree, sizeof(tree)) &&
           pack_write(folder, "system.head", page, sizeof(page)) &&
           pack_write(folder, "empty.dtb", tree, sizeof(tree));
}

bool pack_fit(const struct plan *p, const char *folder) {
    char *fit[] = {"mkimage", "-f", "system.its", "system.itb", NULL};
    char *script[] = {"mkimage", "-A", "arm64",    "-T",       "script", "-C",
                      "none",    "-d", "boot.cmd", "boot.scr", NULL};
    uint64_t bytes = 1 << 20, at, blob = p->setup->blob ? pack_raw_tree(p) : 0;

    if (p->setup->blob && (!blob || !write_head(p, folder, blob)))
        return false;
    for (unsigned i = 0; i < p->nr_modules; i++)
        bytes += p->modules[i].size + PAGE_SIZE;
    at = layout_room(p, bytes + p->hypervisor_size + p->tree_size, 2 << 20);
    if (!at) {
        fputs("cofferdam: no room in RAM to load system.itb; give the board more memory\n", stderr);
        return false;
    }
    const char *boot =
        take_text("# U-Boot: load the system, leave its tree where it is, start it.\n"
                  "setenv fdt_high 0xffffffffffffffff\n"
                  "load ${devtype} ${devnum}:${distro_bootpart} 0x%llx "
                  "${prefix}system.itb\n"
                  "bootm 0x%llx#system\n",
                  (unsigned long long)at, (unsigned long long)at);
    return pack_print(folder, "system.its", source(p, blob)) &&
           pack_print(folder, "boot.cmd", boot) && pack_call(folder, fit) &&
           pack_call(folder, script);
}
