// SPDX-License-Identifier: Apache-2.0
// What a guest reads in the identification registers: the CPU's value without what EL2 does not
// switch.
#pragma once
#include <core/types.h>

// [with a PMU][CRm][op2] of op0 3, op1 0, CRn 0; filled once at boot. CRm 0 is not trapped.
extern uint64_t idreg_value[2][8][8];

// Can a guest have AArch32 EL1?
static inline bool cpu_has_aarch32(void) { return FIELD(idreg_value[0][4][0], 7, 4) == 2; }
