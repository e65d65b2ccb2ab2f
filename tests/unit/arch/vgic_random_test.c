// SPDX-License-Identifier: Apache-2.0
// arch/arm64/vgic*.c under random operations of guests, devices and CPUs, with four vCPUs on three
// CPUs of two list registers: no interrupt is lost (an event after the last acknowledge is
// acknowledged in the end), none is invented (never more acknowledges than events), none comes
// while it is disabled.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/vgic.h>
#include <core/irq.h>

#include "fake_gic.h"

#include <cmocka.h> // last: its fail() is a macro

#define V(i) (&fake_vcpu[i])
#define D (&fake_domain)
#define OPS 3000
#define SEEDS 150

enum { SPI = 40, LEVEL = 60, EDGE = 64, LAST = 68, VTIMER = 27, PPI = 20 };

struct event {
    unsigned count, taken; // since the last quiet moment
    bool must;             // one is owed
};
static struct event priv_event[FAKE_VCPUS][32][FAKE_VCPUS], spi_event[FAKE_IRQS];
static bool priv_on[FAKE_VCPUS][32], spi_on[FAKE_IRQS], line[FAKE_IRQS], timer_line[FAKE_VCPUS];
static struct {
    uint32_t id[256];
    unsigned count;
} active[FAKE_VCPUS];
static unsigned version, groups, current, step, current;

static unsigned pick(unsigned n) { return (unsigned)rand() % n; }

static struct event *event_of(unsigned vcpu, uint32_t id, unsigned source) {
    return id < 32 ? &priv_event[vcpu][id][version == 2 && id < 16 ? source : 0] : &spi_event[id];
}
static bool *enable_of(unsigned vcpu, uint32_t id) {
    return id < 32 ? &priv_on[vcpu][id] : &spi_on[id];
}
static void happened(struct event *e) {
    e->count++;
    e->must = true;
}

static uint32_t any_id(void) {
    static const uint32_t ids[] = {0,         1,       2,        PPI,     PPI + 1, VTIMER,
                                   SPI,       SPI + 1, SPI + 2,  SPI + 3, SPI + 4, LEVEL,
                                   LEVEL + 1, EDGE,    EDGE + 1, EDGE + 2};
    return ids[pick(sizeof(ids) / sizeof(ids[0]))];
}

// A vCPU that runs: it may touch registers on its CPU.
static struct vcpu *runner(void) {
    unsigned cpu = pick(FAKE_CPUS);
    struct vcpu *v = fake_loaded(cpu);
    fake_on(cpu);
    return v && v->state == VCPU_RUNNING ? v : NULL;
}

static void set_enable(struct vcpu *by, unsigned vcpu, uint32_t id, bool on) {
    struct vcpu *bank = version == 3 ? V(vcpu) : by;
    fake_write(by, fake_bank(bank, id) + (on ? 0x100 : 0x180) + id / 32 * 4, 1u << id % 32);
    *enable_of(bank->id, id) = on;
    fake_run_all();
}

static void op_inject(void) {
    unsigned vcpu = pick(FAKE_VCPUS);
    uint32_t id = any_id();
    if (id < 16 || id == VTIMER || id >= LEVEL)
        return;
    fake_on(pick(FAKE_CPUS));
    vgic_inject(V(vcpu), id);
    happened(event_of(vcpu, id, 0));
}

static void op_device(void) {
    unsigned k = pick(4);
    fake_on(pick(FAKE_CPUS));
    if (k == 0) {
        unsigned vcpu = pick(FAKE_VCPUS);
        if (!timer_line[vcpu])
            happened(event_of(vcpu, VTIMER, 0));
        fake_vtimer_line(V(vcpu), timer_line[vcpu] = true);
    } else if (k < 3) {
        uint32_t id = LEVEL + pick(2);
        if (!line[id])
            happened(&spi_event[id]);
        fake_line(id, line[id] = true);
    } else {
        uint32_t id = EDGE + pick(3);
        fake_edge(id);
        happened(&spi_event[id]);
    }
}

static void op_sgi(void) {
    struct vcpu *v = runner();
    if (!v)
        return;
    uint32_t mask = pick(16), sgi = pick(3);
    if (version == 2)
        fake_write(v, FAKE_GICD + 0xf00, mask << 16 | sgi);
    else
        vgic_sgi1r(v, mask | (uint64_t)sgi << 24);
    for (unsigned t = 0; t < FAKE_VCPUS; t++)
        if (mask >> t & 1)
            happened(event_of(t, sgi, v->id));
}

