// SPDX-License-Identifier: Apache-2.0
// Physical interrupts: a table of who owns each INTID, and their first handling. EL2 runs with
// interrupts masked: irq_handle takes exactly one; the next one traps again (or is found by the
// idle loop), so a storm costs one entry each. A guest's interrupt stays active until the guest
// deactivates it through a list register; one that comes more often than `irq-budget=` allows in a
// period is held back at the GIC until the next, so that it costs other domains no more than that.
// The table is written at boot, by irq_assign before the domain runs, and by irq_release_step when
// none of it runs any more. Worst case: a release looks at each INTID and quiets RELEASE_STEP.
#include <arch/cpu.h>
#include <arch/gic_inline.h>
#include <arch/time.h>
#include <arch/vgic.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/options.h>
#include <core/percpu.h>
#include <core/timer.h>
#include <core/trace.h>
#include <core/upcall.h>

#define PRIORITY_HYP 0x80 // EL2's own before guests'
#define PRIORITY_GUEST 0xa0
#define PRIORITY_HELD 0xff // the mask lets none through, whatever the guest enables
#define PERIOD_NS 10000000ULL
#define RELEASE_STEP 16 // interrupts of a domain that ends, a step

enum irq_kind { IRQ_NONE, IRQ_HYP, IRQ_GUEST };

struct irq_desc {
    irq_handler *handler;
    void *arg;
    const char *name;
    struct domain *domain;
    uint8_t kind; // enum irq_kind
    uint32_t count;
    uint32_t look;   // guest: the count at which its budget is used up
    uint32_t held;   // ... how often it was held back
    uint64_t period; // ... since boot, that the budget belongs to
};

static struct irq_desc irqs[NR_INTIDS];
static spinlock_t irqs_lock = SPINLOCK_INIT(LOCK_IRQ); // to give them away

// Guests' interrupts that are held back until the end of the period, by the CPU that does so.
static struct {
    struct timer end;
    uint64_t irqs[(NR_INTIDS + 63) / 64];
} holds[NR_CPUS];

static void kick(irq_t irq, void *arg) {
    // Being here is all: the exit room looks at what was raised.
    (void)irq;
    (void)arg;
}

// The deadline is in the past until timer_run_due sets the next one, before any return to a guest.
static void hyp_timer(irq_t irq, void *arg) {
    (void)irq;
    (void)arg;
    cpu_raise(this_cpu()->id, WORK_TIMER);
}

static void maintenance(irq_t irq, void *arg) {
    (void)irq;
    (void)arg;
    if (!gic->maintenance || gic->maintenance())
        vgic_maintenance(this_cpu()->loaded);
}

static void let_go(void *arg) {
    uint64_t *held = holds[this_cpu()->id].irqs;
    (void)arg;
    for (unsigned w = 0; w < ARRAY_SIZE(holds[0].irqs); w++) {
        for (; held[w]; held[w] &= held[w] - 1)
            gic->set_priority(w * 64 + (unsigned)__builtin_ctzll(held[w]), PRIORITY_GUEST);
    }
}

// Rare, so that the clock is read here alone. What is left of a budget goes over into a new period:
// no period has more than two.
static __attribute__((noinline)) void budget_is_used(irq_t irq, struct irq_desc *desc) {
    uint64_t period = time_ns() / PERIOD_NS;
    unsigned cpu = this_cpu()->id;
    desc->look = desc->count + options.irq_budget;
    if (desc->period < period) {
        desc->period = period;
        return;
    }
    gic->set_priority(irq, PRIORITY_HELD);
    holds[cpu].irqs[irq / 64] |= BIT(irq % 64);
    desc->period = period + 1;
    timer_set(&holds[cpu].end, desc->period * PERIOD_NS);
    if (desc->held++ == 0)
        log_guest(desc->domain, "interrupt %u: more than %u in %llu ms, held back", irq,
                  options.irq_budget, PERIOD_NS / 1000000);
}

void irq_handle_rest(uint32_t iar) {
    irq_t irq = GIC_INTID(iar);
    if (irq >= NR_INTIDS)
        return; // gone again before it was acknowledged
    const struct irq_desc *desc = &irqs[irq];
    gic_eoi(iar);
    if (desc->kind == IRQ_HYP)
        desc->handler(irq, desc->arg);
    else if (irq != PPI_VIRT_TIMER)
        gic->enable(irq, false); // nobody's
    gic_deactivate(iar);
}

static __attribute__((noinline)) int64_t handle_spi(uint32_t iar) {
    irq_t irq = GIC_INTID(iar);
    struct irq_desc *desc = &irqs[irq];
    if (unlikely(irq >= NR_INTIDS))
        return iar;
    desc->count++;
    if (desc->kind != IRQ_GUEST)
        return iar;
    gic_eoi(iar);
    if (unlikely(desc->count == desc->look))
        budget_is_used(irq, desc);
    this_cpu()->urgent = true;
    vgic_inject_hw_spi(desc->domain, irq);
    this_cpu()->urgent = false;
    return 0;
}

static __attribute__((noinline)) int64_t handle_all(uint32_t iar) {
    if (GIC_INTID(iar) < 32 || handle_spi(iar))
        irq_handle_rest(iar);
    return 0;
}

