// SPDX-License-Identifier: Apache-2.0
// The guest's general registers as vectors.S lays them out, and PSTATE bits.
#pragma once
#include <core/types.h>

struct regs {
    uint64_t x[31];
    uint64_t elr;   // where the guest goes on
    uint64_t spsr;  // its PSTATE
    uint64_t traps; // exceptions that have come to EL2 (not the guest's, not reset)
};
_Static_assert(sizeof(struct regs) == 272, "vectors.S: FRAME_SIZE");

#define PSR_N BIT(31)
#define PSR_SS BIT(21)
#define PSR_D BIT(9)
#define PSR_A BIT(8)
#define PSR_I BIT(7)
#define PSR_F BIT(6)
#define PSR_T BIT(5) // AArch32
#define PSR_M_AARCH32 BIT(4)
#define PSR_M_MASK 0x1fULL
#define PSR_M_EL0T 0x0ULL
#define PSR_M_EL1T 0x4ULL
#define PSR_M_EL1H 0x5ULL
#define PSR_M_USR 0x10ULL
#define PSR_M_SVC 0x13ULL
#define PSR_DAIF (PSR_D | PSR_A | PSR_I | PSR_F)
