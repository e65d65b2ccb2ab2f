// SPDX-License-Identifier: Apache-2.0
// What must fit together in struct system (boot/system.h), whether it was read from a device tree
// or a blob; and what follows from it. Pure but for boot_refuse: the host tool runs it too. Boot
// CPU only; O(domains * entries).
#include <boot/range.h>
#include <boot/system.h>

#include <arm64/vgic.h>
#include <core/evtchn.h>
#include <core/log.h>
#include <lib/string.h>
#include <xen/arch-arm.h>

#define SHARE_MIN_US 10 // of a budget, as domctl has it

void system_reserve(struct system *s, pa_t base, uint64_t size) {
    uint64_t first = ALIGN_DOWN(base.v, PAGE_SIZE), end;

    if (size == 0)
        return;
    if (ck_add(base.v, size, &end) || end > ~0ULL - PAGE_SIZE)
        boot_refuse("device tree", "correct it", "reserved memory at 0x%llx reaches beyond 64 bits",
                    (unsigned long long)base.v);
    if (!range_insert(s->reserved, &s->nr_reserved, MAX_RESERVED, first, ALIGN_UP(end, PAGE_SIZE)))
        boot_refuse("/reserved-memory", "merge neighbouring regions",
                    "more than %u separate reserved ranges", MAX_RESERVED);
}

static bool inside(const struct system_range *a, const struct system_range *b) {
    return a->base.v >= b->base.v && range_end(a) <= range_end(b);
}

static void check_place(const struct system *s, unsigned n) {
    static const char move[] = "load it at another address";
    const struct system_module *m = &s->module[n];
    bool in_ram = false;

    for (unsigned i = 0; i < s->nr_banks; i++)
        in_ram = in_ram || inside(&m->range, &s->bank[i]);
    if (!in_ram)
        boot_refuse(m->node, "load it inside a bank of /memory",
                    "the module at 0x%llx, %llu bytes, is not in RAM",
                    (unsigned long long)m->range.base.v, (unsigned long long)m->range.size);
    if (range_overlap(&m->range, &s->image))
        boot_refuse(m->node, move, "the module overlaps the hypervisor at 0x%llx",
                    (unsigned long long)s->image.base.v);
    if (range_overlap(&m->range, &s->source))
        boot_refuse(m->node, move, "the module overlaps the device tree at 0x%llx",
                    (unsigned long long)s->source.base.v);
    for (unsigned i = 0; i < n; i++)
        if (range_overlap(&m->range, &s->module[i].range))
            boot_refuse(m->node, move, "the module overlaps %s", s->module[i].node);
}

static void check_modules(struct system *s) {
    s->has_dom0 = false;
    for (unsigned i = 0; i < s->nr_modules; i++) {
        if (s->module[i].kind == MODULE_KERNEL && s->module[i].domid == 0)
            s->has_dom0 = true;
        check_place(s, i);
        system_reserve(s, s->module[i].range.base, s->module[i].range.size);
    }
    if (!s->has_dom0 && s->nr_domains == 0)
        boot_refuse(
            "/chosen",
            "add a node with compatible = \"multiboot,kernel\", \"multiboot,module\" and reg",
            "no kernel module for Dom0, and no xen,domain");
}

// Static memory: whole pages of RAM that nobody has; then it is taken.
static void take_static(struct system *s, const struct system_range *r, const char *node) {
    bool in_ram = false;
    uint64_t end;

    if (r->size == 0 || ((r->base.v | r->size) & (PAGE_SIZE - 1)) ||
        ck_add(r->base.v, r->size, &end))
        boot_refuse(node, "give whole pages of 4 KiB",
                    "static memory at 0x%llx is no range of pages", (unsigned long long)r->base.v);
    for (unsigned i = 0; i < s->nr_banks; i++)
        in_ram = in_ram || (r->base.v >= s->bank[i].base.v && end <= range_end(&s->bank[i]));
    if (!in_ram)
        boot_refuse(node, "give memory inside a bank of /memory",
                    "static memory at 0x%llx is not in RAM", (unsigned long long)r->base.v);
    for (unsigned i = 0; i < s->nr_reserved; i++)
        if (range_overlap(r, &s->reserved[i]))
            boot_refuse(
                node, "move one of them",
                "static memory at 0x%llx overlaps what is reserved at 0x%llx: a module, the "
                "hypervisor, the device tree, other static memory or /reserved-memory",
                (unsigned long long)r->base.v, (unsigned long long)s->reserved[i].base.v);
    system_reserve(s, r->base, r->size);
}

