// SPDX-License-Identifier: Apache-2.0
// Static domains as Xen's bindings have them (docs/misc/arm/device-tree/booting.txt): xen,domain
// nodes below /chosen, the memory that they share and their event channels; what does not fit
// together is refused by name, before anything runs. Pure but for boot_refuse. Boot CPU only;
// O(domains * entries).
#include <boot/dt_readers.h>
#include <boot/range.h>

#include <core/evtchn.h>
#include <core/log.h>
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/arch-arm.h>

#define SHARE_MIN_US 10 // of a budget, as domctl has it

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

static enum system_enhanced read_enhanced(const struct dt_walk *w) {
    static const struct {
        const char *word;
        enum system_enhanced value;
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

static void read_share(struct system_share *s, const struct dt_walk *w, uint32_t nr_vcpus) {
    s->weight = small_number(w, "coff,sched-weight", 0);
    s->cap = small_number(w, "coff,sched-cap", 0);
    s->period_us = small_number(w, "coff,sched-period-us", 0);
    s->budget_us = small_number(w, "coff,sched-budget-us", 0);
    if (s->weight > UINT16_MAX)
        refuse_name(w, "coff,sched-weight", "is too large", "give 1 to 65535");
    if (s->cap > 100 * nr_vcpus)
        refuse_name(w, "coff,sched-cap", "is more than its vCPUs", "give percent of one CPU");
    if ((s->period_us || s->budget_us) &&
        (s->budget_us < SHARE_MIN_US || s->budget_us > s->period_us))
        refuse_name(w, "coff,sched-budget-us", "does not fit coff,sched-period-us",
                    "give both, budget from 10 up to the period");
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

    if (id >= d->nr_vcpus)
        refuse_name(w, "id", "is no vCPU of the domain", "give 0 up to cpus - 1");
    if (!dt_string(w, "hard-affinity", list, sizeof(list)))
        return;
    d->pin[id] = cpu_list(list);
    if (!d->pin[id])
        refuse_name(w, "hard-affinity", "is no list of CPUs", "give it like \"0,2-3\"");
}

static void read_domain(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    struct system_domain *d = &s->domain[s->nr_domains];
    uint64_t kib;

    if (s->nr_domains == MAX_STATIC_DOMAINS)
        dt_refuse(w->fdt, w->node, "more than 12 static domains", "remove some");
    *d = (struct system_domain){.kernel = NO_MODULE, .ramdisk = NO_MODULE, .dtb = NO_MODULE};
    strlcpy(d->node, dt_walk_path(w), sizeof(d->node));
    if (!number(w, "memory", 2, &kib) || kib == 0 || kib > GUEST_RAM_MAX >> 10)
        refuse_name(w, "memory", "is missing, 0 or too large", "give two cells, the size in KiB");
    d->memory = ALIGN_UP(kib << 10, PAGE_SIZE);
    d->nr_vcpus = small_number(w, "cpus", 0);
    if (d->nr_vcpus == 0 || d->nr_vcpus > MAX_VCPUS)
        refuse_name(w, "cpus", "is missing or no possible number", "give 1 to 8");
    d->vpl011 = has(w, "vpl011");
    d->vpmu = has(w, "vpmu");
    d->nr_spis_given = has(w, "nr_spis");
    d->nr_spis = small_number(w, "nr_spis", 0);
    if (d->nr_spis > MAX_SPIS)
        refuse_name(w, "nr_spis", "is more than there can be", "give at most 988");
    d->paging_mib = small_number(w, "xen,domain-p2m-mem-mb", 0);
    d->direct_map = has(w, "direct-map");
    d->enhanced = read_enhanced(w);
    read_static(d, w);
    read_restart(&d->restart, w);
    read_share(&d->share, w, d->nr_vcpus);
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
    if (l->port == 0 || l->port >= EVTCHN_MAX_PORTS)
        refuse_name(w, "xen,evtchn", "has no possible port", "give one from 1 to 4095");
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
    p->windows = dt_property(w->fdt, w->node, "coff,windows");
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
    dt_reserve(s, r->base, r->size);
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
    const uint32_t *cell = p->windows.p;
    uint64_t sum = 0;

    if (!cell && !p->frame_us)
        return;
    if (!cell || p->windows.len <= 0 || p->windows.len % 12 ||
        p->windows.len / 12 > ARINC_WINDOWS || strcmp(p->sched, "arinc653") != 0)
        boot_refuse(p->node,
                    "give <domid vCPU microseconds> for each of up to 64, coff,major-frame-us and "
                    "cpupool-sched = \"arinc653\"",
                    "coff,windows are no timetable");
    for (int i = 0; i < p->windows.len / 12; i++, cell += 3) {
        uint32_t domid = dt_cell(cell), vcpu = dt_cell(cell + 1), length = dt_cell(cell + 2);

        if (!in_pool(s, n, domid, vcpu))
            boot_refuse(p->node, "name domains that have this pool in domain-cpupool",
                        "window %d of coff,windows is for d%uv%u, who is not in the pool", i, domid,
                        vcpu);
        sum += length;
        if (length == 0 || sum > p->frame_us)
            boot_refuse(p->node, "shorten windows or lengthen coff,major-frame-us",
                        "window %d of coff,windows is empty or ends after the frame", i);
    }
}

static void check_domain(struct system *s, struct system_domain *d) {
    uint64_t sum = 0;

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

// Does [at, at+size) of the domain's addresses lie where its RAM is?
static bool in_guest_ram(const struct system_domain *d, const struct system_range *r) {
    struct system_range low = {pa_of(GUEST_RAM0_BASE), MIN(d->memory, GUEST_RAM0_SIZE)};
    struct system_range high = {pa_of(GUEST_RAM1_BASE), d->memory - low.size};
    bool hit = !d->direct_map && (range_overlap(r, &low) || range_overlap(r, &high));

    for (unsigned i = 0; d->direct_map && i < d->nr_banks; i++)
        hit = hit || range_overlap(r, &d->bank[i]);
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

void dt_domain_finish(struct system *s) {
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
