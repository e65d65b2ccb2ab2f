// SPDX-License-Identifier: Apache-2.0
// The machine of fake_gic.h: strict about list registers, lock order and what may be called with
// locks held.
#include "fake_gic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arch/cpu.h>
#include <arch/gic_inline.h>
#include <arch/vgic.h>
#include <arm64/vgic_impl.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/options.h>
#include <core/percpu.h>
#include <core/timer.h>
#include <core/upcall.h>
#include <drivers/gic.h>

#define die(...)                                                                                   \
    do {                                                                                           \
        fprintf(stderr, "fake: " __VA_ARGS__);                                                     \
        fputc('\n', stderr);                                                                       \
        abort();                                                                                   \
    } while (0)

struct phys {
    bool enabled, pending, line, active, edge;
    uint8_t priority;
    unsigned target;
};

static struct fake_machine {
    struct phys priv[FAKE_CPUS][32], spi[FAKE_IRQS];
    uint64_t lr[FAKE_CPUS][FAKE_LRS];
    uint8_t pmr[FAKE_CPUS];
    uint32_t groups[FAKE_CPUS];
    bool underflow[FAKE_CPUS];
    unsigned kicks[FAKE_CPUS];
    unsigned acks;
    uint8_t running[FAKE_CPUS]; // priority of what the guest handles: of its active list registers
    bool vtimer_line[FAKE_VCPUS], vtimer_active[FAKE_VCPUS];
    uint8_t held[16];
    unsigned held_count;
    bool switching;
    bool waits[FAKE_VCPUS][FAKE_IRQS]; // queued, as fake_check has found
    uint64_t now;
    struct timer *armed[FAKE_CPUS];
} m;

_Thread_local struct percpu *fake_cpu;
void (*fake_meanwhile)(void);
unsigned fake_agains;
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = FAKE_CPUS;
struct domain fake_domain;
struct vcpu fake_vcpu[FAKE_VCPUS];
struct domain *dom0 = &fake_domain;

// --- what the rest of the hypervisor gives ---

void spin_lock(spinlock_t *l) {
    if (l->next)
        die("lock of rank %u taken twice", l->rank);
    if (m.held_count && m.held[m.held_count - 1] >= l->rank)
        die("lock of rank %u after %u", l->rank, m.held[m.held_count - 1]);
    l->next = 1;
    m.held[m.held_count++] = l->rank;
}

void spin_lock_nested(spinlock_t *l) {
    if (l->next || !m.held_count || m.held[m.held_count - 1] != l->rank)
        die("bad nesting of rank %u", l->rank);
    l->next = 1;
    m.held[m.held_count++] = l->rank;
}

void spin_unlock(spinlock_t *l) {
    if (!l->next || !m.held_count)
        die("lock of rank %u is not held", l->rank);
    l->next = 0;
    for (unsigned i = m.held_count; i-- > 0;) {
        if (m.held[i] != l->rank)
            continue;
        memmove(m.held + i, m.held + i + 1, m.held_count - i - 1);
        m.held_count--;
        return;
    }
    die("rank %u was not held", l->rank);
}

static void no_locks(const char *who) {
    if (m.held_count)
        die("%s called with a lock of rank %u held", who, m.held[0]);
}

void panic(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    abort();
}

void log_at(enum log_level level, const char *fmt, ...) {
    char line[200];
    va_list ap;
    (void)level;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
}

uint64_t fake_gicv[2];
static _Alignas(4096) uint8_t quota_pages[8][4096];
static unsigned quota_used;
void *quota_get(struct quota *q, unsigned n) {
    (void)q;
    if (n != 1 || quota_used == ARRAY_SIZE(quota_pages))
        die("quota");
    memset(quota_pages[quota_used], 0, 4096);
    return quota_pages[quota_used++];
}
int stage2_map(struct stage2 *s, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type t) {
    (void)s;
    if (gfn.v != GUEST_GICC_BASE >> 12 && gfn.v != (GUEST_GICC_BASE >> 12) + 1)
        die("mapped %#llx", (unsigned long long)gfn.v);
    fake_gicv[gfn.v & 1] = mfn.v;
    return count == 1 && t == P2M_DEVICE ? 0 : -EINVAL;
}

struct vcpu *domain_vcpu(struct domain *d, uint32_t id) {
    return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}

