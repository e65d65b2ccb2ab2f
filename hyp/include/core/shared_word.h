// SPDX-License-Identifier: Apache-2.0
// Read-modify-write of words that a guest may be writing at the same moment (R12). Each try is one
// weak compare-and-swap, so a guest that hammers the word costs a bounded number of tries and then
// only itself.
#pragma once
#include <arch/atomic.h>
#include <arch/cpu.h>
#include <core/types.h>

#define SHARED_WORD_TRIES 64

// *w = (*w & ~clear) | set; *old is the value before. False when the guest never let go of the
// word.
#define SHARED_WORD_UPDATE(name, type)                                                             \
    static inline bool name(type *w, type clear, type set, type *old) {                            \
        type seen = load_relaxed(w);                                                               \
        for (unsigned i = 0; i < SHARED_WORD_TRIES; i++) {                                         \
            type want = (type)((seen & (type)~clear) | set);                                       \
            *old = seen;                                                                           \
            if (__atomic_compare_exchange_n(w, &seen, want, true, __ATOMIC_ACQ_REL,                \
                                            __ATOMIC_ACQUIRE))                                     \
                return true;                                                                       \
        }                                                                                          \
        return false;                                                                              \
    }
SHARED_WORD_UPDATE(shared_update16, uint16_t)
SHARED_WORD_UPDATE(shared_update32, uint32_t)
SHARED_WORD_UPDATE(shared_update64, uint64_t)

// *w |= set, the first try at the price of one load and one store.
static inline bool shared_or64(uint64_t *w, uint64_t set, uint64_t *old) {
    return likely(try_or64(w, set, old)) || shared_update64(w, 0, set, old);
}
