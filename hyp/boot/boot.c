// SPDX-License-Identifier: Apache-2.0
// Boot: one list, in order, on the boot CPU; then every CPU enters the scheduler. What a step
// cannot do ends in boot_refuse() (what we were given) or panic() (ourselves). Interrupts stay
// masked throughout.

#include <arch/atomic.h>
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/map.h>
#include <arch/time.h>
#include <arm64/stage2_pte.h>
#include <arm64/vgic.h>
#include <boot/cpupools.h>
#include <boot/domu.h>
#include <boot/range.h>
#include <boot/source.h>
#include <core/build.h>
#include <core/console.h>
#include <core/exit.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/options.h>
#include <core/page.h>
#include <core/percpu.h>
#include <core/pool.h>
#include <core/upcall.h>
#include <drivers/gic.h>
#include <drivers/uart.h>
#include <lib/string.h>
#include <sched/sched.h>

extern char image_start[], image_end[];

char boot_commandline[1024];
static struct system system;
static pa_t source;
static uint64_t started;

static void open_console(void);

static void open_source(void) {
    console_set_fallback(open_console); // a bad tree is told on its own UART
    source_open(source, &system);
    strlcpy(boot_commandline, system.bootargs, sizeof(boot_commandline));
}

static void open_console(void) {
    static struct uart uart;
    if (!system.source.size) // a refusal before there is a tree to find a UART in
        return;
    source_read_uart(&system);
    const struct system_uart *u = &system.uart;
    if (u->compatible[0]) {
        uart = (struct uart){.ops = uart_find(u->compatible),
                             .reg_shift = u->reg_shift,
                             .io_width = u->io_width,
                             .irq = u->irq,
                             .base = map_device(u->reg.base, u->reg.size)};
        if (uart.ops && uart.base)
            console_init(&uart);
    }
    log_notice("Cofferdam %s", build_version);
    log_info("command line: %s", system.bootargs);
}

static void read_system(void) {
    uint64_t start = (uint64_t)(uintptr_t)image_start;
    system.image = (struct system_range){pa_of(start), (uint64_t)(uintptr_t)image_end - start};
    system.cpu[0].mpidr = percpus[0].mpidr;
    system.ipa_bits = stage2_ipa_bits();
    source_read_system(&system);
    if (system.timer_frequency)
        cpu_time_init(system.timer_frequency);
}

static uint64_t ram_frames(void) {
    uint64_t n = 0;
    for (unsigned i = 0; i < system.nr_banks; i++)
        n += system.bank[i].size >> PAGE_SHIFT;
    return n;
}

// EL2's own region: the frame table and 4 MiB, from the top of the highest bank with
// room, so that low memory stays for devices.
static void take_own_memory(void) {
    uint64_t frames = ram_frames();
    uint64_t size = ALIGN_UP(frames * sizeof(struct page) + MIB(4), MIB(2));
    for (unsigned b = system.nr_banks; b-- > 0;) {
        uint64_t from = system.bank[b].base.v, end = range_end(&system.bank[b]), stop, best = 0;
        while (range_next_gap(system.reserved, system.nr_reserved, end, &from, &stop)) {
            uint64_t at = ALIGN_DOWN(stop, MIB(2));
            if (at >= size && at - size >= from)
                best = at - size;
            from = stop;
        }
        if (!best)
            continue;
        if (map_el2_ram(pa_of(best), size))
            panic("cannot map the hypervisor's own memory");
        system_reserve(&system, pa_of(best), size);
        pools_init(pa_va(pa_of(best)), size);
        return;
    }
    boot_refuse("/memory", "give the machine more memory",
                "no %llu MiB in one piece for the hypervisor", (unsigned long long)(size >> 20));
}

static void fill_frame_table(void) {
    struct page *table = pool_carve("frame table", ram_frames() * sizeof(struct page), PAGE_SIZE);
    for (unsigned b = 0; b < system.nr_banks; b++) {
        uint64_t from = system.bank[b].base.v, end = range_end(&system.bank[b]), stop;
        uint64_t count = system.bank[b].size >> PAGE_SHIFT;
        page_add_bank(pa_mfn(pa_of(from)), count, table);
        table += count;
        while (range_next_gap(system.reserved, system.nr_reserved, end, &from, &stop)) {
            page_release_range(pa_mfn(pa_of(from)), (stop - from) >> PAGE_SHIFT);
            from = stop;
        }
    }
    log_info("memory: %llu MiB, %llu MiB free", (unsigned long long)(page_total_count() >> 8),
             (unsigned long long)(page_free_count() >> 8));
}

