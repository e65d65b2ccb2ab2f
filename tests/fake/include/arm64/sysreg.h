// SPDX-License-Identifier: Apache-2.0
// System registers of the fake CPU: reading one that nobody set fails the test.
#pragma once
#include <core/types.h>

struct fake_reg {
    const char *name;
    bool set;
    uint64_t value;
};
uint64_t fake_reg_read(struct fake_reg *r, const char *name);
void fake_reg_write(struct fake_reg *r, const char *name, uint64_t v);
// A new CPU: every register the tests may read is unset again.
void fake_regs_reset(void);

#define SYSREG_READ(name, encoding)                                                                \
    extern struct fake_reg fake_##name;                                                            \
    static inline uint64_t read_##name(void) { return fake_reg_read(&fake_##name, #name); }
#define SYSREG_WRITE(name, encoding)                                                               \
    extern struct fake_reg fake_##name;                                                            \
    static inline void write_##name(uint64_t v) { fake_reg_write(&fake_##name, #name, v); }
#define SYSREG(name, encoding)                                                                     \
    extern struct fake_reg fake_##name;                                                            \
    static inline uint64_t read_##name(void) { return fake_reg_read(&fake_##name, #name); }        \
    static inline void write_##name(uint64_t v) { fake_reg_write(&fake_##name, #name, v); }

#include <arm64/sysreg_list.h>

static inline void isb(void) {}
static inline void dsb_sy(void) {}
static inline void dsb_ish(void) {}
static inline void dsb_ishst(void) {}
static inline void dsb_nsh(void) {}
static inline void dmb_ish(void) {}
