// SPDX-License-Identifier: Apache-2.0
// Function names for backtraces.
#pragma once
#include <core/types.h>

#define SYMBOLS_SIZE 0xa000 // bytes kept in the image for the table

// The function that holds `offset` (bytes from the image's start) and how far in; NULL if not
// known.
const char *symbol_at(uint64_t offset, uint64_t *from_start);
