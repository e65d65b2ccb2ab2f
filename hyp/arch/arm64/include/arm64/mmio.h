// SPDX-License-Identifier: Apache-2.0
// Emulated registers (R21): ranges of guest physical addresses with a handler. Decoded by abort.c
// from a valid instruction syndrome; the table of a domain is filled at creation and const while it
// runs.
#pragma once
#include <arm64/trap.h>
#include <core/addr.h>

struct mmio_range;

// `offset` is from the range's base and a multiple of `size`, which is 1, 2, 4 or 8 bytes. A read
// leaves its value, of which the low `size` bytes count, in what is 0 before; what is written is
// zero-extended. TRAP_SKIP: done. TRAP_DONE: in part, interrupts are due a look; the guest makes
// the access again. TRAP_INJECT: it takes an external abort (bad size for that register).
typedef enum trap_result mmio_read(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size,
                                   const struct mmio_range *r);
typedef enum trap_result mmio_write(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size,
                                    const struct mmio_range *r);

struct mmio_range {
    uint64_t base, size; // IPA, bytes
    mmio_read *read;
    mmio_write *write;
    uint32_t nr; // its owner's
};
#define MMIO_RANGES 12

struct domain;
// Adds range `r`; -ENOSPC when the table is full, -EINVAL when it overlaps. Domain creation only.
int mmio_add(struct domain *d, struct mmio_range r) must_check;
