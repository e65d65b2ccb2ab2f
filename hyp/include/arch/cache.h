// SPDX-License-Identifier: Apache-2.0
// Arch contract: cache maintenance; the only callers of `dc`/`ic` are behind these (R18).
#pragma once
#include <core/types.h>

// Cleans [va, va+size) to the point of coherency, so that a reader with caches off sees it. size 0:
// none.
void cache_clean(const void *va, size_t size);
// Cleans and invalidates [va, va+size) to the point of coherency.
void cache_clean_invalidate(const void *va, size_t size);
// Invalidates only (what a device wrote); lines partly outside are cleaned too.
void cache_invalidate(const void *va, size_t size);
// Zeroes [va, va+size) by the fastest way the CPU has (DC ZVA where size and alignment allow).
void cache_zero(void *va, size_t size);
// Both: zeroes that a reader with caches off sees.
void cache_zero_clean(void *va, size_t size);
// Copies whole lines: both addresses and size > 0 are multiples of 128; the ranges are apart.
void cache_copy(void *restrict to, const void *restrict from, size_t size);
// No CPU executes instructions fetched before from memory that was written (and cleaned) since.
void cache_forget_code(void);