void vcpu_wake(struct vcpu *v) {
    no_locks("vcpu_wake");
    if (v->state == VCPU_BLOCKED)
        v->state = VCPU_RUNNING;
}

void vcpu_raise(struct vcpu *v, enum vcpu_work work) {
    no_locks("vcpu_raise");
    v->pending |= 1u << work;
    vcpu_wake(v);
    if (v->cpu != fake_cpu->id)
        gic_kick(v->cpu);
}

void gicv2_kick(unsigned cpu, unsigned sgi) {
    no_locks("gic_kick");
    if (sgi >= (gic_is_v3 ? 1 : SGI_KICKS))
        die("kicked by SGI %u", sgi);
    m.priv[cpu][SGI_KICK + sgi].pending = true;
    m.kicks[cpu]++;
}
void gic_kick(unsigned cpu) { gicv2_kick(cpu, 0); }

uint64_t time_ticks(void) { return 0; }
uint64_t time_ns(void) { return m.now; }
struct options options;
unsigned fake_guest_lines;
void log_guest(struct domain *d, const char *fmt, ...) {
    (void)d;
    (void)fmt;
    no_locks("log_guest");
    fake_guest_lines++;
}

// One a CPU.
void timer_set(struct timer *t, uint64_t deadline_ns) {
    if (m.armed[fake_cpu->id] && m.armed[fake_cpu->id] != t)
        die("a second timer");
    t->deadline = deadline_ns;
    m.armed[fake_cpu->id] = t;
}
void fake_time(uint64_t ns) {
    struct percpu *before = fake_cpu;
    m.now = ns;
    for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
        struct timer *t = m.armed[cpu];
        if (!t || t->deadline > ns)
            continue;
        m.armed[cpu] = NULL;
        fake_on(cpu);
        t->fn(t->arg);
    }
    fake_cpu = before;
}

void cpu_raise(unsigned cpu, enum cpu_work work) { percpus[cpu].pending |= 1u << work; }

int mmio_add(struct domain *d, struct mmio_range r) {
    if (d->arch.nr_mmio == MMIO_RANGES)
        return -1;
    d->arch.mmio[d->arch.nr_mmio++] = r;
    return 0;
}

// --- the physical GIC ---

static struct phys *phys(irq_t irq) {
    if (irq >= FAKE_IRQS)
        die("INTID %u does not exist", irq);
    return irq < 32 ? &m.priv[fake_cpu->id][irq] : &m.spi[irq];
}

static bool signals(const struct phys *p) {
    return p->enabled && p->priority < 0xff && !p->active && (p->pending || (!p->edge && p->line));
}

static bool maintenance(unsigned cpu) {
    unsigned valid = 0;
    for (unsigned n = 0; n < FAKE_LRS; n++) {
        uint64_t lr = m.lr[cpu][n];
        if (lr & GIC_LR_STATE)
            valid++;
        else if (!(lr & GIC_LR_HW) && (lr & GIC_LR_EOI))
            return true;
    }
    return m.underflow[cpu] && valid <= 1;
}

static uint32_t take(unsigned cpu) {
    m.priv[cpu][FAKE_MAINTENANCE].line = maintenance(cpu);
    const struct vcpu *v = percpus[cpu].loaded;
    m.priv[cpu][PPI_VIRT_TIMER].line = v && m.vtimer_line[v->id];
    for (irq_t irq = 0; irq < FAKE_IRQS; irq++) {
        struct phys *p = phys(irq);
        if ((irq >= 32 && p->target != cpu) || !signals(p))
            continue;
        p->active = true;
        p->pending = false;
        return irq;
    }
    return FAKE_SPURIOUS;
}

