// SPDX-License-Identifier: Apache-2.0
// Arch contract: the monotonic counter and this CPU's one-shot EL2 timer (Arm: CNTPCT, CNTHP).
#pragma once
#include <core/types.h>

// Nanoseconds since the counter's origin at boot; monotonic, the same on all CPUs.
uint64_t time_ns(void);
// Counter ticks, and conversions that do not overflow for 500 years.
uint64_t time_ticks(void);
uint64_t time_ticks_to_ns(uint64_t ticks);
uint64_t time_ns_to_ticks(uint64_t ns);
// Programs this CPU's EL2 timer for `deadline` (ns); UINT64_MAX switches it off.
void time_set_deadline(uint64_t deadline_ns);
