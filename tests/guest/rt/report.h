// SPDX-License-Identifier: Apache-2.0
// Checks of a payload and its verdict. Boot CPU only; what a domain made by domain.h checks counts
// for its maker.
#pragma once

#include "rt.h"

/** Note a check of a payload: prints its name if it failed, the first few times. */
void rt_check(const char *name, bool ok, uint64_t seen);

/** Count checks that were made elsewhere. */
void rt_add_checks(uint32_t more, uint32_t more_bad);

/** The verdict line from what rt_check() saw, and power off. */
_Noreturn void rt_verdict_of_checks(const char *payload);

/** Print the one verdict line of a payload and power off. */
_Noreturn void rt_verdict(const char *name, bool pass, const char *detail);

/** The number behind `name` ("rounds=") in the boot arguments, `otherwise` when it is not there. */
uint64_t rt_argument(const char *name, uint64_t otherwise);

/** A check that a call answered `want`. */
static inline void rt_expect(const char *name, int64_t got, int64_t want) {
    rt_check(name, got == want, (uint64_t)got);
}
