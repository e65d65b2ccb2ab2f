// SPDX-License-Identifier: Apache-2.0
// Indices that a guest chose (R5): after the bound check the index is masked, so that a CPU which
// speculates past the check cannot read beyond the array.
#pragma once
#include <core/types.h>

// `i` if i < n, else 0, without a branch. The caller has refused i >= n already. n < 2^63.
static inline uint64_t index_nospec(uint64_t i, uint64_t n) {
    __asm__("" : "+r"(i)); // hides what the check proved, else the mask is optimised away
    return i & (uint64_t)((int64_t)(i - n) >> 63);
}
