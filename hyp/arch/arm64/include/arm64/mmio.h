// SPDX-License-Identifier: Apache-2.0
// Emulated registers (R21): ranges of guest physical addresses with a handler. Decoded by abort.c
// from a valid instruction syndrome; the table of a domain is filled at creation and const while it
// runs.
#pragma once
#include <arm64/trap.h>
#include <core/addr.h>

struct mmio_access {
    uint64_t offset; // from the range's base
    uint64_t
        value; // write: data, zero-extended; read: the handler fills it (low `size` bytes count)
    uint32_t size;  // bytes: 1, 2, 4, 8; offset is aligned to it
    uint32_t write; // a bool; as wide as this nothing between them is to be cleared
};

// TRAP_DONE: done. TRAP_AGAIN: in part, interrupts are due a look. TRAP_INJECT: the guest takes an
// external abort (bad size or alignment for that register).
typedef enum trap_result mmio_handler(struct vcpu *v, struct mmio_access *a, void *arg);

struct mmio_range {
    uint64_t base, size; // IPA, bytes
    mmio_handler *fn;
    void *arg;
};
#define MMIO_RANGES 12

struct domain;
// Adds a range; -ENOSPC when the table is full, -EINVAL when it overlaps. Domain creation only.
int mmio_add(struct domain *d, ipa_t base, uint64_t size, mmio_handler *fn, void *arg) must_check;
