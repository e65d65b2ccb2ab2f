// SPDX-License-Identifier: Apache-2.0
// memory_op's two halves: reservations (memory.c) and the physical map (physmap.c).
#pragma once
#include "hypercall.h"
#include <xen/memory.h>

// A continuation's progress is in the command's bits from here up: list entries done, for the
// reservations frames done.
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK MASK(MEMOP_EXTENT_SHIFT - 1, 0)
#define MEMOP_MAX_PROGRESS (~0ULL >> MEMOP_EXTENT_SHIFT)

int64_t physmap_add_op(struct vcpu *v, guest_ptr_t arg);
int64_t physmap_add_batch(struct vcpu *v, uint64_t *args);
int64_t physmap_remove_op(struct vcpu *v, guest_ptr_t arg);
int64_t vnuma_get(struct vcpu *v, guest_ptr_t arg);
int64_t physmap_acquire_resource(struct vcpu *v, uint64_t *args);