uint32_t gic_ack(void) {
    m.acks++;
    return take(fake_cpu->id);
}
void gic_eoi(uint32_t iar) {
    if (!phys(iar)->active)
        die("EOI of %u, which is not active", iar);
}
void gic_deactivate(uint32_t iar) {
    if (!phys(iar)->active)
        die("deactivation of %u, which is not active", iar);
    phys(iar)->active = false;
}
static void enable(irq_t irq, bool on) { phys(irq)->enabled = on; }
static void set_edge(irq_t irq, bool edge) {
    if (phys(irq)->enabled)
        die("trigger of %u changed while enabled", irq);
    phys(irq)->edge = edge;
}
static void set_priority(irq_t irq, uint8_t prio) { phys(irq)->priority = prio; }
static void set_target(irq_t irq, unsigned cpu) {
    if (cpu >= FAKE_CPUS)
        die("interrupt %u to CPU %u", irq, cpu);
    phys(irq)->target = cpu;
    void (*meanwhile)(void) = fake_meanwhile;
    fake_meanwhile = NULL;
    if (meanwhile)
        meanwhile();
}
static void set_pending(irq_t irq, bool on) { phys(irq)->pending = on; }
static void set_active(irq_t irq, bool on) { phys(irq)->active = on; }
static bool get_pending(irq_t irq) {
    return phys(irq)->pending || (!phys(irq)->edge && phys(irq)->line);
}
static bool get_active(irq_t irq) { return phys(irq)->active; }

static uint64_t *lr_at(unsigned n) {
    if (n >= FAKE_LRS)
        die("list register %u does not exist", n);
    if (!m.switching && (!fake_cpu->loaded || fake_cpu->loaded->arch.vgic.home != fake_cpu))
        die("list register of CPU %u touched while no vCPU is loaded there", fake_cpu->id);
    return &m.lr[fake_cpu->id][n];
}
uint64_t gic_lr_read(unsigned n) { return gic_lr_own(*lr_at(n)); }
void gic_lr_write(unsigned n, uint64_t own) {
    uint64_t lr = gic_lr_portable(own);
    uint32_t id = GIC_LR_VINTID(lr);
    *lr_at(n) = lr;
    if (!(lr & GIC_LR_STATE))
        return;
    if ((lr & GIC_LR_HW) && (lr & GIC_LR_STATE) == GIC_LR_STATE)
        die("hardware interrupt %u pending and active in a list register", id);
    if ((lr & GIC_LR_HW) && !phys((irq_t)FIELD(lr, 44, 32))->active)
        die("list register for %u, which is not active in the GIC", id);
    for (unsigned i = 0; i < FAKE_LRS; i++)
        if (i != n && (m.lr[fake_cpu->id][i] & GIC_LR_STATE) &&
            GIC_LR_VINTID(m.lr[fake_cpu->id][i]) == id)
            die("interrupt %u in two list registers", id);
}
uint32_t gic_lr_empty(void) {
    uint32_t empty = 0;
    for (unsigned n = 0; n < FAKE_LRS; n++) {
        uint64_t lr = *lr_at(n);
        if (!(lr & GIC_LR_STATE) && ((lr & GIC_LR_HW) || !(lr & GIC_LR_EOI)))
            empty |= 1u << n;
    }
    return empty;
}
static void set_underflow(bool on) { m.underflow[fake_cpu->id] = on; }
static uint32_t maintenance_irq(void) { return FAKE_MAINTENANCE; }
static void save(uint64_t s[GIC_IFACE_WORDS]) {
    s[0] = m.pmr[fake_cpu->id];
    s[1] = m.groups[fake_cpu->id];
}
static void load(const uint64_t s[GIC_IFACE_WORDS]) {
    m.pmr[fake_cpu->id] = (uint8_t)s[0];
    m.groups[fake_cpu->id] = (uint32_t)s[1];
}
static uint8_t virtual_pmr(void) { return m.pmr[fake_cpu->id]; }
static uint32_t virtual_groups(void) { return m.groups[fake_cpu->id]; }
static int init(const struct system_gic *desc) {
    (void)desc;
    return 0;
}
static void init_cpu(void) {}

static struct gic_driver driver = {
    .init = init,
    .init_cpu = init_cpu,
    .enable = enable,
    .set_edge = set_edge,
    .set_priority = set_priority,
    .set_target = set_target,
    .set_pending = set_pending,
    .set_active = set_active,
    .get_pending = get_pending,
    .get_active = get_active,
    .set_underflow = set_underflow,
    .maintenance_irq = maintenance_irq,
    .save = save,
    .load = load,
    .virtual_pmr = virtual_pmr,
    .virtual_groups = virtual_groups,
};
const struct gic_driver *gic = &driver;
bool gic_is_v3;
unsigned gic_nr_lrs = FAKE_LRS, gic_nr_irqs = FAKE_IRQS;

