// SPDX-License-Identifier: Apache-2.0
// <limits.h> for libfdt's headers at EL2: the compiler's own leads to the C library's, which a
// cross compiler need not have.
#pragma once
#define INT_MAX __INT_MAX__
#define UINT_MAX (__INT_MAX__ * 2U + 1U)
