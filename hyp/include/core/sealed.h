// SPDX-License-Identifier: Apache-2.0
// The sealed image of a static domain: kernel, ramdisk and device tree where the loader put them,
// in memory that nobody gets, from which its own memory is filled. One user at a time: boot, or the
// restart.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct domain;

#define SEALED_PIECES 3
#define SEALED_MORE 1

struct sealed_piece {
    pa_t from;
    uint64_t size;
    ipa_t to;
};

struct sealed {
    struct sealed_piece piece[SEALED_PIECES];
    uint8_t nr, at;  // at: the one being copied
    uint64_t copied; // bytes of it
    ipa_t entry, fdt;
};

// Copies the next SEALED_STEP pages. 0: all is there; SEALED_MORE; -EFAULT: the domain has no RAM
// there.
int sealed_load_step(struct domain *d) must_check;