void fake_edge(irq_t irq) { phys(irq)->pending = true; }
void fake_line(irq_t irq, bool high) { phys(irq)->line = high; }
void fake_vtimer_line(struct vcpu *v, bool high) { m.vtimer_line[v->id] = high; }
bool fake_phys_active(irq_t irq) { return phys(irq)->active; }
bool fake_phys_enabled(irq_t irq) { return phys(irq)->enabled; }
unsigned fake_phys_target(irq_t irq) { return phys(irq)->target; }
bool fake_phys_edge(irq_t irq) { return phys(irq)->edge; }
unsigned fake_kicks(unsigned cpu) { return m.kicks[cpu]; }

// --- the machine ---

void fake_on(unsigned cpu) { fake_cpu = &percpus[cpu]; }
struct vcpu *fake_loaded(unsigned cpu) {
    return percpus[cpu].loaded;
}

void fake_switch(struct vcpu *to) {
    struct vcpu *from = fake_cpu->loaded;
    struct phys *timer = phys(PPI_VIRT_TIMER);
    if (from == to)
        return;
    m.switching = true;
    if (from) {
        vgic_save(from);
        m.vtimer_active[from->id] = timer->active;
        timer->active = false;
        // The next guest must not see what this one left.
        for (unsigned n = 0; n < FAKE_LRS; n++)
            m.lr[fake_cpu->id][n] = 0;
    }
    if (to) {
        to->cpu = (uint8_t)fake_cpu->id;
        timer->active = m.vtimer_active[to->id];
        vgic_load(to);
    }
    fake_cpu->loaded = to;
    m.switching = false;
}

void fake_run(unsigned cpu) {
    struct percpu *before = fake_cpu;
    fake_on(cpu);
    for (unsigned turn = 0;; turn++) {
        if (turn == 2000)
            die("CPU %u is stuck in an interrupt storm", cpu);
        unsigned count = m.acks;
        uint32_t iar = 0;
        bool any = false;
        m.priv[cpu][FAKE_MAINTENANCE].line = maintenance(cpu);
        m.priv[cpu][PPI_VIRT_TIMER].line = fake_cpu->loaded && m.vtimer_line[fake_cpu->loaded->id];
        for (irq_t irq = 0; irq < FAKE_IRQS; irq++)
            any |= signals(phys(irq)) && (irq < 32 || phys(irq)->target == cpu);
        (void)iar;
        if (any)
            irq_handle();
        if (any && m.acks != count + 1)
            die("not exactly one interrupt was handled");
        struct vcpu *v = fake_cpu->loaded;
        bool work = v && v->pending;
        if (work) {
            v->pending = 0;
            vgic_flush(v);
        }
        no_locks("exit");
        if (!any && !work)
            break;
    }
    fake_cpu = before;
}

void fake_run_all(void) {
    // Twice: what one CPU hands to another that has run already.
    for (unsigned i = 0; i < 2 * FAKE_CPUS; i++)
        fake_run(i % FAKE_CPUS);
}

uint32_t fake_guest_ack(unsigned cpu, unsigned *source) {
    unsigned best = FAKE_LRS;
    uint64_t urgent = m.pmr[cpu];
    for (unsigned n = 0; n < FAKE_LRS; n++) {
        uint64_t lr = m.lr[cpu][n];
        if ((lr & GIC_LR_STATE) != GIC_LR_PENDING || FIELD(lr, 55, 48) >= urgent ||
            !(m.groups[cpu] >> FIELD(lr, 60, 60) & 1))
            continue;
        best = n;
        urgent = FIELD(lr, 55, 48);
    }
    if (best == FAKE_LRS)
        return FAKE_SPURIOUS;
    m.lr[cpu][best] ^= GIC_LR_STATE;
    if (source)
        *source = (unsigned)FIELD(m.lr[cpu][best], 34, 32);
    return GIC_LR_VINTID(m.lr[cpu][best]);
}

void fake_guest_eoi(unsigned cpu, uint32_t intid) {
    for (unsigned n = 0; n < FAKE_LRS; n++) {
        uint64_t *lr = &m.lr[cpu][n];
        if (GIC_LR_VINTID(*lr) != intid || !(*lr & GIC_LR_ACTIVE))
            continue;
        *lr &= ~GIC_LR_ACTIVE;
        if (*lr & GIC_LR_HW) {
            struct percpu *before = fake_cpu;
            fake_on(cpu);
            phys((irq_t)FIELD(*lr, 44, 32))->active = false;
            fake_cpu = before;
        }
        return;
    }
}