static void ack(unsigned cpu) {
    struct vcpu *v = fake_loaded(cpu);
    unsigned source = 0;
    if (!v || v->state != VCPU_RUNNING || active[v->id].count > 200)
        return;
    fake_on(cpu);
    uint32_t id = fake_guest_ack(cpu, &source);
    if (id == FAKE_SPURIOUS)
        return;
    struct event *e = event_of(v->id, id, source);
    active[v->id].id[active[v->id].count++] = id;
    if (!*enable_of(v->id, id) || !(groups & 2 >> (version == 2)))
        fail_msg("seed %u step %u: %u came to vCPU %u while disabled", current, step, id, v->id);
    if (++e->taken > e->count)
        fail_msg("seed %u step %u: %u invented on vCPU %u", current, step, id, v->id);
    e->must = false;
    // The handler serves the device, or leaves it asking.
    bool again = pick(4) == 0;
    if (id == VTIMER && timer_line[v->id]) {
        fake_vtimer_line(v, timer_line[v->id] = again);
        if (again)
            happened(e);
    } else if (id < 128 && line[id]) {
        fake_line(id, line[id] = again);
        if (again)
            happened(e);
    }
}

static void eoi(unsigned cpu, unsigned which) {
    struct vcpu *v = fake_loaded(cpu);
    if (!v || v->state != VCPU_RUNNING || which >= active[v->id].count)
        return;
    fake_on(cpu);
    fake_guest_eoi(cpu, active[v->id].id[which]);
    active[v->id].id[which] = active[v->id].id[--active[v->id].count];
}

static void op_ack(void) { ack(pick(FAKE_CPUS)); }
static void op_eoi(void) {
    unsigned cpu = pick(FAKE_CPUS);
    if (fake_loaded(cpu) && active[fake_loaded(cpu)->id].count)
        eoi(cpu, pick(active[fake_loaded(cpu)->id].count));
}
static void op_run(void) { fake_run(pick(FAKE_CPUS)); }

static void op_enable(void) {
    struct vcpu *v = runner();
    if (v)
        set_enable(v, pick(FAKE_VCPUS), any_id(), pick(2));
}

static void op_priority(void) {
    struct vcpu *v = runner();
    uint32_t id = any_id();
    uint64_t prio = pick(32) << 3;
    if (v)
        fake_mmio(v, fake_bank(v, id) + 0x400 + id, 1, true, &prio);
}

static void op_set_pending(void) {
    struct vcpu *v = runner();
    uint32_t id = any_id();
    if (!v || (version == 2 && id < 16))
        return;
    struct vcpu *bank = version == 3 && pick(2) ? V(pick(FAKE_VCPUS)) : v;
    fake_write(v, fake_bank(bank, id) + 0x200 + id / 32 * 4, 1u << id % 32);
    struct event *e = event_of(bank->id, id, 0);
    e->count++;
    e->must |= id != VTIMER; // may be absorbed by the one in hand
}

static void op_clear_pending(void) {
    struct vcpu *v = runner();
    uint32_t id = any_id();
    if (!v)
        return;
    if (id == VTIMER) // its own CPU's only, and its line stays
        return;
    if (version == 2 && id < 16) {
        uint64_t all = 0xff;
        fake_mmio(v, FAKE_GICD + 0xf10 + id, 1, true, &all);
    } else {
        fake_write(v, fake_bank(v, id) + 0x280 + id / 32 * 4, 1u << id % 32);
    }
    fake_run_all();
    for (unsigned s = 0; s < FAKE_VCPUS; s++) {
        struct event *e = event_of(v->id, id, s);
        bool still = id >= LEVEL && id < EDGE && line[id];
        *e = (struct event){.count = still, .must = still};
    }
}

static void op_route(void) {
    struct vcpu *v = runner();
    uint32_t id = any_id();
    unsigned target = pick(FAKE_VCPUS + 1); // the last: nobody
    uint64_t value = version == 3 ? target : 1u << target;
    if (v && id >= 32)
        fake_mmio(v, FAKE_GICD + (version == 3 ? 0x6000 + 8 * id : 0x800 + id),
                  version == 3 ? 8 : 1, true, &value);
}

static void op_read(void) {
    struct vcpu *v = runner();
    if (v)
        fake_read(v, FAKE_GICD + 0x200 + pick(256) * 4 % 0x200);
}

static void op_groups(void) {
    struct vcpu *v = runner();
    if (!v || pick(8))
        return;
    fake_write(v, FAKE_GICD, groups = pick(4) ? 3 : 0);
    fake_run_all();
}

static void op_switch(void) {
    unsigned cpu = pick(FAKE_CPUS), vcpu = pick(FAKE_VCPUS + 1);
    if (pick(4))
        return;
    for (unsigned i = 0; vcpu < FAKE_VCPUS && i < FAKE_CPUS; i++)
        if (fake_loaded(i) == V(vcpu))
            return;
    fake_on(cpu);
    fake_switch(vcpu < FAKE_VCPUS ? V(vcpu) : NULL);
}

