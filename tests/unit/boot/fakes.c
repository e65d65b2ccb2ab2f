// SPDX-License-Identifier: Apache-2.0
// Fakes for the host tests and the fuzz target of hyp/boot (fakes.h). Not strict about order: what
// is checked is what arrives here.
#define _GNU_SOURCE // MAP_FIXED_NOREPLACE
#include "fakes.h"

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/vcpu.h>
#include <arch/vuart.h>
#include <boot/cmdline.h>
#include <boot/range.h>
#include <core/console.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/page.h>
#include <core/percpu.h>
#include <drivers/gic.h>
#include <drivers/uart.h>
#include <sched/sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xen/arch-arm.h>
#include <xen/scheduler.h>

struct fake fake;
struct options options;
unsigned gic_nr_irqs = 288;
uint32_t nr_cpus = 4;
struct percpu percpus[NR_CPUS];
static struct page frames[ARENA_SIZE >> PAGE_SHIFT];
static struct vcpu vcpus[1 + FAKE_DOMUS][MAX_VCPUS];
static struct sched_pool pools[8];
struct domain *dom0;

size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);
int format_to(char *buf, size_t size, const char *fmt, ...);

size_t strlcpy(char *dst, const char *src, size_t size) {
    return (size_t)snprintf(dst, size, "%s", src);
}

size_t strlcat(char *dst, const char *src, size_t size) {
    size_t at = strnlen(dst, size);

    return at + strlcpy(dst + at, src, size - at);
}