void fake_guest_mask(unsigned cpu, uint8_t pmr, uint32_t groups) {
    m.pmr[cpu] = pmr;
    m.groups[cpu] = groups;
}

unsigned fake_lr_state(unsigned cpu, uint32_t intid) {
    for (unsigned n = 0; n < FAKE_LRS; n++)
        if (GIC_LR_VINTID(m.lr[cpu][n]) == intid && (m.lr[cpu][n] & GIC_LR_STATE))
            return (unsigned)FIELD(m.lr[cpu][n], 63, 62);
    return 0;
}

enum trap_result fake_mmio(struct vcpu *v, uint64_t ipa, unsigned size, bool write,
                           uint64_t *value) {
    for (uint32_t i = 0; i < fake_domain.arch.nr_mmio; i++) {
        const struct mmio_range *r = &fake_domain.arch.mmio[i];
        if (ipa - r->base >= r->size)
            continue;
        uint64_t offset = ipa - r->base, mask = ~0ULL >> (64 - 8 * size), got = 0;
        enum trap_result result;
        fake_agains = 0;
        for (;; fake_agains++) {
            result = write ? r->write(v, offset, *value & mask, size, r)
                           : r->read(v, offset, &got, size, r);
            no_locks("mmio");
            if (result != TRAP_DONE)
                break;
        }
        if (!write && result == TRAP_SKIP)
            *value = got & mask;
        return result;
    }
    die("no register at %#llx", (unsigned long long)ipa);
}

uint32_t fake_read(struct vcpu *v, uint64_t ipa) {
    uint64_t value = 0;
    if (fake_mmio(v, ipa, 4, false, &value) != TRAP_SKIP)
        die("read of %#llx refused", (unsigned long long)ipa);
    return (uint32_t)value;
}

void fake_write(struct vcpu *v, uint64_t ipa, uint32_t value) {
    uint64_t wide = value;
    if (fake_mmio(v, ipa, 4, true, &wide) != TRAP_SKIP)
        die("write of %#llx refused", (unsigned long long)ipa);
}

uint64_t fake_bank(const struct vcpu *v, uint32_t intid) {
    return gic_is_v3 && intid < 32 ? FAKE_GICR_OF(v) + 0x10000 : FAKE_GICD;
}

void fake_gic_reset(unsigned version) {
    quota_used = 0;
    memset(&m, 0, sizeof(m));
    memset(&fake_domain, 0, sizeof(fake_domain));
    memset(fake_vcpu, 0, sizeof(fake_vcpu));
    memset(percpus, 0, sizeof(percpus));
    while (gic && !irq_release_step(&fake_domain))
        ;
    gic_is_v3 = version == 3;
    vgic_host_layout = (struct vgic_layout){.version = (uint8_t)version,
                                            .dist_base = FAKE_GICD,
                                            .dist_size = 0x10000,
                                            .redist_base = {FAKE_GICR, FAKE_GICR + 0x60000},
                                            .redist_size = {0x60000, 0x100000}, // three, then eight
                                            .nr_redist = 2};
    for (unsigned i = 0; i < FAKE_CPUS; i++)
        percpus[i] = (struct percpu){.id = i, .mpidr = i, .online = true};
    fake_on(0);
    fake_domain.privileged = true; // has the host's layout
    if (vgic_create(&fake_domain, FAKE_IRQS - 32))
        die("vgic_create");
    for (unsigned i = 0; i < FAKE_VCPUS; i++) {
        struct vcpu *v = &fake_vcpu[i];
        v->domain = &fake_domain;
        v->id = i;
        v->cpu = (uint8_t)(i % FAKE_CPUS);
        v->state = VCPU_RUNNING;
        v->arch.vmpidr = BIT(31) | i;
        fake_domain.vcpu[i] = v;
        fake_domain.nr_vcpus = i + 1;
        if (vgic_vcpu_create(v))
            die("vgic_vcpu_create");
        v->arch.vgic.iface[0] = 0xff;
        v->arch.vgic.iface[1] = 3;
    }
    for (unsigned cpu = FAKE_CPUS; cpu-- > 0;) {
        fake_on(cpu);
        irq_init_cpu();
        fake_switch(&fake_vcpu[cpu]);
    }
    fake_write(&fake_vcpu[0], FAKE_GICD, 3);
}

