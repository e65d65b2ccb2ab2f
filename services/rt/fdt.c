// SPDX-License-Identifier: Apache-2.0
// A guest's reader of the flattened device tree (DT spec v0.4, chapter 5): one pass, no
// recursion. Knows memory, cpus, the GIC, the architected timer, /hypervisor, the UART and static
// shared memory; writes rt_platform and rt_cpus. What it does not find stays 0. A tree it cannot
// walk leaves everything 0.

#include "rt.h"
#include <lib/string.h>

#define MAX_DEPTH 12U

struct node {
    uint32_t address_cells, size_cells; // for this node's children
    uint32_t kind;
};

enum kind {
    KIND_OTHER,
    KIND_MEMORY,
    KIND_CPU,
    KIND_GIC2,
    KIND_GIC3,
    KIND_TIMER,
    KIND_XEN,
    KIND_UART,
    KIND_SHARED,
    KIND_RTC,
    KIND_CADENCE
};

// A node's properties may stand in any order, so they are kept until the node ends.
struct props {
    const uint8_t *reg, *interrupts;
    const char *id;
    uint32_t reg_len, interrupts_len;
};

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t cells(const uint8_t **p, uint32_t n) {
    uint64_t v = 0;
    for (uint32_t i = 0; i < n; i++, *p += 4) {
        v = v << 32 | be32(*p);
    }
    return v;
}

