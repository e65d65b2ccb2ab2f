// SPDX-License-Identifier: Apache-2.0
// Storage of the fake system registers: one object a row of arm64/sysreg_list.h.
#include <arm64/sysreg.h>
#include <stdio.h>
#include <stdlib.h>

#undef SYSREG_READ
#undef SYSREG_WRITE
#undef SYSREG
#define SYSREG_READ(name, encoding) struct fake_reg fake_##name;
#define SYSREG_WRITE(name, encoding) struct fake_reg fake_##name;
#define SYSREG(name, encoding) struct fake_reg fake_##name;
#include <arm64/sysreg_list.h>

static struct fake_reg *touched[512];
static unsigned nr_touched;

// What PMXEVCNTR and PMXEVTYPER are depends on PMSELR.
static struct fake_reg counter[2][32];
static struct fake_reg *banked(struct fake_reg *r) {
    if (r != &fake_pmxevcntr_el0 && r != &fake_pmxevtyper_el0)
        return r;
    return &counter[r == &fake_pmxevtyper_el0][fake_pmselr_el0.value & 31];
}

uint64_t fake_reg_read(struct fake_reg *r, const char *name) {
    r = banked(r);
    if (!r->set) {
        fprintf(stderr, "read of %s, which nobody set\n", name);
        abort();
    }
    return r->value;
}

void fake_reg_write(struct fake_reg *r, const char *name, uint64_t v) {
    r = banked(r);
    if (!r->set && nr_touched < ARRAY_SIZE(touched))
        touched[nr_touched++] = r;
    r->name = name;
    r->set = true;
    r->value = v;
}

void fake_regs_reset(void) {
    while (nr_touched)
        *touched[--nr_touched] = (struct fake_reg){0};
}
