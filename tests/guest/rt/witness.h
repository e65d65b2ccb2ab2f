// SPDX-License-Identifier: Apache-2.0
// The witness: a small domain that looks after itself while others attack. It keeps patterns in its
// memory, general, SIMD and system registers, counts its timer's ticks and answers events.
#pragma once

#include "domain.h"

/** Make the witness, on CPU `cpu`. */
bool rt_witness_create(struct rt_domain *w, uint32_t cpu);

/** Ping the witness and wait until it has answered, ticked, and found all its patterns again. */
void rt_witness_check(struct rt_domain *w, const char *name);

/** Write a pattern made from `seed` to every register that the witness watches. */
void rt_registers_fill(uint64_t seed);
