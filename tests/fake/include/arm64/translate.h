// SPDX-License-Identifier: Apache-2.0
// The fake's address translation: the test supplies both functions.
#pragma once
#include <core/types.h>

uint64_t translate_s12(uint64_t va, bool write);
uint64_t translate_s1(uint64_t va, bool write);