static bool listed(const uint8_t *list, uint32_t len, const char *name) {
    for (uint32_t i = 0; i < len; i += (uint32_t)strlen((const char *)list + i) + 1U) {
        if (strcmp((const char *)list + i, name) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t kind_by_compatible(const uint8_t *v, uint32_t len) {
    if (listed(v, len, "arm,gic-v3")) {
        return KIND_GIC3;
    }
    if (listed(v, len, "arm,gic-400") || listed(v, len, "arm,cortex-a15-gic")) {
        return KIND_GIC2;
    }
    if (listed(v, len, "arm,armv8-timer")) {
        return KIND_TIMER;
    }
    if (listed(v, len, "arm,sbsa-uart")) {
        return KIND_UART;
    }
    if (listed(v, len, "xen,shared-memory-v1")) {
        return KIND_SHARED;
    }
    if (listed(v, len, "arm,pl031")) {
        return KIND_RTC;
    }
    if (listed(v, len, "cdns,uart-r1p12")) {
        return KIND_CADENCE;
    }
    return listed(v, len, "xen,xen") ? KIND_XEN : KIND_OTHER;
}

static void read_memory(const struct node *parent, const struct props *p) {
    const uint8_t *v = p->reg;
    uint32_t entry = 4U * (parent->address_cells + parent->size_cells);
    for (uint32_t off = 0; entry != 0 && off + entry <= p->reg_len; off += entry) {
        uint64_t base = cells(&v, parent->address_cells);
        uint64_t size = cells(&v, parent->size_cells);
        if (rt_platform.ram_size == 0) {
            rt_platform.ram_base = base;
            rt_platform.ram_size = size;
        }
        for (uint64_t a = base >> 30; size != 0 && a <= (base + size - 1U) >> 30 && a < 64U; a++) {
            rt_platform.ram_gib |= 1ULL << a;
        }
    }
}

// Interrupt specifier <type number flags>: SPIs start at INTID 32, PPIs at 16.
static uint32_t intid(const struct props *p, uint32_t index) {
    if ((index + 1U) * 12U > p->interrupts_len) {
        return 0;
    }
    const uint8_t *v = p->interrupts + index * 12U;
    return be32(v + 4) + (be32(v) == 0 ? 32U : 16U);
}

static void node_end(const struct node *node, const struct node *parent, const struct props *p) {
    const uint8_t *v = p->reg;
    struct rt_platform *pf = &rt_platform;
    switch (node->kind) {
    case KIND_MEMORY:
        read_memory(parent, p);
        break;
    case KIND_CPU:
        if (pf->nr_cpus < RT_MAX_CPUS && p->reg_len != 0) {
            rt_cpus[pf->nr_cpus].mpidr = cells(&v, parent->address_cells);
            pf->nr_cpus++;
        }
        break;
    case KIND_GIC2:
    case KIND_GIC3:
        if (p->reg_len < 8U * (parent->address_cells + parent->size_cells)) {
            break;
        }
        pf->gic_version = node->kind == KIND_GIC3 ? 3U : 2U;
        pf->gicd = cells(&v, parent->address_cells);
        (void)cells(&v, parent->size_cells);
        pf->gicc = pf->gicr = cells(&v, parent->address_cells);
        pf->gicr_size = cells(&v, parent->size_cells);
        break;
    case KIND_TIMER: // secure, physical, virtual, hypervisor
        pf->irq_ptimer = intid(p, 1);
        pf->irq_vtimer = intid(p, 2);
        break;
    case KIND_XEN:
        pf->irq_evtchn = intid(p, 0);
        break;
    case KIND_UART:
        pf->uart = cells(&v, parent->address_cells);
        pf->irq_uart = intid(p, 0);
        break;
    case KIND_SHARED:
        if (pf->nr_shared < RT_MAX_SHARED && p->id != NULL) {
            pf->shared[pf->nr_shared].id = p->id;
            pf->shared[pf->nr_shared].address = cells(&v, parent->address_cells);
            pf->shared[pf->nr_shared].size = cells(&v, parent->size_cells);
            pf->nr_shared++;
        }
        break;
    case KIND_RTC:
        pf->rtc = cells(&v, parent->address_cells);
        pf->irq_device = intid(p, 0);
        break;
    case KIND_CADENCE: // the one that the hypervisor keeps is not shown
        pf->cadence = cells(&v, parent->address_cells);
        pf->irq_device = intid(p, 0);
        break;
    default:
        break;
    }
}

static void property(struct node *node, struct props *p, const char *name, const uint8_t *v,
                     uint32_t len) {
    if (strcmp(name, "#address-cells") == 0) {
        node->address_cells = be32(v);
    } else if (strcmp(name, "#size-cells") == 0) {
        node->size_cells = be32(v);
    } else if (strcmp(name, "reg") == 0) {
        p->reg = v;
        p->reg_len = len;
    } else if (strcmp(name, "interrupts") == 0) {
        p->interrupts = v;
        p->interrupts_len = len;
    } else if (strcmp(name, "device_type") == 0) {
        node->kind = listed(v, len, "memory") ? KIND_MEMORY
                     : listed(v, len, "cpu")  ? KIND_CPU
                                              : node->kind;
    } else if (strcmp(name, "compatible") == 0 && node->kind == KIND_OTHER) {
        node->kind = kind_by_compatible(v, len);
    } else if (strcmp(name, "xen,id") == 0) {
        p->id = (const char *)v;
    } else if (strcmp(name, "bootargs") == 0) {
        rt_platform.bootargs = (const char *)v;
    }
}

void rt_fdt_read(const void *fdt) {
    const uint8_t *base = fdt;
    rt_platform.fdt = fdt;
    rt_platform.bootargs = "";
    if (base == NULL || be32(base) != 0xd00dfeedU) {
        return;
    }
    const uint8_t *p = base + be32(base + 8);
    const char *strings = (const char *)base + be32(base + 12);
    struct node stack[MAX_DEPTH] = {{2, 1, KIND_OTHER}};
    struct props props[MAX_DEPTH] = {{0}};
    uint32_t depth = 0;
    for (;;) {
        uint32_t token = be32(p);
        p += 4;
        if (token == 1U && depth + 1U < MAX_DEPTH) { // FDT_BEGIN_NODE
            p += (strlen((const char *)p) + 4U) & ~3U;
            depth++;
            stack[depth] = (struct node){2, 1, KIND_OTHER};
            props[depth] = (struct props){0};
        } else if (token == 2U && depth > 0) { // FDT_END_NODE
            node_end(&stack[depth], &stack[depth - 1U], &props[depth]);
            depth--;
        } else if (token == 3U) { // FDT_PROP
            uint32_t len = be32(p);
            property(&stack[depth], &props[depth], strings + be32(p + 4), p + 8, len);
            p += 8U + ((len + 3U) & ~3U);
        } else if (token != 4U) { // not FDT_NOP: the end
            return;
        }
    }
}

const struct rt_shared *rt_shared_memory(const char *id) {
    for (uint32_t i = 0; i < rt_platform.nr_shared; i++) {
        if (strcmp(rt_platform.shared[i].id, id) == 0) {
            return &rt_platform.shared[i];
        }
    }
    return NULL;
}