static void find_pool(const struct system *s, struct system_domain *d) {
    d->pool = NO_POOL;
    for (unsigned i = 0; d->pool_phandle && i < s->nr_pools; i++)
        if (s->pool[i].phandle == d->pool_phandle)
            d->pool = (uint8_t)i;
    if (d->pool_phandle && d->pool == NO_POOL)
        boot_refuse(d->node, "give the phandle of an xen,cpupool node",
                    "domain-cpupool leads to no cpupool");
}

// Each CPU is there and in one pool.
static void check_pool(const struct system *s, unsigned n) {
    const struct system_pool *p = &s->pool[n];

    for (unsigned i = 0; i < p->nr_cpus; i++) {
        bool there = false;

        for (unsigned k = 0; k < s->nr_cpus; k++)
            there = there || s->cpu[k].mpidr == p->mpidr[i];
        if (!there)
            boot_refuse(p->node, "leave it out", "the CPU with MPIDR 0x%llx is not there to start",
                        (unsigned long long)p->mpidr[i]);
        for (unsigned k = 0; k <= n; k++)
            for (unsigned j = 0; j < (k == n ? i : s->pool[k].nr_cpus); j++)
                if (s->pool[k].mpidr[j] == p->mpidr[i])
                    boot_refuse(p->node, "name it once", "the CPU with MPIDR 0x%llx is in %s",
                                (unsigned long long)p->mpidr[i], s->pool[k].node);
    }
}

// Dom0's pool is the one of the boot CPU.
static bool in_pool(const struct system *s, unsigned n, uint32_t domid, uint32_t vcpu) {
    if (domid && domid <= s->nr_domains)
        return s->domain[domid - 1].pool == n && vcpu < s->domain[domid - 1].nr_vcpus;
    for (unsigned i = 0; !domid && s->has_dom0 && i < s->pool[n].nr_cpus; i++)
        if (s->pool[n].mpidr[i] == s->cpu[0].mpidr)
            return vcpu < MAX_VCPUS;
    return false;
}

// Each window is of a vCPU that is in the pool, and all of them fit into the frame.
static void check_windows(const struct system *s, unsigned n) {
    const struct system_pool *p = &s->pool[n];
    uint64_t sum = 0;

    if (!p->nr_windows && !p->frame_us)
        return;
    if (!p->nr_windows || strcmp(p->sched, "arinc653") != 0)
        boot_refuse(p->node,
                    "give <domid vCPU microseconds> for each of up to 64, coff,major-frame-us and "
                    "cpupool-sched = \"arinc653\"",
                    "coff,windows are no timetable");
    for (unsigned i = 0; i < p->nr_windows; i++) {
        const struct system_window *w = &p->window[i];

        if (!in_pool(s, n, w->domid, w->vcpu))
            boot_refuse(p->node, "name domains that have this pool in domain-cpupool",
                        "window %u of coff,windows is for d%uv%u, who is not in the pool", i,
                        w->domid, w->vcpu);
        sum += w->us;
        if (w->us == 0 || sum > p->frame_us)
            boot_refuse(p->node, "shorten windows or lengthen coff,major-frame-us",
                        "window %u of coff,windows is empty or ends after the frame", i);
    }
}

static void check_numbers(const struct system_domain *d) {
    const struct system_share *t = &d->share;

    if (d->memory == 0 || d->memory > GUEST_RAM_MAX)
        boot_refuse(d->node, "give two cells, the size in KiB",
                    "memory is missing, 0 or too large");
    if (d->nr_vcpus == 0 || d->nr_vcpus > MAX_VCPUS)
        boot_refuse(d->node, "give 1 to 8", "cpus is missing or no possible number");
    if (d->nr_spis > MAX_SPIS)
        boot_refuse(d->node, "give at most 988", "nr_spis is more than there can be");
    if (t->weight > UINT16_MAX)
        boot_refuse(d->node, "give 1 to 65535", "coff,sched-weight is too large");
    if (t->cap > 100 * d->nr_vcpus)
        boot_refuse(d->node, "give percent of one CPU", "coff,sched-cap is more than its vCPUs");
    if ((t->period_us || t->budget_us) &&
        (t->budget_us < SHARE_MIN_US || t->budget_us > t->period_us))
        boot_refuse(d->node, "give both, budget from 10 up to the period",
                    "coff,sched-budget-us does not fit coff,sched-period-us");
}

