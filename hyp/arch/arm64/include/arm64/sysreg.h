// SPDX-License-Identifier: Apache-2.0
// System registers: one inline function each way per register, no hidden barrier. The fake has its
// own.
#pragma once
#include <core/types.h>

#define SYSREG_READ(name, encoding)                                                                \
    static inline uint64_t read_##name(void) {                                                     \
        uint64_t v;                                                                                \
        __asm__ volatile("mrs %0, " #encoding : "=r"(v));                                          \
        return v;                                                                                  \
    }
#define SYSREG_WRITE(name, encoding)                                                               \
    static inline void write_##name(uint64_t v) {                                                  \
        __asm__ volatile("msr " #encoding ", %0" ::"r"(v));                                        \
    }
#define SYSREG(name, encoding) SYSREG_READ(name, encoding) SYSREG_WRITE(name, encoding)

#include <arm64/sysreg_list.h>

static inline void isb(void) { __asm__ volatile("isb" ::: "memory"); }
static inline void dsb_sy(void) { __asm__ volatile("dsb sy" ::: "memory"); }
static inline void dsb_ish(void) { __asm__ volatile("dsb ish" ::: "memory"); }
static inline void dsb_ishst(void) { __asm__ volatile("dsb ishst" ::: "memory"); }
static inline void dsb_nsh(void) { __asm__ volatile("dsb nsh" ::: "memory"); }
static inline void dmb_ish(void) { __asm__ volatile("dmb ish" ::: "memory"); }
