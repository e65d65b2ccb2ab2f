// SPDX-License-Identifier: Apache-2.0
// The benchmark guest: with one vCPU the rows of a single CPU, with more the rows between two.
// Prints "ROW name median min max n", ticks, and powers off.

#include "bench.h"

#define WARM 3U
#define MAX_SHOTS 1000U

static uint64_t shots[MAX_SHOTS];

static void sort(uint64_t *v, uint32_t n) {
    for (uint32_t gap = n / 2U; gap != 0; gap /= 2U) {
        for (uint32_t i = gap; i < n; i++) {
            uint64_t x = v[i];
            uint32_t j = i;
            for (; j >= gap && v[j - gap] > x; j -= gap) {
                v[j] = v[j - gap];
            }
            v[j] = x;
        }
    }
}

static void run(const struct row *row) {
    bool ok = row->setup == NULL || row->setup();
    for (uint32_t i = 0; ok && i < WARM + row->n; i++) {
        uint64_t t = row->shot(i);
        ok = t != SHOT_FAILED;
        if (i >= WARM) {
            shots[i - WARM] = t;
        }
    }
    if (row->finish != NULL) {
        row->finish();
    }
    if (!ok) {
        rt_printf("LOST %s\n", row->name);
        return;
    }
    sort(shots, row->n);
    rt_printf("ROW %s %lu %lu %lu %u\n", row->name, shots[row->n / 2U], shots[0],
              shots[row->n - 1U], row->n);
}

static void run_all(const struct row *rows) {
    for (; rows->name != NULL; rows++) {
        run(rows);
    }
}

void rt_main(void) {
    uint64_t boot = rt_cpus[0].first_tick;
    rt_printf("bench: %u vCPUs, GICv%u, %lu Hz\n", rt_platform.nr_cpus, rt_platform.gic_version,
              RT_READ(cntfrq_el0));
    if (rt_platform.nr_cpus > 1U) {
        run_all(smp_rows);
    } else {
        rt_printf("ROW boot %lu %lu %lu 1\n", boot, boot, boot);
        run_all(trap_rows);
        run_all(irq_rows);
        run_all(event_rows);
    }
    rt_printf("DONE\n");
}
