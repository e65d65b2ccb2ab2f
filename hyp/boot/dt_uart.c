// SPDX-License-Identifier: Apache-2.0
// The console UART: found by dtuart=, /chosen stdout-path, or by being the first one with a driver,
// so that a machine without either still says why it stops. Boot CPU only; O(nodes).
#include <boot/dt.h>
#include <boot/dt_walk.h>

#include <core/log.h>
#include <drivers/uart.h>
#include <lib/string.h>

// The first of the node's compatible strings that has a driver, or NULL.
static const char *driver_name(const struct dt_walk *w) {
    for (int at = 0; at < w->compatible.len;) {
        const char *name = (const char *)w->compatible.p + at;

        if (!memchr(name, 0, (size_t)(w->compatible.len - at)))
            break;
        if (uart_find(name))
            return name;
        at += (int)strlen(name) + 1;
    }
    return NULL;
}

// INTID of the node's first interrupt if it goes to a GIC, else 0.
static irq_t first_irq(const struct dt_walk *w) {
    uint32_t phandle = w->level[w->depth].interrupt_parent, cells = 0;
    int parent;
    irq_t irq;

    if (w->interrupts_extended.p && w->interrupts_extended.len >= 4)
        phandle = dt_cell(w->interrupts_extended.p);
    parent = dt_by_phandle(w->fdt, phandle);
    if (parent >= 0)
        cells = dt_u32(w->fdt, parent, "#interrupt-cells", 0);
    if (cells < 3 || cells > 4 || dt_walk_irq(w, phandle, cells, 0, &irq))
        return 0;
    return irq;
}

static bool take_uart(struct system *s, const struct dt_walk *w) {
    const char *name = w->compatible.p && w->available ? driver_name(w) : NULL;
    struct system_uart *u = &s->uart;

    if (!name || dt_walk_reg(w, 0, &u->reg) || u->reg.size == 0)
        return false;
    u->node = w->node;
    strlcpy(u->path, dt_walk_path(w), sizeof(u->path));
    strlcpy(u->compatible, name, sizeof(u->compatible));
    u->reg_shift = dt_u32(w->fdt, w->node, "reg-shift", 0);
    u->io_width = dt_u32(w->fdt, w->node, "reg-io-width", 1);
    u->irq = first_irq(w);
    return true;
}

// `what` is a path or alias, options after a colon.
static bool take_named(struct system *s, struct dt_walk *w, const char *what) {
    const char *colon = strchr(what, ':');
    int len = (int)(colon ? (size_t)(colon - what) : strlen(what));
    int node = dt_find(dt_host.fdt, what, len);

    return node >= 0 && dt_walk_to(w, dt_host.fdt, node) && take_uart(s, w);
}

void dt_read_uart(struct system *s) {
    static const char *const names[] = {"stdout-path", "linux,stdout-path"};
    static struct dt_walk w;

    s->uart = (struct system_uart){.node = -1};
    if (options.dtuart[0]) {
        if (take_named(s, &w, options.dtuart))
            return;
        log_warning("dtuart=%s: no enabled UART with a driver there", options.dtuart);
    }
    for (unsigned i = 0; dt_host.chosen >= 0 && i < ARRAY_SIZE(names); i++) {
        struct dt_prop p = dt_property(dt_host.fdt, dt_host.chosen, names[i]);
        const char *path = p.p;

        if (path && p.len > 0 && !path[p.len - 1] && take_named(s, &w, path))
            return;
    }
    dt_walk_begin(&w, dt_host.fdt);
    while (dt_walk_next(&w))
        if (take_uart(s, &w))
            return;
}
