// SPDX-License-Identifier: Apache-2.0
// A call to the firmware below EL2 (SMCCC 1.1): function and three arguments, first result.
#pragma once
#include <core/types.h>

static inline int64_t smc_call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3) {
    register uint64_t x0 __asm__("x0") = fn;
    register uint64_t x1 __asm__("x1") = a1;
    register uint64_t x2 __asm__("x2") = a2;
    register uint64_t x3 __asm__("x3") = a3;
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                       "x16", "x17", "memory");
    return (int64_t)x0;
}

// May a guest's SMCCC_ARCH_WORKAROUND_<n> (n 1..3) be forwarded? What ARCH_FEATURES of the firmware
// said.
int32_t firmware_workaround(unsigned n);
