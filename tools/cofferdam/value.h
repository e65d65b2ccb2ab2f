// SPDX-License-Identifier: Apache-2.0
// Scalars of a system file, from their text. Each returns false when the text is none of its kind.
#pragma once
#include <stdbool.h>
#include <stdint.h>

bool parse_count(const char *s, uint64_t *v);   // 3
bool parse_address(const char *s, uint64_t *v); // 0x40000000
bool parse_size(const char *s, uint64_t *v);    // 64MiB; also KiB, GiB
bool parse_time(const char *s, uint64_t *v);    // 10ms, in ns; also us, s
bool parse_rate(const char *s, uint64_t *v);    // 125MHz; also Hz, kHz
bool parse_truth(const char *s, uint64_t *v);   // true, false
bool parse_cpus(const char *s, uint64_t *mask); // 2, 0-3
bool is_name(const char *s);                    // [a-z][a-z0-9-]*, at most 15

// The size or time in its largest whole unit.
const char *show_size(uint64_t bytes);
const char *show_time(uint64_t ns);
const char *show_cpus(uint64_t mask); // 0-1,3