static void check_virq(const struct vcpu *v, const struct virq *q) {
    if (q->lr != VGIC_NO_LR) {
        const struct vcpu *o = fake_domain.vcpu[q->lr >> 4];
        if (o->arch.vgic.lr_owner[q->lr & 15] != q)
            die("interrupt %u thinks it is in a list register", q->id);
        v = o;
    } else {
        v = fake_domain.vcpu[q->target];
    }
    if (q->queued != m.waits[v->id][q->id])
        die("interrupt %u and the queue of vCPU %u disagree", q->id, v->id);
    const struct percpu *at = fake_domain.vcpu[q->target]->arch.vgic.home;
    if (q->id >= 32 && q->hw && q->enabled && at && m.spi[q->id].target != at->id)
        die("interrupt %u comes to CPU %u, its vCPU is on %u", q->id, m.spi[q->id].target, at->id);
    if (q->phys && !(q->pending && q->hw))
        die("interrupt %u: phys without pending", q->id);
}

// Who may go the short way could go the long one with the same end.
static void check_again(const struct vcpu *v, unsigned n) {
    const struct virq *q = v->arch.vgic.lr_owner[n];
    uint64_t lr = gic_lr_portable(v->arch.vgic.again[n]);
    if (!lr)
        return;
    if (!q)
        die("vCPU %u: list register %u has nobody to go the short way", v->id, n);
    unsigned id = q->id;
    if (q->target != v->id || !vgic_deliverable(v, q) || q->pending || q->active || q->queued ||
        q->drop_pending || q->drop_active)
        die("vCPU %u: interrupt %u must not go the short way", v->id, id);
    if (lr != (vgic_lr_base(q) | GIC_LR_PENDING |
               (q->hw ? GIC_LR_HW | (uint64_t)id << GIC_LR_PINTID_SHIFT : 0)))
        die("vCPU %u: the short way shows interrupt %u as %#llx", v->id, id,
            (unsigned long long)lr);
}

static void check_queue(struct vcpu *v) {
    const struct vgic_vcpu *g = &v->arch.vgic;
    memset(m.waits[v->id], 0, sizeof(m.waits[v->id]));
    for (unsigned level = 0; level < 32; level++) {
        uint16_t id = g->first[level], before = 0;
        if (!(g->work >> level & 1))
            continue;
        do {
            const struct virq *q = vgic_virq(v, id);
            if (q->id != id || q->priority / 8 != level || m.waits[v->id][id])
                die("vCPU %u: interrupt %u waits with priority %u", v->id, id, level * 8);
            if (before && q->prev != before)
                die("vCPU %u: ring of priority %u", v->id, level * 8);
            m.waits[v->id][id] = true;
            before = id;
            id = q->next;
        } while (id != g->first[level]);
    }
}

void fake_check(void) {
    for (unsigned i = 0; i < FAKE_VCPUS; i++) {
        const struct vgic_vcpu *g = &fake_vcpu[i].arch.vgic;
        for (unsigned n = 0; n < FAKE_LRS; n++) {
            const struct virq *q = g->lr_owner[n];
            uint64_t lr = g->home ? m.lr[g->home->id][n] : gic_lr_portable(g->lr_saved[n]);
            if ((q != NULL) != (g->lrs_used >> n & 1) || (!q && (lr & GIC_LR_STATE)))
                die("vCPU %u: list register %u is used by nobody", i, n);
            if (q && (lr & GIC_LR_STATE) && GIC_LR_VINTID(lr) != q->id)
                die("vCPU %u: list register %u has %u, not %u", i, n, GIC_LR_VINTID(lr), q->id);
            if (q && q->lr != (i << 4 | n))
                die("vCPU %u: list register %u and interrupt %u disagree", i, n, q->id);
        }
        check_queue(&fake_vcpu[i]);
        if (g->nr_moved)
            die("vCPU %u: moved interrupts left", i);
        for (unsigned id = 0; id < 32; id++)
            check_virq(&fake_vcpu[i], &g->priv[id]);
        for (unsigned n = 0; n < GIC_MAX_LRS; n++)
            check_again(&fake_vcpu[i], n);
    }
    for (unsigned id = 32; id < FAKE_IRQS; id++)
        check_virq(NULL, &fake_domain.arch.vgic.spi[0][id - 32]);
}
