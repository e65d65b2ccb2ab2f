// SPDX-License-Identifier: Apache-2.0
// Devices of domains: they are there, nobody else has them or a part of their pages, their
// interrupts reach the GIC, and what can read and write all of memory was accepted.
#include "arena.h"
#include "plan.h"
#include <libfdt.h>
#include <string.h>
#include <xen/arch-arm.h>

#define FIRST_SPI 32
#define LAST_SPI 1019
#define GIC_SPI 0 // first cell of an interrupt

// Devices that only answer: they never read or write memory.
static const char *const no_dma[] = {"arm,pl011",
                                     "arm,pl031",
                                     "arm,pl061",
                                     "arm,sp804",
                                     "arm,sp805",
                                     "cdns,uart-r1p12",
                                     "xlnx,xuartps",
                                     "cdns,ttc",
                                     "cdns,wdt-r1p2",
                                     "cdns,i2c-r1p14",
                                     "xlnx,zynqmp-gpio-1.0",
                                     "xlnx,zynq-can-1.0",
                                     "ns16550a",
                                     "snps,dw-apb-uart",
                                     "fixed-clock",
                                     NULL};

static void add(struct plan *p, const struct domain *d, const struct device *device, int node) {
    struct assigned a = {.domain = d, .device = device, .node = node};
    struct dt_interrupt irq;

    a.path = dt_path(p->machine.fdt, node);
    while (a.nr_reg < MAX_REGS && dt_reg(p->machine.fdt, node, a.nr_reg, &a.reg[a.nr_reg]))
        a.nr_reg++;
    for (unsigned i = 0; a.nr_irq < MAX_IRQS && dt_interrupt(p->machine.fdt, node, i, &irq); i++) {
        unsigned id = irq.n > 1 ? irq.cell[1] + FIRST_SPI : 0;
        bool known = false;
        if (irq.controller != p->machine.gic)
            complain(p->report, device->at, "assign the interrupt controller's domain instead",
                     "interrupts of %s go to %s, not to the GIC", a.path,
                     irq.controller < 0 ? "nothing" : dt_path(p->machine.fdt, irq.controller));
        else if (irq.cell[0] != GIC_SPI || id > LAST_SPI)
            complain(p->report, device->at, "leave it to the hypervisor",
                     "%s has an interrupt that is private to each CPU", a.path);
        for (unsigned k = 0; k < a.nr_irq; k++)
            known = known || a.irq[k] == id;
        if (!known)
            a.irq[a.nr_irq++] = id;
    }
    p->assigned = grow(p->assigned, p->nr_assigned, sizeof(a));
    p->assigned[p->nr_assigned++] = a;
}

static bool is_own(const struct plan *p, int node) {
    static const char *const own[] = {
        "arm,psci",        "arm,psci-0.2", "arm,psci-1.0", "arm,armv8-timer",
        "arm,armv7-timer", "arm,smmu-v3",  "arm,mmu-500",  NULL};
    const char *type = fdt_getprop(p->machine.fdt, node, "device_type", NULL);

    return node == p->machine.gic || node == 0 || dt_is_one_of(p->machine.fdt, node, own) ||
           (type && (!strcmp(type, "cpu") || !strcmp(type, "memory")));
}

bool device_masters(const struct plan *p, const struct assigned *a) {
    return !dt_is_one_of(p->machine.fdt, a->node, no_dma);
}

// Why the domain could reach all of memory through it; NULL: it cannot.
static const char *unsafe(const struct plan *p, const struct assigned *a) {
    if (!device_masters(p, a))
        return NULL;
    if (!fdt_getprop(p->machine.fdt, a->node, "iommus", NULL))
        return "no IOMMU is between it and memory";
    return "its IOMMU is not driven by the hypervisor";
}

static void check_one(struct plan *p, const struct assigned *a) {
    const void *fdt = p->machine.fdt;
    const char *why;

    if (is_own(p, a->node)) {
        complain(p->report, a->device->at, "leave it to the hypervisor",
                 "%s is what the hypervisor runs with", a->path);
        return;
    }
    if (a->node == p->machine.console)
        complain(p->report, a->device->at, "assign another UART, or give hypervisor: console",
                 "%s is the hypervisor's console", a->path);
    if (!dt_is_on(fdt, a->node))
        complain(p->report, a->device->at, "assign one with status \"okay\"", "%s is disabled",
                 a->path);
    if (!a->nr_reg)
        complain(p->report, a->device->at, "assign a node with reg", "%s has no registers",
                 a->path);
    why = unsafe(p, a);
    if (why && !a->domain->unsafe_dma.s)
        complain(p->report, a->device->at,
                 "write unsafe-dma: accepted if the guest is trusted with that",
                 "%s could read and write all of memory: %s", a->path, why);
}

static uint64_t first_page(struct region r) { return r.base & ~(PAGE_SIZE - 1); }
static uint64_t page_bytes(struct region r) {
    return ((r.base + r.size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1)) - first_page(r);
}

