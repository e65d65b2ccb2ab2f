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
static inline bool cpu_interrupt_waits(void) {
    uint64_t isr;
    __asm__ volatile("mrs %0, isr_el1" : "=r"(isr));
    return isr & (1U << 7); // I
}
static inline void cpu_relax(void) { __asm__ volatile("yield" ::: "memory"); }

// A relaxed load whose address arithmetic the compiler folds into the instruction (gcc 12 does not
// do it for the atomic builtins); for flags that are looked at on every exit.
#define peek_word(p) (*(const volatile __typeof__(*(p)) *)(p))
// The same of a pointer that was published by store_release: what it points to is ordered after it
// by the address dependency (Arm ARM B2.3).
#define peek_pointer(p) peek_word(p)

// One try of *p |= bits, acquire and release; *old is what was there. Without another's store in
// between it succeeds at once.
static inline bool try_or64(uint64_t *p, uint64_t bits, uint64_t *old) {
    uint64_t sum;
    uint32_t lost;
    __asm__ volatile("ldaxr %0, [%3]\n\torr %1, %0, %4\n\tstlxr %w2, %1, [%3]"
                     : "=&r"(*old), "=&r"(sum), "=&r"(lost)
                     : "r"(p), "r"(bits)
                     : "memory");
    return !lost;
}
