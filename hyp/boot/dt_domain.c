// SPDX-License-Identifier: Apache-2.0
// Static domains as Xen's bindings have them (docs/misc/arm/device-tree/booting.txt): xen,domain
// nodes below /chosen, the memory that they share and their event channels. What does not fit
// together is system_check.c's to refuse. Boot CPU only; O(nodes).
#include <boot/dt_readers.h>

#include <core/log.h>
#include <lib/string.h>
#include <xen/arch-arm.h>

static void refuse_name(const struct dt_walk *w, const char *name, const char *what,
                        const char *remedy) {
    boot_refuse(dt_walk_path(w), remedy, "%s %s", name, what);
}

static bool has(const struct dt_walk *w, const char *name) {
    return dt_property(w->fdt, w->node, name).p != NULL;
}

// A number of so many cells; false: the node does not give it.
static bool number(const struct dt_walk *w, const char *name, uint32_t cells, uint64_t *out) {
    struct dt_prop p = dt_property(w->fdt, w->node, name);

    if (!p.p)
        return false;
    if (p.len != (int)cells * 4 || !dt_cells(p.p, cells, out))
        refuse_name(w, name, "has a wrong size", cells == 2 ? "give two cells" : "give one cell");
    return true;
}

static uint32_t small_number(const struct dt_walk *w, const char *name, uint32_t otherwise) {
    uint64_t n = otherwise;

    (void)number(w, name, 1, &n);
    return (uint32_t)n;
}

domid_t dt_domid(const struct dt_scan *scan, const struct dt_walk *w) {
    return w->depth > 2 && w->level[2].node == scan->domain_node ? scan->domid : 0;
}

// xen,static-mem: <address size> pairs in the cells of the node above.
static void read_static(struct system_domain *d, const struct dt_walk *w) {
    const struct dt_level *up = &w->level[w->depth - 1];
    uint32_t cells = up->addr_cells + up->size_cells;
    struct dt_prop prop = dt_property(w->fdt, w->node, "xen,static-mem");
    const uint32_t *p = prop.p;
    int len = prop.len;

    if (!p)
        return;
    if (cells == 0 || len == 0 || len % (int)(cells * 4) != 0)
        refuse_name(w, "xen,static-mem", "is not a whole number of entries",
                    "make #address-cells and #size-cells of /chosen fit it");
    for (; len > 0; len -= (int)(cells * 4), p += cells) {
        struct system_range *r = &d->bank[d->nr_banks];

        if (d->nr_banks == MAX_STATIC_BANKS)
            refuse_name(w, "xen,static-mem", "has more than 4 entries", "merge neighbours");
        if (!dt_cells(p, up->addr_cells, &r->base.v) ||
            !dt_cells(p + up->addr_cells, up->size_cells, &r->size))
            refuse_name(w, "xen,static-mem", "has an address beyond 64 bits", "correct it");
        d->nr_banks++;
    }
}

static uint8_t read_enhanced(const struct dt_walk *w) {
    static const struct {
        const char *word;
        uint8_t value;
    } words[] = {{"", ENHANCED_ALL},
                 {"enabled", ENHANCED_ALL},
                 {"disabled", ENHANCED_NO},
                 {"no-xenstore", ENHANCED_NO_XENSTORE}};
    char word[16] = "";
    struct dt_prop p = dt_property(w->fdt, w->node, "xen,enhanced");

    if (!p.p)
        return ENHANCED_NO;
    if (p.len > 0)
        (void)dt_string(w, "xen,enhanced", word, sizeof(word));
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(word, words[i].word) == 0)
            return words[i].value;
    refuse_name(w, "xen,enhanced", "has a value that is not known",
                "use \"enabled\", \"disabled\" or \"no-xenstore\"");
    return ENHANCED_NO;
}

