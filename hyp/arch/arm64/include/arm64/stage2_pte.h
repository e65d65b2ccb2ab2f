// SPDX-License-Identifier: Apache-2.0
// Stage-2 descriptor fields (Arm ARM D8.3.2) and what the tables need from the machine. The fake
// has its own: there the fields are rotated by level and sync/flush are recorded.
#pragma once
#include <arm64/sysreg.h>
#include <core/types.h>

#define S2_VALID BIT(0)
#define S2_TABLE BIT(1)
#define S2_NORMAL (0xfULL << 2 | 3ULL << 8) // write-back, inner shareable
#define S2_DEVICE (0x1ULL << 2 | 2ULL << 8) // nGnRE
#define S2_UNCACHED (0x5ULL << 2 | 2ULL << 8)
#define S2_READ BIT(6)
#define S2_WRITE BIT(7)
#define S2_AF BIT(10)
#define S2_XN BIT(54)
#define S2_ADDR MASK(47, 12)
#define S2_TYPE(t) ((uint64_t)(t) << 55) // software bits
#define S2_TYPE_OF(pte) FIELD(pte, 58, 55)

// Size of the guests' physical address space: what the CPU has, at most 40 bits (two root tables).
static inline uint8_t stage2_ipa_bits(void) {
    static const uint8_t bits[] = {32, 36, 40};
    uint64_t range = FIELD(read_id_aa64mmfr0_el1(), 3, 0);
    return range < sizeof(bits) ? bits[range] : 40;
}
// New entries are visible to every walker before the guest is told of them.
static inline void stage2_sync(void) {
    dsb_ishst();
    isb();
}
