// SPDX-License-Identifier: Apache-2.0
// Inline half of arch/cpu.h on arm64.
#pragma once
#include <core/types.h>

struct percpu;

static inline struct percpu *this_cpu(void) {
    struct percpu *p;
    __asm__("mrs %0, tpidr_el2" : "=r"(p));
    return p;
}
static inline void cpu_relax(void) { __asm__ volatile("yield" ::: "memory"); }

// A relaxed load whose address arithmetic the compiler folds into the instruction (gcc 12 does not
// do it for the atomic builtins); for flags that are looked at on every exit.
#define peek_word(p) (*(const volatile __typeof__(*(p)) *)(p))