int format_to(char *buf, size_t size, const char *fmt, ...) {
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

void fake_reset(void) {
    static void *arena;

    if (!arena) {
        arena = mmap((void *)(uintptr_t)ARENA_BASE, ARENA_SIZE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (arena == MAP_FAILED) {
            perror("arena");
            exit(1);
        }
    }
    memset(&fake, 0, sizeof(fake));
    memset(&options, 0, sizeof(options));
    memset(&vgic_host_layout, 0, sizeof(vgic_host_layout));
    memset(frames, 0, sizeof(frames));
    nr_cpus = 4;
    fake.domain.p2m.s2.ipa_bits = 40;
    dom0 = NULL;
    options.bootscrub = true;
}

void fake_give_memory(const struct system *s) {
    memset(frames, 0, sizeof(frames));
    memset(fake.irq_domid, 0, sizeof(fake.irq_domid));
    memset(fake.domu, 0, sizeof(fake.domu));
    fake.nr_maps = 0;
    dom0 = NULL;
    for (unsigned b = 0; b < s->nr_banks; b++) {
        uint64_t from = MAX(s->bank[b].base.v, ARENA_BASE), stop;
        uint64_t end = MIN(range_end(&s->bank[b]), ARENA_BASE + ARENA_SIZE);

        while (from < end && range_next_gap(s->reserved, s->nr_reserved, end, &from, &stop)) {
            if (!range_insert(fake.free, &fake.nr_free, ARRAY_SIZE(fake.free), from, stop))
                abort();
            from = stop;
        }
    }
}

void log_at(enum log_level level, const char *fmt, ...) {
    va_list ap;

    if (level > LOG_WARNING)
        return;
    fake.warnings++;
    va_start(ap, fmt);
    vsnprintf(fake.warning, sizeof(fake.warning), fmt, ap);
    va_end(ap);
}

void panic(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    abort();
}

void boot_refuse(const char *where, const char *remedy, const char *fmt, ...) {
    va_list ap;

    snprintf(fake.where, sizeof(fake.where), "%s", where);
    snprintf(fake.remedy, sizeof(fake.remedy), "%s", remedy);
    va_start(ap, fmt);
    vsnprintf(fake.what, sizeof(fake.what), fmt, ap);
    va_end(ap);
    if (!fake.armed) {
        fprintf(stderr, "refused: %s: %s; %s\n", fake.where, fake.what, fake.remedy);
        abort();
    }
    fake.armed = false;
    longjmp(fake.on_refuse, 1);
}

const struct uart_ops *uart_find(const char *compatible) {
    static const struct uart_ops ops = {
        .compatible = {"arm,pl011", "cdns,uart-r1p12", "xlnx,xuartps", "ns16550a"}};

    for (unsigned i = 0; i < ARRAY_SIZE(ops.compatible); i++)
        if (strcmp(ops.compatible[i], compatible) == 0)
            return &ops;
    return NULL;
}

void *map_device(pa_t base, uint64_t size) {
    (void)size;
    fake.devices_mapped++;
    return pa_va(base);
}
int map_boot_ram(pa_t base, uint64_t size) {
    bool inside =
        base.v >= ARENA_BASE && size <= ARENA_SIZE && base.v - ARENA_BASE <= ARENA_SIZE - size;

    return inside ? 0 : -ENOMEM;
}

void cache_clean(const void *va, size_t size) {
    (void)va;
    fake.cleaned_bytes += size;
}

void cache_forget_code(void) {}

static bool take_free(unsigned n, uint64_t base, uint64_t size) {
    struct system_range whole = fake.free[n];

    memmove(&fake.free[n], &fake.free[n + 1], (--fake.nr_free - n) * sizeof(whole));
    return (whole.base.v == base ||
            range_insert(fake.free, &fake.nr_free, ARRAY_SIZE(fake.free), whole.base.v, base)) &&
           (range_end(&whole) == base + size ||
            range_insert(fake.free, &fake.nr_free, ARRAY_SIZE(fake.free), base + size,
                         range_end(&whole)));
}

struct page *page_alloc_block(unsigned order, mfn_t lo, mfn_t hi) {
    uint64_t size = PAGE_SIZE << order;

    for (unsigned i = 0; i < fake.nr_free; i++) {
        uint64_t base = MAX(fake.free[i].base.v, lo.v << PAGE_SHIFT);

        base = ALIGN_UP(base, size);
        if (base + size > range_end(&fake.free[i]) || base + size > hi.v << PAGE_SHIFT)
            continue;
        if (!take_free(i, base, size))
            abort();
        return &frames[(base - ARENA_BASE) >> PAGE_SHIFT];
    }
    return NULL;
}

void page_free_block(struct page *head, unsigned order) {
    uint64_t base = page_mfn(head).v << PAGE_SHIFT;

    if (!range_insert(fake.free, &fake.nr_free, ARRAY_SIZE(fake.free), base,
                      base + (PAGE_SIZE << order)))
        abort();
}

mfn_t page_mfn(const struct page *p) {
    return mfn_of((ARENA_BASE >> PAGE_SHIFT) + (uint64_t)(p - frames));
}

uint64_t page_free_count(void) {
    uint64_t bytes = 0;

    for (unsigned i = 0; i < fake.nr_free; i++)
        bytes += fake.free[i].size;
    return bytes >> PAGE_SHIFT;
}

void page_to_guest(struct domain *d, mfn_t first, uint64_t count) {
    d->tot_pages += count;
    fake.guest_pages += count;
    for (uint64_t i = 0; i < count; i++) {
        struct page *p = page_of(mfn_add(first, i));

        if (p->state == PAGE_GUEST)
            abort(); // somebody has it
        p->state = PAGE_GUEST;
        p->owner = d->id;
        p->refs = 1;
    }
}

void page_scrub(mfn_t m) {
    if (page_of(m)->state == PAGE_GUEST)
        abort();
    fake.scrubbed_pages++;
}

struct page *page_of(mfn_t m) {
    uint64_t n = m.v - (ARENA_BASE >> PAGE_SHIFT);

    return n < ARRAY_SIZE(frames) ? &frames[n] : NULL;
}

bool page_get(struct page *p, const struct domain *d) {
    p->refs++;
    return p->owner == d->id && p->state == PAGE_GUEST;
}

void page_put(struct page *p) { p->refs--; }

void *window_open(enum window w, mfn_t frame) {
    (void)w;
    return pa_va(mfn_pa(frame));
}

void window_close(enum window w) { (void)w; }

void page_release_range(mfn_t first, uint64_t count) {
    (void)first;
    fake.released_pages += count;
}

int p2m_map(struct domain *d, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type type) {
    if ((gfn.v + count) << PAGE_SHIFT > 1ULL << d->p2m.s2.ipa_bits)
        return -EINVAL;
    if (fake.nr_maps == FAKE_MAPS)
        return -ENOMEM;
    fake.map[fake.nr_maps++] = (struct fake_map){d->id, gfn.v, mfn.v, count, type};
    return 0;
}

enum p2m_type fake_type_in(domid_t domid, uint64_t address, uint64_t *machine) {
    for (unsigned i = fake.nr_maps; i-- > 0;) {
        const struct fake_map *m = &fake.map[i];

        if (m->domid != domid || (address >> PAGE_SHIFT) - m->gfn >= m->count)
            continue;
        if (machine)
            *machine = address + ((m->mfn - m->gfn) << PAGE_SHIFT);
        return m->type;
    }
    return P2M_INVALID;
}

enum p2m_type fake_type_at(uint64_t address, uint64_t *machine) {
    return fake_type_in(0, address, machine);
}

struct page *p2m_get_frame(struct domain *d, gfn_t gfn, bool write, mfn_t *mfn) {
    uint64_t machine;

    (void)write;
    if (fake_type_in(d->id, gfn.v << PAGE_SHIFT, &machine) != P2M_RAM)
        return NULL;
    *mfn = pa_mfn(pa_of(machine));
    page_of(*mfn)->refs++;
    return page_of(*mfn);
}

struct domain *domain_get(domid_t id) {
    if (id == 0)
        return dom0;
    return id <= FAKE_DOMUS && fake.domu[id - 1].nr_vcpus ? &fake.domu[id - 1] : NULL;
}

struct domain *domain_next(uint32_t from) {
    for (; from <= FAKE_DOMUS; from++)
        if (domain_get((domid_t)from))
            return domain_get((domid_t)from);
    return NULL;
}

int domain_create(const struct domain_config *cfg, struct domain **out) {
    struct domain *d = cfg->id ? &fake.domu[cfg->id - 1] : &fake.domain;

    if (cfg->id > FAKE_DOMUS)
        return -ENOMEM;
    if (cfg->id == 0)
        fake.config = *cfg;
    else
        fake.domu_config[cfg->id - 1] = *cfg;
    memset(d, 0, sizeof(*d));
    d->id = cfg->id;
    for (uint32_t i = 0; i < MIN(cfg->nr_vcpus, MAX_VCPUS); i++) {
        vcpus[cfg->id][i] = (struct vcpu){.domain = d, .id = (uint8_t)i};
        d->vcpu[i] = &vcpus[cfg->id][i];
    }
    d->nr_vcpus = cfg->nr_vcpus;
    d->sched.pool = sched_pool_get(cfg->cpupool);
    d->p2m.s2.ipa_bits = 40;
    if (cfg->id == 0)
        dom0 = d;
    *out = d;
    return 0;
}

int domain_unpause(struct domain *d) {
    (void)d;
    fake.unpaused++;
    return 0;
}

// All of them have CPUs 0 and 1; the first is credit2 until one is opened.
struct sched_pool *sched_pool_get(uint32_t id) {
    pools[id] = (struct sched_pool){
        .id = id, .cpus = 3, .ops = fake.pool[id] ? fake.pool[id] : sched_find("credit2")};
    return &pools[id];
}

int sched_arinc_set(struct sched_pool *p, struct sched_table *t) {
    (void)p;
    fake.table = *t;
    return 0;
}

int sched_set_affinity(struct vcpu *v, const uint32_t *hard, const uint32_t *soft) {
    (void)soft;
    v->sched.hard = *hard;
    return *hard & v->domain->sched.pool->cpus ? 0 : -EINVAL;
}

void sched_fair_set(struct domain *d, uint16_t weight, uint16_t cap) {
    d->sched.weight = weight;
    d->sched.cap = cap;
}

void sched_rtds_set(struct vcpu *v, uint64_t period, uint64_t budget, bool extra) {
    v->sched.rt.period = period;
    v->sched.rt.budget = budget;
    v->sched.rt.extra = extra;
}

const struct sched_ops *sched_find(const char *name) {
    static const struct sched_ops all[] = {{.name = "null"},
                                           {.name = "rtds", .id = XEN_SCHEDULER_RTDS},
                                           {.name = "credit2", .id = XEN_SCHEDULER_CREDIT2},
                                           {.name = "arinc653"}};

    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        if (strcmp(name, all[i].name) == 0)
            return &all[i];
    return NULL;
}

void sched_init(const struct sched_ops *ops) { fake.pool[fake.nr_pools++] = ops; }

int sched_pool_create(uint32_t *id, const struct sched_ops *ops) {
    *id = fake.nr_pools;
    fake.pool[fake.nr_pools++] = ops;
    return 0;
}

void cmdline_parse(const char *line) { (void)line; }

bool console_set_loglvl(const char *value, bool for_guest) {
    (void)for_guest;
    return *value != 0;
}

int vuart_create_console(struct domain *d, ipa_t base, virq_t irq) {
    d->arch.vuart = (struct vuart){.console = true, .base = base.v, .irq = irq};
    return 0;
}

int evtchn_alloc_unbound(struct domain *d, domid_t remote, port_t *port) {
    (void)d;
    *port = 1;
    return remote ? -EINVAL : 0;
}

int evtchn_bind_static(struct domain *a, port_t port_a, struct domain *b, port_t port_b) {
    fake.link[fake.nr_links++] = (struct fake_link){a->id, b->id, port_a, port_b};
    return 0;
}

void vcpu_online(struct vcpu *v) { (void)v; }

void arch_vcpu_reset(struct vcpu *v, ipa_t entry, uint64_t context) {
    domid_t id = v->domain->id;

    *(id ? &fake.domu_entry[id - 1] : &fake.entry) = entry.v;
    *(id ? &fake.domu_context[id - 1] : &fake.context) = context;
}

int irq_assign(irq_t irq, struct domain *d) {
    if (irq == 40 || (fake.irq_domid[irq] && fake.irq_domid[irq] != d->id + 1))
        return -EBUSY; // EL2 has 40
    if (fake.irq_domid[irq])
        return -EEXIST;
    if (d->id && irq >= 32 + fake.domu_config[d->id - 1].nr_spis)
        return -EINVAL;
    fake.irq_domid[irq] = (domid_t)(d->id + 1);
    fake.irqs_assigned += d->id == 0;
    return 0;
}