static void check_domain(struct system *s, struct system_domain *d) {
    uint64_t sum = 0;

    check_numbers(d);
    find_pool(s, d);
    if (d->kernel == NO_MODULE)
        boot_refuse(
            d->node,
            "add a node with compatible = \"multiboot,kernel\", \"multiboot,module\" and reg",
            "domain without a kernel module");
    if (d->enhanced == ENHANCED_ALL && !s->has_dom0)
        boot_refuse(d->node, "use xen,enhanced = \"no-xenstore\", or add a Dom0",
                    "Xenstore needs a Dom0");
    if (d->direct_map && d->nr_banks == 0)
        boot_refuse(d->node, "add xen,static-mem", "direct-map without static memory");
    for (unsigned i = 0; i < d->nr_banks; i++) {
        take_static(s, &d->bank[i], d->node);
        sum += d->bank[i].size;
    }
    if (d->nr_banks && sum != d->memory)
        boot_refuse(d->node, "make them equal", "memory is %llu KiB, xen,static-mem %llu KiB",
                    (unsigned long long)(d->memory >> 10), (unsigned long long)(sum >> 10));
}

unsigned system_guest_ram(const struct system_domain *d, struct system_range *bank) {
    uint64_t low = MIN(d->memory, GUEST_RAM0_SIZE);

    if (d->direct_map) {
        memcpy(bank, d->bank, d->nr_banks * sizeof(*bank));
        return d->nr_banks;
    }
    bank[0] = (struct system_range){pa_of(GUEST_RAM0_BASE), low}; // Xen's two, filled from below
    bank[1] = (struct system_range){pa_of(GUEST_RAM1_BASE), d->memory - low};
    return d->memory > low ? 2 : 1;
}

static bool in_guest_ram(const struct system_domain *d, const struct system_range *r) {
    struct system_range bank[MAX_STATIC_BANKS];
    bool hit = false;

    for (unsigned n = system_guest_ram(d, bank); n-- > 0;)
        hit = hit || range_overlap(r, &bank[n]);
    return hit;
}

static void check_shared(struct system *s, unsigned n) {
    const struct system_shared *m = &s->shared[n];
    struct system_range seen = {pa_of(m->at.v), m->range.size};
    bool known = false;
    uint64_t end;

    for (unsigned i = 0; i < n; i++) {
        const struct system_shared *o = &s->shared[i];
        bool same = o->range.base.v == m->range.base.v && o->range.size == m->range.size;

        if (strcmp(o->id, m->id) != 0)
            continue;
        known = true;
        if (!same)
            boot_refuse(m->node, "give the same address and size in both",
                        "shared memory \"%s\" is another range in %s", m->id, o->node);
        if (o->owner && m->owner)
            boot_refuse(m->node, "make one a borrower",
                        "shared memory \"%s\" has a second owner, "
                        "the first is %s",
                        m->id, o->node);
        if (o->domid == m->domid)
            boot_refuse(m->node, "remove one", "the same domain has \"%s\" twice", m->id);
    }
    if (!known)
        take_static(s, &m->range, m->node);
    if ((m->at.v & (PAGE_SIZE - 1)) || ck_add(m->at.v, m->range.size, &end))
        boot_refuse(m->node, "give whole pages of 4 KiB", "guest address 0x%llx is no page's",
                    (unsigned long long)m->at.v);
    if (m->domid && in_guest_ram(&s->domain[m->domid - 1], &seen))
        boot_refuse(m->node, "choose another guest address",
                    "shared memory at 0x%llx is where the domain's own memory is",
                    (unsigned long long)m->at.v);
    if (!m->domid && m->at.v != m->range.base.v)
        boot_refuse(m->node, "give the machine address twice",
                    "Dom0 sees shared memory only where it is, at 0x%llx",
                    (unsigned long long)m->range.base.v);
}

static void check_link(struct system *s, unsigned n) {
    struct system_link *l = &s->link[n];
    bool found = false;

    if (l->port == 0 || l->port >= EVTCHN_MAX_PORTS)
        boot_refuse(l->node, "give one from 1 to 4095", "xen,evtchn has no possible port");
    for (unsigned i = 0; i < s->nr_links; i++) {
        const struct system_link *o = &s->link[i];

        if (i != n && o->domid == l->domid && o->port == l->port)
            boot_refuse(l->node, "give each its own port", "port %u is used by %s too", l->port,
                        o->node);
        if (i == n || o->phandle == 0 || o->phandle != l->peer)
            continue;
        if (o->peer != l->phandle)
            boot_refuse(l->node, "make them name each other", "its other end %s names another",
                        o->node);
        l->other = (uint8_t)i;
        found = true;
    }
    if (!found)
        boot_refuse(l->node, "give the phandle of another xen,evtchn-v1 node",
                    "xen,evtchn leads to no event channel");
    if (l->domid == 0 && !s->has_dom0)
        boot_refuse(l->node, "move it into an xen,domain node", "there is no Dom0 for it");
}

