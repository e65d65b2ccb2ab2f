// SPDX-License-Identifier: Apache-2.0
// Debug keys: what the console (Ctrl-a three times) and `xl debug-keys` can ask. One table; each
// prints log lines, shown whatever `loglvl=` says. Runs on the CPU that took the key, interrupts
// masked; reads other CPUs' state without stopping them. Worst case: '*' on a machine with all
// domains.

#include <arch/cpu.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <core/console.h>
#include <core/domain.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/page.h>
#include <core/percpu.h>
#include <core/pool.h>
#include <lib/format.h>
#include <sched/sched.h>

static void key_help(void);
static void key_all(void);

static void for_each_domain(void (*fn)(struct domain *d)) {
    for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1U))
        fn(d);
}

static void show_domain(struct domain *d) {
    static const char *const life[] = {"alive", "dying", "dead"};
    static const char *const state[] = {"offline", "blocked", "runnable", "running"};
    log_notice("d%u: %s%s, paused %u, %llu of %llu pages, EL2 pages %u of %u", d->id,
               life[MIN(d->life, ARRAY_SIZE(life) - 1)], d->shut ? ", shut down" : "",
               d->pause_count, (unsigned long long)d->tot_pages, (unsigned long long)d->max_pages,
               d->quota.used, d->quota.pages);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        log_notice(" v%u: %s on CPU%u, upcall %s", i, state[MIN(v->state, ARRAY_SIZE(state) - 1)],
                   v->cpu, evtchn_upcall_pending(v) ? "pending" : "clear");
        arch_vcpu_dump(v);
    }
}

static void key_domains(void) { for_each_domain(show_domain); }
static void show_exits(struct domain *d) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        const struct vcpu *v = d->vcpu[i];
        log_notice("d%uv%u: %llu interrupts, exceptions by class:", d->id, i,
                   (unsigned long long)arch_vcpu_exits(v, EXIT_IRQ));
        for (unsigned cause = 0; cause < EXIT_IRQ; cause++) {
            uint64_t n = arch_vcpu_exits(v, cause);
            if (n)
                log_notice("  %#04x %llu", cause, (unsigned long long)n);
        }
    }
}

static void key_exits(void) { for_each_domain(show_exits); }
static void key_events(void) { for_each_domain(evtchn_dump); }

static void key_interrupts(void) {
    irq_dump();
    for_each_domain(vgic_dump);
}

static void key_memory(void) {
    log_notice("memory: %llu KiB, %llu KiB free", (unsigned long long)(page_total_count() << 2),
               (unsigned long long)(page_free_count() << 2));
    pools_print();
}

static void show_locks(const struct percpu *c) {
    char ranks[64] = "none (recorded with -Dchecks=true only)";
    size_t len = 0;
    for (unsigned i = 0; i < MIN(c->held_count, ARRAY_SIZE(c->held_rank)); i++)
        len += (size_t)format_to(ranks + len, sizeof(ranks) - len, " %u", c->held_rank[i]);
    log_notice("CPU%u: pending work %#x, %llu idle waits, ranks of locks held: %s", c->id,
               c->pending, (unsigned long long)c->wfi_count, ranks);
}

static void key_locks(void) {
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
        show_locks(&percpus[cpu]);
}

// A real exception at EL2, so that the whole way from the vector to the last line is seen.
static noreturn void key_crash(void) { __builtin_trap(); }

static void key_reboot(void) {
    log_notice("reboot asked for by debug key");
    cpu_stop_others();
    console_panic_mode(); // the last words are out before the machine goes
    machine_reset();
    log_error("the firmware does not reset the machine: halted");
    cpu_halt();
}

static const struct {
    char key;
    const char *help;
    void (*fn)(void);
    bool shows; // only prints: part of '*'
} keys[] = {
    {'h', "this list", key_help, false},
    {'*', "all of the following but C and R", key_all, false},
    {'q', "domains and vCPUs", key_domains, true},
    {'e', "event channels", key_events, true},
    {'x', "ways into EL2 by cause (ESR_EL2.EC)", key_exits, true},
    {'i', "interrupts, physical and virtual", key_interrupts, true},
    {'a', "timers", timer_dump, true},
    {'r', "run queues", sched_dump, true},
    {'m', "memory and pools", key_memory, true},
    {'l', "locks and work by CPU", key_locks, true},
    {'C', "crash the hypervisor, to see what a panic shows", key_crash, false},
    {'R', "reboot the machine at once", key_reboot, false},
};

static void key_help(void) {
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        log_notice(" key '%c': %s", keys[i].key, keys[i].help);
}

static void key_all(void) {
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (!keys[i].shows)
            continue;
        log_notice("key '%c': %s", keys[i].key, keys[i].help);
        keys[i].fn();
    }
}

void debugkey_handle(char key) {
    size_t i = 0;
    log_show_all(true);
    while (i < ARRAY_SIZE(keys) && keys[i].key != key)
        i++;
    if (i < ARRAY_SIZE(keys))
        keys[i].fn();
    else
        log_notice("'%c' is not a debug key; 'h' lists them", key > ' ' && key < 0x7f ? key : '?');
    log_show_all(false);
}
