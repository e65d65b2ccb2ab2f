// SPDX-License-Identifier: Apache-2.0
// The benchmark guest's rows: a name and a function that triggers something once and
// tells how many ticks it took. Runs on Xen and Cofferdam alike; bench/run.py starts it
// so that a tick is an instruction.
#pragma once

#include "rt.h"

#define SHOT_FAILED UINT64_MAX
#define SHOT_LIMIT 100000000U // ticks until a shot counts as lost

struct row {
    const char *name;
    bool (*setup)(void);            // NULL: none; false: the row cannot be measured
    uint64_t (*shot)(uint32_t nth); // ticks, or SHOT_FAILED
    void (*finish)(void);           // NULL: none
    uint32_t n;
};

extern const struct row trap_rows[], irq_rows[], event_rows[], smp_rows[];
