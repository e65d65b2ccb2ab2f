// SPDX-License-Identifier: Apache-2.0
// What `build` writes into a folder. The same input gives the same bytes. Each returns false after
// a message when a file cannot be written.
#pragma once
#include "plan.h"

// hypervisor, system.dtb or system.blob, the modules, qemu.json (QEMU's arguments), run.sh,
// system.map and .svg.
bool pack_folder(const struct plan *p, const char *folder);
// system.itb, boot.scr and their sources, by mkimage of Debian's u-boot-tools.
bool pack_fit(const struct plan *p, const char *folder);
// system.raw: all of it at its addresses in one file that starts itself.
bool pack_raw(const struct plan *p, const char *folder);
// Its device tree's (or blob's) address, 0 after a message: no room. Its first page, which starts
// the hypervisor with that; it is an arm64 Image of `size` bytes.
uint64_t pack_raw_tree(const struct plan *p);
void pack_raw_head(uint8_t *page, const struct plan *p, uint64_t tree, uint64_t size);

// QEMU's arguments for that folder, NULL at the end; NULL when the board is not one of QEMU's.
char **pack_qemu(const struct plan *p);

// files of pack.c
bool pack_write(const char *folder, const char *name, const void *data, size_t size);
bool pack_print(const char *folder, const char *name, const char *text);
bool pack_call(const char *folder, char *const argv[]);