static bool pages_meet(struct region a, struct region b) {
    return regions_meet(first_page(a), page_bytes(a), first_page(b), page_bytes(b));
}

static void check_pair(struct plan *p, const struct assigned *a, const struct assigned *b) {
    if (a->node == b->node) {
        complain(p->report, b->device->at, "keep one",
                 "%s is assigned twice, first to %s in line %u", b->path, a->domain->name.s,
                 a->device->at.line);
        return;
    }
    for (unsigned i = 0; i < b->nr_irq; i++)
        for (unsigned k = 0; k < a->nr_irq; k++)
            if (a->irq[k] == b->irq[i] && a->domain != b->domain)
                complain(p->report, b->device->at, "assign both to one domain",
                         "interrupt %u of %s is also that of %s, which %s has", b->irq[i], b->path,
                         a->path, a->domain->name.s);
}

static const struct assigned *owner_of(const struct plan *p, int node) {
    for (unsigned i = 0; i < p->nr_assigned; i++)
        if (p->assigned[i].node == node)
            return &p->assigned[i];
    return NULL;
}

// A page goes to one domain as a whole: nothing that is not its own may be in it.
static void check_pages(struct plan *p, const struct assigned *a) {
    const void *fdt = p->machine.fdt;
    int node = -1;

    while ((node = fdt_next_node(fdt, node, NULL)) >= 0) {
        const struct assigned *o = owner_of(p, node);
        struct region r;
        bool both = false;
        if (node == a->node || (o && o->domain == a->domain))
            continue;
        for (unsigned i = 0; dt_reg(fdt, node, i, &r); i++)
            for (unsigned k = 0; r.size && k < a->nr_reg; k++)
                both = both || pages_meet(r, a->reg[k]);
        if (both) {
            complain(p->report, a->device->at, "assign all of a page to one domain",
                     "a page of 4KiB has registers of %s and of %s", a->path, dt_path(fdt, node));
            return;
        }
    }
}

static void check_spis(struct plan *p, const struct domain *d) {
    unsigned wanted = domain_spis(p, d);

    if (d->spis.said && (d->spis.v > LAST_SPI + 1 - FIRST_SPI || d->spis.v < wanted))
        complain(p->report, d->spis.at, take_text("give %u to 988, or leave it out", wanted),
                 "%s cannot have %llu interrupts", d->name.s, (unsigned long long)d->spis.v);
    for (unsigned i = 0; i < p->nr_assigned; i++)
        for (unsigned k = 0; p->assigned[i].domain == d && k < p->assigned[i].nr_irq; k++)
            if (p->assigned[i].irq[k] == domain_console(p, d).irq)
                complain(p->report, p->assigned[i].device->at, "write console: none",
                         "interrupt %u of %s is that of the domain's console",
                         p->assigned[i].irq[k], p->assigned[i].path);
}

struct vpl011 domain_console(const struct plan *p, const struct domain *d) {
    struct vpl011 v = {GUEST_PL011_BASE, GUEST_VPL011_SPI};
    const void *fdt = p->machine.fdt;
    int uart = p->machine.console;
    struct dt_interrupt irq;
    struct region r;

    if (is_text(d->console, "none"))
        return (struct vpl011){0};
    if (d->memory.direct_map.v && uart >= 0 && dt_reg(fdt, uart, 0, &r) &&
        dt_interrupt(fdt, uart, 0, &irq) && irq.n > 1)
        v = (struct vpl011){r.base, irq.cell[1] + FIRST_SPI};
    return v;
}

unsigned domain_spis(const struct plan *p, const struct domain *d) {
    unsigned console = domain_console(p, d).irq, n = console ? console + 1 - FIRST_SPI : 0;

    for (unsigned i = 0; i < p->nr_assigned; i++)
        for (unsigned k = 0; p->assigned[i].domain == d && k < p->assigned[i].nr_irq; k++)
            if (p->assigned[i].irq[k] + 1 - FIRST_SPI > n)
                n = p->assigned[i].irq[k] + 1 - FIRST_SPI;
    return n;
}

void check_devices(struct plan *p) {
    for (size_t i = 0; i < p->model.domains.n; i++) {
        const struct domain *d = domain_at(&p->model, i);
        for (size_t k = 0; k < d->assign.n; k++) {
            const struct device *v = device_at(d, k);
            int node = v->path.s ? machine_node(p, v->path) : -1;
            if (node >= 0)
                add(p, d, v, node);
        }
        if (d->unsafe_dma.s && !d->assign.n && !d->device_tree.s)
            complain(p->report, d->unsafe_dma.at, "leave it out", "%s has no device", d->name.s);
    }
    for (unsigned i = 0; i < p->nr_assigned; i++) {
        check_one(p, &p->assigned[i]);
        for (unsigned k = 0; k < i; k++)
            check_pair(p, &p->assigned[k], &p->assigned[i]);
        check_pages(p, &p->assigned[i]);
    }
    for (size_t i = 0; i < p->model.domains.n; i++)
        check_spis(p, domain_at(&p->model, i));
}
