// SPDX-License-Identifier: Apache-2.0
// Stage-2 descriptors of the fake: the same names at other places, so that a literal bit in the
// walker breaks a test instead of passing.
#pragma once
#include <core/types.h>

#define S2_VALID BIT(62)
#define S2_TABLE BIT(61)
#define S2_NORMAL BIT(3)
#define S2_DEVICE BIT(4)
#define S2_UNCACHED BIT(5)
#define S2_READ BIT(6)
#define S2_WRITE BIT(7)
#define S2_AF BIT(8)
#define S2_XN BIT(9)
#define S2_ADDR MASK(55, 12)
#define S2_TYPE(t) ((uint64_t)(t) << 56)
#define S2_TYPE_OF(pte) FIELD(pte, 59, 56)

uint8_t stage2_ipa_bits(void);
void stage2_sync(void);
