// SPDX-License-Identifier: Apache-2.0
// Address translation by the hardware, as the loaded guest's EL1 would do it (Arm ARM D8.15). The
// result has PAR_EL1's layout; PAR_EL1 itself is the guest's and is put back (R19). The fake walks
// its own map.
#pragma once
#include <arm64/sysreg.h>

#define TRANSLATE(name, read_op, write_op)                                                         \
    static inline uint64_t name(uint64_t va, bool write) {                                         \
        uint64_t guests = read_par_el1(), par;                                                     \
        if (write)                                                                                 \
            __asm__ volatile("at " write_op ", %0" ::"r"(va));                                     \
        else                                                                                       \
            __asm__ volatile("at " read_op ", %0" ::"r"(va));                                      \
        isb(); /* the result is in PAR_EL1 */                                                      \
        par = read_par_el1();                                                                      \
        write_par_el1(guests);                                                                     \
        return par;                                                                                \
    }

TRANSLATE(translate_s12, "s12e1r", "s12e1w") // stages 1 and 2: a machine address
TRANSLATE(translate_s1, "s1e1r", "s1e1w")    // stage 1 alone: a guest physical address
