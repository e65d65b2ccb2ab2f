// SPDX-License-Identifier: Apache-2.0
// struct xenctl_bitmap in guest memory as a mask: bits beyond what a mask holds are read as nothing
// and written as 0, bytes that the guest has no room for are not touched. -EFAULT.
#pragma once
#include "hypercall.h"
#include <xen/xen.h>

static inline int cpumap_read(const struct xenctl_bitmap *map, uint32_t *mask) {
    uint8_t bytes[sizeof(*mask)] = {0};
    size_t len = (map->nr_bits + 7ULL) / 8;
    int err = guest_read(bytes, guest_ptr_of(map->bitmap.q), MIN(len, sizeof(bytes)));
    if (map->nr_bits < 32)
        bytes[map->nr_bits / 8] &= (uint8_t)((1U << map->nr_bits % 8) - 1);
    memcpy(mask, bytes, sizeof(*mask));
    return err;
}

#define CPUMAP_BYTES 64 // the most that is written; longer maps keep their rest

static inline int cpumap_write(const struct xenctl_bitmap *map, uint32_t mask) {
    uint8_t bytes[CPUMAP_BYTES] = {0};
    size_t len = (map->nr_bits + 7ULL) / 8;
    if (map->nr_bits < 32)
        mask &= (1U << map->nr_bits) - 1;
    memcpy(bytes, &mask, sizeof(mask));
    return guest_write(guest_ptr_of(map->bitmap.q), bytes, MIN(len, sizeof(bytes)));
}