static void start_interrupts(void) {
    if (gic_init(&system.gic))
        boot_refuse("interrupt controller", "use a GICv2 or GICv3 machine",
                    "it does not answer as one");
    system_lay_out_vgic(&system);
    guest_features_init(system.gic.version == 3);
    cpu_init_el2();
    irq_init_cpu();
    if (!system.uart.irq || irq_take(system.uart.irq, console_irq, NULL, "console"))
        console_start_polling();
}

// The default policy, in Pool-0 unless the device tree says otherwise.
static void choose_scheduler(void) {
    const struct sched_ops *ops = options.sched[0] ? sched_find(options.sched) : sched_policies[0];
    if (!ops) {
        ops = sched_policies[0];
        log_warning("sched=%s is not in this build, using %s", options.sched, ops->name);
    }
    cpupools_open(&system, ops);
    sched_init_cpu(0, sched_pool_get(0));
    log_info("scheduler: %s", sched_pool_get(0)->ops->name);
}

// Each secondary gets its stack and area before it starts; one that stays away is left out.
static void start_cpus(void) {
    unsigned limit = options.max_cpus ? MIN(options.max_cpus, system.nr_cpus) : system.nr_cpus;
    firmware_init(&system);
    for (unsigned i = 1; i < limit; i++) {
        struct percpu *c = &percpus[nr_cpus];
        c->id = nr_cpus;
        c->mpidr = system.cpu[i].mpidr;
        spin_lock_init(&c->timer_lock, LOCK_TIMER);
        c->stack_top =
            (uint64_t)(uintptr_t)pool_carve("EL2 stack", EL2_STACK_SIZE, 16) + EL2_STACK_SIZE;
        c->want = sched_pool_get(cpupools_id_for_cpu(&system, system.cpu[i].mpidr));
        uint64_t until = time_ns() + 1000000000;
        int rc = cpu_start(i);
        while (!rc && !load_acquire(&c->online) && time_ns() < until)
            cpu_relax();
        if (rc || !load_acquire(&c->online)) {
            log_warning("CPU with MPIDR %#llx does not start, left out",
                        (unsigned long long)c->mpidr);
            continue;
        }
        nr_cpus++;
    }
    log_info("%u CPU%s", nr_cpus, nr_cpus == 1 ? "" : "s");
}

static void set_windows(void) { cpupools_set_windows(&system); }
static void plan_domains(void) { source_plan_domains(&system); }
static void build_dom0(void) { source_build_dom0(&system); }

static void build_domains(void) {
    domu_build_all(&system);
    source_finish(&system);
    domu_start_all();
}

static void finish(void) {
    map_drop_boot();
    pools_seal();
    pools_print();
    log_info("boot took %llu us", (unsigned long long)((time_ns() - started) / 1000));
}

static const struct {
    const char *name;
    void (*fn)(void);
} steps[] = {
    {"source", open_source},   // command line too
    {"console", open_console}, // from here on messages are seen
    {"system", read_system},
    {"own memory", take_own_memory},
    {"frame table", fill_frame_table},
    {"interrupts", start_interrupts},
    {"scheduler", choose_scheduler},
    {"CPUs", start_cpus},
    {"timetables", set_windows},
    {"plan of domains", plan_domains},
    {"Dom0", build_dom0}, // point of no return: guest memory is written
    {"domains", build_domains},
    {"finish", finish},
};

noreturn void boot_primary(pa_t at) {
    struct percpu *c = this_cpu();
    source = at;
    c->mpidr = cpu_affinity();
    c->online = true;
    spin_lock_init(&c->timer_lock, LOCK_TIMER);
    cpu_time_init(0);
    started = time_ns();
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        log_verbose("boot: %s", steps[i].name);
        steps[i].fn();
    }
    exit_enter_first();
}

noreturn void boot_secondary(unsigned cpu) {
    cpu_init_el2();
    gic->init_cpu();
    irq_init_cpu();
    sched_init_cpu(cpu, percpus[cpu].want);
    store_release(&percpus[cpu].online, true);
    exit_enter_first();
}
