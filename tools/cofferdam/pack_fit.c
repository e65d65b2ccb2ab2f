// SPDX-License-Identifier: Apache-2.0
// For U-Boot: a FIT image whose parts have their load addresses, and a script that boots it.
#include "arena.h"
#include "pack.h"
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

static const char *source(const struct plan *p) {
    uint64_t at = p->hypervisor_base;
    const char *images, *loadables = "";

    images = image("hypervisor", "hypervisor", "kernel",
                   take_text("            os = \"linux\";\n            entry = <0x%llx 0x%llx>;\n",
                             (unsigned long long)(at >> 32), (unsigned long long)(at & 0xffffffff)),
                   at);
    images = take_text("%s%s", images, image("tree", "system.dtb", "flat_dt", "", p->tree_base));
    for (unsigned i = 0; i < p->nr_modules; i++) {
        const struct module *m = &p->modules[i];
        images = take_text("%s%s", images, image(m->name, m->name, "firmware", "", m->base));
        loadables = take_text("%s%s\"%s\"", loadables, i ? ", " : "", m->name);
    }
    return take_text("/dts-v1/;\n/ {\n"
                     "    description = \"%s\";\n    #address-cells = <2>;\n"
                     "    images {\n%s    };\n"
                     "    configurations {\n        default = \"system\";\n"
                     "        system {\n            kernel = \"hypervisor\";\n"
                     "            fdt = \"tree\";\n%s        };\n    };\n};\n",
                     p->model.name.s, images,
                     *loadables ? take_text("            loadables = %s;\n", loadables) : "");
}

bool pack_fit(const struct plan *p, const char *folder) {
    char *fit[] = {"mkimage", "-f", "system.its", "system.itb", NULL};
    char *script[] = {"mkimage", "-A", "arm64",    "-T",       "script", "-C",
                      "none",    "-d", "boot.cmd", "boot.scr", NULL};
    uint64_t bytes = 1 << 20, at;

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
                  "bootm 0x%llx\n",
                  (unsigned long long)at, (unsigned long long)at);
    return pack_print(folder, "system.its", source(p)) && pack_print(folder, "boot.cmd", boot) &&
           pack_call(folder, fit) && pack_call(folder, script);
}
