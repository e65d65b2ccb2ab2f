// SPDX-License-Identifier: Apache-2.0
// Writes the seed corpus of fuzz_fdt: the test board with GICv2 and with GICv3, each without and
// with static domains. Usage: fdt_seeds DIR
#include "trees.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    static uint8_t fdt[TREE_SIZE];

    if (argc != 2)
        return 2;
    for (unsigned n = 0; n < 4; n++) {
        unsigned version = 2 + n % 2;
        char path[4096];
        FILE *f;

        tree_make(fdt, version);
        if (n >= 2)
            tree_add_domains(fdt);
        fdt_pack(fdt);
        snprintf(path, sizeof(path), "%s/%s-gicv%u.dtb", argv[1], n < 2 ? "board" : "domains",
                 version);
        f = fopen(path, "wb");
        if (!f || fwrite(fdt, 1, fdt_totalsize(fdt), f) != fdt_totalsize(fdt) || fclose(f)) {
            perror(path);
            return 1;
        }
    }
    return 0;
}
