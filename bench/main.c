// SPDX-License-Identifier: Apache-2.0
// The benchmark guest: the groups of rows that its boot arguments name, or with none and one vCPU
// the rows of a single CPU, with more the rows between two.
// Prints "ROW name median min max n", ticks, and powers off.

#include "bench.h"

#define WARM 3U
#define MAX_SHOTS 1000U
#define OTHERS_BEGIN 50000000U // ticks until other guests have begun too, before any prints

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

static void boot_row(const char *name) {
    uint64_t boot = rt_cpus[0].first_tick;
    rt_printf("ROW %s %lu %lu %lu 1\n", name, boot, boot, boot);
}

static const struct group {
    const char *name;
    const struct row *rows;
} groups[] = {
    {"traps", trap_rows},
    {"irqs", irq_rows},
    {"timers", timer_rows},
    {"spi", spi_rows},
    {"events", event_rows},
    {"memory", memory_rows},
    {"smp", smp_rows},
    {"2v-1p", events_2v_1p_rows},
    {"2v-2p", events_2v_2p_rows},
    {"2d-1p", pair_1p_rows},
    {"2d-2p", pair_2p_rows},
    {"link-block", link_block_rows},
    {"link-spin", link_spin_rows},
};

static bool named(const char *list, const char *name) {
    for (const char *p = list; *p != '\0';) {
        const char *n = name;
        for (; *n != '\0' && *p == *n; n++) {
            p++;
        }
        if (*n == '\0' && (*p == ' ' || *p == '\0')) {
            return true;
        }
        while (*p != ' ' && *p != '\0') {
            p++;
        }
        while (*p == ' ') {
            p++;
        }
    }
    return false;
}

void rt_main(void) {
    const char *list = rt_platform.bootargs;
    if (*list == '\0') {
        list = rt_platform.nr_cpus > 1U ? "smp 2v-2p" : "boot traps irqs spi events memory";
    }
    rt_printf("bench: %u vCPUs, GICv%u, %lu Hz: %s\n", rt_platform.nr_cpus, rt_platform.gic_version,
              RT_READ(cntfrq_el0), list);
    if (named(list, "boot")) {
        boot_row("boot");
    }
    if (named(list, "boot-3") && timer_setup()) {
        (void)timer_sleep(OTHERS_BEGIN, 1);
        boot_row("boot_3_guests");
    }
    if (named(list, "answer-block") || named(list, "answer-spin")) {
        answer_link(named(list, "answer-block"));
    }
    if (named(list, "restart")) {
        rt_shutdown(SHUTDOWN_reboot);
    }
    for (uint32_t i = 0; i < RT_NR(groups); i++) {
        if (named(list, groups[i].name)) {
            run_all(groups[i].rows);
        }
    }
    rt_printf("DONE\n");
}