void system_check_all(struct system *s) {
    check_modules(s);
    system_reserve(s, s->source.base, s->source.size);
    system_reserve(s, s->image.base, s->image.size);
    for (unsigned i = 0; i < s->nr_pools; i++)
        check_pool(s, i);
    for (unsigned i = 0; i < s->nr_domains; i++)
        check_domain(s, &s->domain[i]);
    for (unsigned i = 0; i < s->nr_pools; i++)
        check_windows(s, i);
    for (unsigned i = 0; i < s->nr_shared; i++)
        check_shared(s, i);
    for (unsigned i = 0; i < s->nr_links; i++)
        check_link(s, i);
}
void system_add_pages(struct system_range *list, unsigned *n, unsigned max,
                      const struct system_range *r) {
    uint64_t first = ALIGN_DOWN(r->base.v, PAGE_SIZE), end = ALIGN_UP(range_end(r), PAGE_SIZE);

    if (r->size == 0)
        return;
    if (end < first)
        end = ~0ULL & ~(PAGE_SIZE - 1);
    if (!range_insert(list, n, max, first, end))
        boot_refuse("device tree", "merge or disable some",
                    "more than %u separate regions of device registers", max);
}

void system_owned(const struct system *s, struct system_range *list, unsigned *count) {
    for (unsigned i = 0; i < s->nr_banks; i++)
        system_add_pages(list, count, MAX_RESERVED, &s->bank[i]);
    system_add_pages(list, count, MAX_RESERVED, &s->image);
    if (s->uart.compatible[0])
        system_add_pages(list, count, MAX_RESERVED, &s->uart.reg);
    system_add_pages(list, count, MAX_RESERVED, &s->gic.dist);
    system_add_pages(list, count, MAX_RESERVED, &s->gic.cpu);
    system_add_pages(list, count, MAX_RESERVED, &s->gic.hyp);
    system_add_pages(list, count, MAX_RESERVED, &s->gic.vcpu);
    for (unsigned i = 0; i < s->gic.nr_redist; i++)
        system_add_pages(list, count, MAX_RESERVED, &s->gic.redist[i]);
}

static void check_resets(const struct system *s) {
    for (unsigned i = 0; i < s->nr_resets; i++) {
        const struct device_reset *r = &s->reset[i].step;
        bool its_own = false;

        for (unsigned k = 0; k < s->nr_assigned; k++)
            its_own =
                its_own || (s->assigned[k].domid == s->reset[i].domid &&
                            r->at.v - s->assigned[k].range.base.v < s->assigned[k].range.size);
        if (!its_own || r->at.v % 4 || (r->wanted & ~r->mask))
            boot_refuse("coff,reset", "correct it",
                        "no register of the domain is at 0x%llx, or what is wanted never comes",
                        (unsigned long long)r->at.v);
    }
}

void system_check_assigned(const struct system *s) {
    static struct system_range taken[MAX_RESERVED];
    unsigned nr = 0;
    uint64_t end;

    system_owned(s, taken, &nr);
    for (unsigned i = 0; i < s->nr_assigned; i++) {
        const struct system_assigned *a = &s->assigned[i];
        const char *node = s->domain[a->domid - 1].node;

        if (ck_add(a->range.base.v, a->range.size, &end) || ck_add(a->at.v, a->range.size, &end))
            boot_refuse(node, "correct xen,reg", "xen,reg reaches beyond 64 bits");
        if (a->range.size == 0 || ((a->range.base.v | a->range.size | a->at.v) & (PAGE_SIZE - 1)))
            boot_refuse(node, "correct xen,reg", "xen,reg is not whole pages of 4 KiB");
        for (unsigned k = 0; k < nr; k++)
            if (range_overlap(&a->range, &taken[k]))
                boot_refuse(node, "take it out of xen,reg",
                            "registers at 0x%llx are memory, the hypervisor's, or another domain's",
                            (unsigned long long)a->range.base.v);
        if (!range_insert(taken, &nr, MAX_RESERVED, a->range.base.v, range_end(&a->range)))
            boot_refuse(node, "assign fewer", "too many separate regions of registers");
    }
    check_resets(s);
}

void system_lay_out_vgic(const struct system *s) {
    const struct system_gic *g = &s->gic;
    struct vgic_layout *l = &vgic_host_layout;
    l->version = (uint8_t)g->version;
    l->dist_base = g->dist.base.v, l->dist_size = g->dist.size;
    l->cpu_base = g->cpu.base.v, l->cpu_size = g->cpu.size;
    l->vcpu_base = g->vcpu.base.v, l->vcpu_size = g->vcpu.size;
    l->redist_stride = g->redist_stride;
    l->nr_redist = g->nr_redist;
    for (unsigned i = 0; i < g->nr_redist; i++) {
        l->redist_base[i] = g->redist[i].base.v;
        l->redist_size[i] = g->redist[i].size;
    }
}
