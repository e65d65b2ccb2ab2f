// SPDX-License-Identifier: Apache-2.0
// One raw image: a page that loads x0 with the device tree's (or blob's) address and jumps to the
// hypervisor, then the tree, the hypervisor and the modules at their distances. The page is an
// arm64 Image header too, so QEMU's -kernel takes the file; a loader puts it at system.start and
// enters it there.
#include "arena.h"
#include "pack.h"
#include <string.h>

#define BRANCH_TO_CODE 0x14000010 // b .+0x40
#define LITTLE_4K 2               // flags: little endian, 4 KiB pages, near the start of RAM

static void put(uint8_t *at, uint64_t v, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

void pack_raw_head(uint8_t *page, const struct plan *p, uint64_t tree, uint64_t size) {
    static const uint32_t code[] = {
        0x580000c0, // ldr x0, tree
        0x580000e4, // ldr x4, entry
        0xaa1f03e1, // mov x1, xzr
        0xaa1f03e2, // mov x2, xzr
        0xaa1f03e3, // mov x3, xzr
        0xd61f0080, // br x4
    };

    put(page, BRANCH_TO_CODE, 4);
    put(page + 8, tree - PAGE_SIZE - p->machine.ram[0].base, 8);
    put(page + 16, size, 8);
    put(page + 24, LITTLE_4K, 8);
    memcpy(page + 56, "ARM\x64", 4);
    for (unsigned i = 0; i < sizeof(code) / sizeof(*code); i++)
        put(page + 0x40 + 4 * i, code[i], 4);
    put(page + 0x58, tree, 8);
    put(page + 0x60, p->hypervisor_base, 8);
}

uint64_t pack_raw_tree(const struct plan *p) {
    uint64_t room = (p->tree_size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);

    if (room + 2 * PAGE_SIZE <= p->hypervisor_base - p->machine.ram[0].base)
        return p->hypervisor_base - room;
    fputs("cofferdam: no room below the hypervisor for the device tree or blob\n", stderr);
    return 0;
}

bool pack_raw(const struct plan *p, const char *folder) {
    uint64_t tree = pack_raw_tree(p), start = tree - PAGE_SIZE;
    uint64_t end = p->hypervisor_base + image_memory(p->hypervisor, p->hypervisor_size);
    uint8_t *all;

    if (!tree)
        return false;
    for (unsigned i = 0; i < p->nr_modules; i++)
        if (p->modules[i].base + p->modules[i].size > end)
            end = p->modules[i].base + p->modules[i].size;
    all = take(end - start);
    pack_raw_head(all, p, tree, end - start);
    memcpy(all + (tree - start), p->tree, p->tree_size);
    memcpy(all + (p->hypervisor_base - start), p->hypervisor, p->hypervisor_size);
    for (unsigned i = 0; i < p->nr_modules; i++)
        memcpy(all + (p->modules[i].base - start), p->modules[i].data, p->modules[i].size);
    return pack_write(folder, "system.raw", all, end - start) &&
           pack_print(folder, "system.start", take_text("0x%llx\n", (unsigned long long)start));
}