// Our own binding (docs/static-domains.md): what happens when the domain stops.
static uint8_t read_action(const struct dt_walk *w, const char *name) {
    static const char *const words[] = {[ACTION_HALT] = "halt",
                                        [ACTION_RESTART] = "restart",
                                        [ACTION_RESTART_GROUP] = "restart-group",
                                        [ACTION_PANIC] = "panic"};
    char word[16];

    if (!dt_string(w, name, word, sizeof(word)))
        return ACTION_HALT;
    for (uint8_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    refuse_name(w, name, "has a value that is not known",
                "use \"halt\", \"restart\", \"restart-group\" or \"panic\"");
    return ACTION_HALT;
}

static void read_restart(struct restart_policy *p, const struct dt_walk *w) {
    p->on_crash = read_action(w, "coff,on-crash");
    p->on_hang = read_action(w, "coff,on-hang");
    p->on_shutdown = read_action(w, "coff,on-shutdown");
    p->limit = small_number(w, "coff,restart-limit", 0);
    p->group = small_number(w, "coff,restart-group", 0);
}

static void read_share(struct system_share *s, const struct dt_walk *w) {
    s->weight = small_number(w, "coff,sched-weight", 0);
    s->cap = small_number(w, "coff,sched-cap", 0);
    s->period_us = small_number(w, "coff,sched-period-us", 0);
    s->budget_us = small_number(w, "coff,sched-budget-us", 0);
}

// The CPUs of a list like "0,2-3" as a mask; 0: it is none.
static uint32_t cpu_list(const char *p) {
    uint32_t mask = 0;
    char *end;

    for (;; p = end + 1) {
        unsigned long long first = strtoull(p, &end, 10), last = first;

        if (end != p && *end == '-') {
            p = end + 1;
            last = strtoull(p, &end, 10);
        }
        if (end == p || first > last || last >= NR_CPUS)
            return 0;
        mask |= (2U << last) - (1U << first);
        if (*end != ',')
            return *end ? 0 : mask;
    }
}

// A vCPU's place, in Xen's later binding.
static void read_vcpu(struct system_domain *d, const struct dt_walk *w) {
    uint32_t id = small_number(w, "id", MAX_VCPUS);
    char list[48];

    if (id >= MIN(d->nr_vcpus, (uint32_t)MAX_VCPUS))
        refuse_name(w, "id", "is no vCPU of the domain", "give 0 up to cpus - 1");
    if (!dt_string(w, "hard-affinity", list, sizeof(list)))
        return;
    d->pin[id] = cpu_list(list);
    if (!d->pin[id])
        refuse_name(w, "hard-affinity", "is no list of CPUs", "give it like \"0,2-3\"");
}

static void read_domain(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    struct system_domain *d = &s->domain[s->nr_domains];
    uint64_t kib = 0;

    if (s->nr_domains == MAX_STATIC_DOMAINS)
        dt_refuse(w->fdt, w->node, "more than 12 static domains", "remove some");
    *d = (struct system_domain){.kernel = NO_MODULE, .ramdisk = NO_MODULE, .dtb = NO_MODULE};
    strlcpy(d->node, dt_walk_path(w), sizeof(d->node));
    (void)number(w, "memory", 2, &kib);
    d->memory = kib > GUEST_RAM_MAX >> 10 ? ~0ULL : ALIGN_UP(kib << 10, PAGE_SIZE);
    d->nr_vcpus = small_number(w, "cpus", 0);
    d->vpl011 = has(w, "vpl011");
    d->vpmu = has(w, "vpmu");
    d->nr_spis_given = has(w, "nr_spis");
    d->nr_spis = small_number(w, "nr_spis", 0);
    d->paging_mib = small_number(w, "xen,domain-p2m-mem-mb", 0);
    d->direct_map = has(w, "direct-map");
    d->enhanced = read_enhanced(w);
    read_static(d, w);
    read_restart(&d->restart, w);
    read_share(&d->share, w);
    d->pool_phandle = small_number(w, "domain-cpupool", 0);
    scan->domain_node = w->node;
    scan->domid = (domid_t)++s->nr_domains;
}

// xen,shared-mem: <machine address, guest address, size>.
static void read_shared(struct system *s, const struct dt_scan *scan, const struct dt_walk *w) {
    const struct dt_level *up = &w->level[w->depth - 1];
    struct system_shared *m = &s->shared[s->nr_shared];
    uint32_t a = up->addr_cells;
    char role[16] = "borrower";
    struct dt_prop prop = dt_property(w->fdt, w->node, "xen,shared-mem");
    const uint32_t *p = prop.p;

    if (s->nr_shared == MAX_SHARED)
        dt_refuse(w->fdt, w->node, "more than 16 uses of shared memory", "remove some");
    *m = (struct system_shared){.domid = dt_domid(scan, w)};
    strlcpy(m->node, dt_walk_path(w), sizeof(m->node));
    if (!dt_string(w, "xen,shm-id", m->id, sizeof(m->id)))
        dt_refuse(w->fdt, w->node, "shared memory without xen,shm-id", "name it, 15 characters");
    if (!p || prop.len != (int)(2 * a + up->size_cells) * 4)
        refuse_name(w, "xen,shared-mem", "is not one machine address, guest address and size",
                    "make #address-cells and #size-cells of the node above fit it");
    if (!dt_cells(p, a, &m->range.base.v) || !dt_cells(p + a, a, &m->at.v) ||
        !dt_cells(p + 2 * a, up->size_cells, &m->range.size))
        refuse_name(w, "xen,shared-mem", "has an address beyond 64 bits", "correct it");
    (void)dt_string(w, "role", role, sizeof(role));
    m->owner = strcmp(role, "owner") == 0;
    if (!m->owner && strcmp(role, "borrower") != 0)
        refuse_name(w, "role", "has a value that is not known", "use \"owner\" or \"borrower\"");
    s->nr_shared++;
}

static void read_link(struct system *s, const struct dt_scan *scan, const struct dt_walk *w) {
    struct system_link *l = &s->link[s->nr_links];
    uint64_t both;

    if (s->nr_links == MAX_LINKS)
        dt_refuse(w->fdt, w->node, "more than 32 ends of static event channels", "remove some");
    if (!number(w, "xen,evtchn", 2, &both))
        dt_refuse(w->fdt, w->node, "event channel without xen,evtchn",
                  "give xen,evtchn = <port &other-end>");
    *l = (struct system_link){.domid = dt_domid(scan, w),
                              .port = (uint32_t)(both >> 32),
                              .peer = (uint32_t)both,
                              .phandle = w->level[w->depth].phandle};
    strlcpy(l->node, dt_walk_path(w), sizeof(l->node));
    s->nr_links++;
}

// The MPIDR of the CPU whose node has the phandle.
static bool cpu_mpidr(const void *fdt, uint32_t phandle, uint64_t *mpidr) {
    int node = dt_by_phandle(fdt, phandle);
    struct dt_prop reg = {.p = NULL};

    if (node >= 0)
        reg = dt_property(fdt, node, "reg");
    return reg.p && (reg.len == 4 || reg.len == 8) && dt_cells(reg.p, (uint32_t)reg.len / 4, mpidr);
}

// coff,windows: <domid vCPU microseconds> for each.
static void read_windows(struct system_pool *p, const struct dt_walk *w) {
    struct dt_prop prop = dt_property(w->fdt, w->node, "coff,windows");
    const uint32_t *c = prop.p;

    if (!c)
        return;
    if (prop.len % 12 || prop.len / 12 > MAX_WINDOWS)
        refuse_name(w, "coff,windows", "is no timetable",
                    "give <domid vCPU microseconds> for each of up to 64");
    for (; p->nr_windows < (uint32_t)prop.len / 12; p->nr_windows++, c += 3)
        p->window[p->nr_windows] =
            (struct system_window){dt_cell(c), dt_cell(c + 1), dt_cell(c + 2)};
}

// Boot-time cpupools (docs/misc/arm/device-tree/cpupools.txt).
static void read_pool(struct system *s, const struct dt_walk *w) {
    struct system_pool *p = &s->pool[s->nr_pools];
    struct dt_prop cpus = dt_property(w->fdt, w->node, "cpupool-cpus");

    if (s->nr_pools == MAX_CPUPOOLS)
        dt_refuse(w->fdt, w->node, "more than 4 cpupools", "remove some");
    if (cpus.len <= 0 || cpus.len % 4 || cpus.len / 4 > NR_CPUS)
        refuse_name(w, "cpupool-cpus", "is not 1 to 8 phandles", "name the pool's nodes of /cpus");
    *p = (struct system_pool){.phandle = w->level[w->depth].phandle};
    strlcpy(p->node, dt_walk_path(w), sizeof(p->node));
    (void)dt_string(w, "cpupool-sched", p->sched, sizeof(p->sched));
    read_windows(p, w);
    p->frame_us = small_number(w, "coff,major-frame-us", 0);
    for (; p->nr_cpus < (unsigned)cpus.len / 4; p->nr_cpus++)
        if (!cpu_mpidr(w->fdt, dt_cell((const uint32_t *)cpus.p + p->nr_cpus),
                       &p->mpidr[p->nr_cpus]))
            refuse_name(w, "cpupool-cpus", "leads to no CPU", "give phandles of nodes of /cpus");
    s->nr_pools++;
}

void dt_domain_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    if (w->depth < 2 || !w->level[w->depth].chosen || !w->compatible.p || !w->available)
        return;
    if (w->depth == 2 && dt_is_compatible(w, "xen,domain"))
        read_domain(s, scan, w);
    else if (w->depth == 2 && dt_is_compatible(w, "xen,cpupool"))
        read_pool(s, w);
    else if (w->depth == 3 && dt_domid(scan, w) && dt_is_compatible(w, "xen,vcpu"))
        read_vcpu(&s->domain[dt_domid(scan, w) - 1], w);
    else if (dt_is_compatible(w, "xen,domain-shared-memory-v1"))
        read_shared(s, scan, w);
    else if (dt_is_compatible(w, "xen,evtchn-v1"))
        read_link(s, scan, w);
}
