// SPDX-License-Identifier: Apache-2.0
// The fake firmware: the test supplies both.
#pragma once
#include <core/types.h>

int64_t smc_call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3);
int32_t firmware_workaround(unsigned n);
