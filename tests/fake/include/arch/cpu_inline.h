// SPDX-License-Identifier: Apache-2.0
// The fake CPU: tests choose which one they are.
#pragma once
#include <core/types.h>

struct percpu;
extern _Thread_local struct percpu *fake_cpu; // a thread is a CPU

static inline struct percpu *this_cpu(void) { return fake_cpu; }
extern bool fake_interrupt_waits;
static inline bool cpu_interrupt_waits(void) { return fake_interrupt_waits; }
static inline void cpu_relax(void) {}
#define peek_word(p) __atomic_load_n((p), __ATOMIC_RELAXED) // the race detector knows this one
#define peek_pointer(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
static inline bool try_or64(uint64_t *p, uint64_t bits, uint64_t *old) {
    *old = __atomic_fetch_or(p, bits, __ATOMIC_ACQ_REL);
    return true;
}