static void op_wfi(void) {
    struct vcpu *v = runner();
    if (v && !v->pending && !vgic_has_deliverable(v))
        v->state = VCPU_BLOCKED;
}

static void op_mask(void) {
    struct vcpu *v = runner();
    if (v)
        fake_guest_mask(v->cpu, pick(2) ? 0xff : 0x80, 3);
}

static void open_all(void) {
    for (uint32_t id = 0; id < LAST; id++)
        for (unsigned t = 0; t < FAKE_VCPUS; t++) {
            if (id >= 32 && t)
                continue;
            fake_on(0);
            fake_switch(V(t));
            V(t)->cpu = 0;
            set_enable(V(t), t, id, true);
        }
    for (uint32_t id = 32; id < LAST; id++) {
        uint64_t value = version == 2;
        fake_mmio(fake_loaded(0), FAKE_GICD + (version == 3 ? 0x6000 + 8 * id : 0x800 + id),
                  version == 3 ? 8 : 1, true, &value);
    }
}

static void drain(void) {
    for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
        fake_on(cpu);
        fake_switch(NULL);
    }
    fake_on(0);
    fake_switch(V(0));
    fake_write(V(0), FAKE_GICD, groups = 3);
    open_all();
    for (unsigned round = 0; round < 60; round++) {
        fake_on(0);
        fake_switch(V(round % FAKE_VCPUS));
        V(round % FAKE_VCPUS)->state = VCPU_RUNNING;
        fake_guest_mask(0, 0xff, 3);
        for (unsigned i = 0; i < 40; i++) {
            ack(0);
            while (active[fake_loaded(0)->id].count)
                eoi(0, 0);
            fake_run_all();
        }
        fake_check();
    }
    for (unsigned t = 0; t < FAKE_VCPUS; t++)
        for (uint32_t id = 0; id < 32; id++)
            for (unsigned s = 0; s < FAKE_VCPUS; s++)
                if (priv_event[t][id][s].must)
                    fail_msg("seed %u: %u of vCPU %u (from %u) is lost", current, id, t, s);
    for (uint32_t id = 32; id < LAST; id++)
        if (spi_event[id].must)
            fail_msg("seed %u: %u is lost", current, id);
}

// A vCPU sleeps although it has something to take.
static void check_sleepers(void) {
    for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
        struct vcpu *v = fake_loaded(cpu);
        fake_on(cpu);
        if (v && v->state == VCPU_BLOCKED && !v->pending && vgic_has_deliverable(v))
            fail_msg("seed %u step %u: vCPU %u sleeps over an interrupt", current, step, v->id);
    }
}

static void random_run(unsigned seed) {
    static void (*const ops[])(void) = {
        op_inject,      op_inject,        op_device, op_device, op_sgi,    op_sgi,    op_ack,
        op_ack,         op_ack,           op_ack,    op_eoi,    op_eoi,    op_eoi,    op_eoi,
        op_run,         op_run,           op_run,    op_enable, op_mask,   op_switch, op_priority,
        op_set_pending, op_clear_pending, op_route,  op_read,   op_groups, op_wfi,
    };
    srand(seed);
    fake_gic_reset(version);
    memset(priv_event, 0, sizeof(priv_event));
    memset(spi_event, 0, sizeof(spi_event));
    memset(active, 0, sizeof(active));
    memset(line, 0, sizeof(line));
    memset(timer_line, 0, sizeof(timer_line));
    memset(priv_on, 0, sizeof(priv_on));
    memset(spi_on, 0, sizeof(spi_on));
    groups = 3;
    for (unsigned t = 0; t < FAKE_VCPUS; t++)
        for (uint32_t id = 0; id < 16; id++)
            priv_on[t][id] = true;
    for (uint32_t id = LEVEL; id < LAST; id++) {
        assert_int_equal(irq_assign(id, D), 0);
        if (id >= EDGE)
            fake_write(V(0), FAKE_GICD + 0xc00 + id / 16 * 4,
                       fake_read(V(0), FAKE_GICD + 0xc00 + id / 16 * 4) | 2u << id % 16 * 2);
    }
    for (step = 0; step < OPS; step++) {
        ops[pick(sizeof(ops) / sizeof(ops[0]))]();
        fake_check();
        check_sleepers();
    }
    drain();
}

static void random_operations(void **state) {
    version = *(unsigned *)*state;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        const char *only = getenv("VGIC_SEED");
        if (only && seed != (unsigned)atoi(only))
            continue;
        current = seed;
        random_run(seed);
    }
}

int main(void) {
    static unsigned two = 2, three = 3;
    const struct CMUnitTest tests[] = {
        {"random_operations v2", random_operations, NULL, NULL, &two},
        {"random_operations v3", random_operations, NULL, NULL, &three},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