// v is loaded here, NULL: nobody. `other` ends it for the less frequent ones.
typedef int64_t others(uint32_t iar);
static inline int64_t handle(struct vcpu *v, others *other) {
    uint32_t iar = gic_ack();
    if (likely(iar == PPI_VIRT_TIMER && v)) {
        gic_eoi(iar);
        return vgic_inject_vtimer(v);
    }
    if (unlikely(GIC_INTID(iar) >= SGI_KICK + SGI_KICKS))
        return other(iar);
    gic_eoi(iar);
    gic_deactivate(iar);
    return likely(v) ? vgic_kicked(v, GIC_INTID(iar) - SGI_KICK) : 0;
}

// Apart, so that which GIC it is is not asked again.
static __attribute__((noinline)) int64_t handle_v2(struct vcpu *v, others *other) {
    if (gic_is_v3)
        __builtin_unreachable();
    return handle(v, other);
}

int64_t irq_handle_first(struct vcpu *v) {
    return likely(gic_is_v3) ? handle(v, handle_spi) : handle_v2(v, handle_spi);
}

void irq_handle(void) {
    struct vcpu *v = this_cpu()->loaded;
    (void)(likely(gic_is_v3) ? handle(v, handle_all) : handle_v2(v, handle_all));
}

void irq_handle_traced(void) {
    uint32_t start = (uint32_t)time_ticks(), irq = GIC_INTID(gic_pending());
    irq_handle();
    trace(TRC_HW_IRQ_HANDLED, irq, start, (uint32_t)time_ticks());
}

static int own(irq_t irq, irq_handler *fn, void *arg, const char *name) {
    struct irq_desc *desc = irq < gic_nr_irqs ? &irqs[irq] : NULL;
    if (!desc)
        return fail(-EINVAL);
    if (desc->kind != IRQ_NONE && (desc->kind != IRQ_HYP || desc->handler != fn))
        return fail(-EBUSY);
    *desc = (struct irq_desc){.handler = fn, .arg = arg, .name = name, .kind = IRQ_HYP};
    return 0;
}

int irq_take(irq_t irq, irq_handler *fn, void *arg, const char *name) {
    int err = own(irq, fn, arg, name);
    if (err)
        return err;
    gic->set_priority(irq, PRIORITY_HYP);
    gic->set_target(irq, this_cpu()->id);
    gic->enable(irq, true);
    return 0;
}

// Nothing of what was before reaches who has it next.
static void quiet(irq_t irq) {
    gic->enable(irq, false);
    gic->set_pending(irq, false);
    gic->set_active(irq, false);
}

static int assign(irq_t irq, struct domain *d) {
    struct irq_desc *desc = &irqs[irq];
    if (desc->kind != IRQ_NONE)
        return fail(desc->kind == IRQ_GUEST && desc->domain == d ? -EEXIST : -EBUSY);
    quiet(irq); // the guest enables it itself
    gic->set_priority(irq, PRIORITY_GUEST);
    int err = vgic_set_hw(d, irq);
    if (!err)
        *desc = (struct irq_desc){
            .domain = d, .name = "guest", .kind = IRQ_GUEST, .look = options.irq_budget};
    return err;
}

int irq_assign(irq_t irq, struct domain *d) {
    if (irq < 32 || irq >= gic_nr_irqs)
        return fail(-EINVAL);
    spin_lock(&irqs_lock);
    int err = assign(irq, d);
    spin_unlock(&irqs_lock);
    return err;
}

bool irq_is_guests(irq_t irq) {
    return irq >= 32 && irq < gic_nr_irqs && irqs[irq].kind != IRQ_HYP;
}

const struct domain *irq_owner(irq_t irq) {
    return irqs[irq].kind == IRQ_GUEST ? irqs[irq].domain : NULL;
}

bool irq_release_step(struct domain *d) {
    unsigned left = RELEASE_STEP;
    for (irq_t irq = 32; irq < gic_nr_irqs; irq++) {
        if (irqs[irq].kind != IRQ_GUEST || irqs[irq].domain != d)
            continue;
        if (left-- == 0)
            return false;
        quiet(irq);
        irqs[irq].kind = IRQ_NONE; // the domain stays for a CPU that is about to inject
    }
    return true;
}

static void must_take(irq_t irq, irq_handler *fn, const char *name) {
    if (irq_take(irq, fn, NULL, name))
        panic("interrupt %u (%s) is not to be had", irq, name);
}

void irq_init_cpu(void) {
    timer_init(&holds[this_cpu()->id].end, let_go, NULL);
    gic->init_cpu();
    for (irq_t sgi = SGI_KICK; sgi < SGI_KICK + SGI_KICKS; sgi++)
        must_take(sgi, kick, "kick");
    must_take(PPI_HYP_TIMER, hyp_timer, "timer");
    must_take(gic->maintenance_irq(), maintenance, "vGIC");
    gic->set_priority(PPI_VIRT_TIMER, PRIORITY_GUEST);
    gic->enable(PPI_VIRT_TIMER, true);
}

void irq_dump(void) {
    for (irq_t irq = 0; irq < gic_nr_irqs; irq++) {
        const struct irq_desc *desc = &irqs[irq];
        if (desc->kind == IRQ_HYP)
            log_info("irq %u: %s, %u", irq, desc->name, desc->count);
        else if (desc->kind == IRQ_GUEST && desc->count)
            log_info("irq %u: d%u, %u, held back %u times", irq, desc->domain->id, desc->count,
                     desc->held);
    }
}
