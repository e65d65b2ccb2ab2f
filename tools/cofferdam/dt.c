// SPDX-License-Identifier: Apache-2.0
#include "dt.h"
#include "arena.h"
#include <libfdt.h>
#include <string.h>

unsigned dt_cell_count(const void *fdt, int node, const char *name, unsigned usual) {
    int len;
    const fdt32_t *v = node < 0 ? NULL : fdt_getprop(fdt, node, name, &len);
    return v && len == 4 ? fdt32_to_cpu(*v) : usual;
}

const char *dt_path(const void *fdt, int node) {
    char path[512];
    return fdt_get_path(fdt, node, path, sizeof(path)) ? "?" : take_text("%s", path);
}

bool dt_is_one_of(const void *fdt, int node, const char *const *list) {
    for (; *list; list++)
        if (!fdt_node_check_compatible(fdt, node, *list))
            return true;
    return false;
}

bool dt_is_on(const void *fdt, int node) {
    const char *status = fdt_getprop(fdt, node, "status", NULL);
    return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static uint64_t number(const fdt32_t *v, unsigned cells) {
    uint64_t n = 0;

    for (unsigned i = 0; i < cells; i++)
        n = n << 32 | fdt32_to_cpu(v[i]);
    return n;
}

// One bus upward: an address of the children of `bus` as its parent sees it.
static bool translate(const void *fdt, int bus, uint64_t *address) {
    unsigned child = dt_cell_count(fdt, bus, "#address-cells", 2);
    unsigned size = dt_cell_count(fdt, bus, "#size-cells", 1);
    unsigned parent = dt_cell_count(fdt, fdt_parent_offset(fdt, bus), "#address-cells", 2);
    unsigned step = child + parent + size;
    int len;
    const fdt32_t *v = fdt_getprop(fdt, bus, "ranges", &len);

    if (!v)
        return false;
    if (len == 0)
        return true;
    if (child > 2 || parent > 2 || size > 2)
        return false;
    for (int left = len / 4; left >= (int)step; left -= (int)step, v += step) {
        uint64_t from = number(v, child), n = number(v + child + parent, size);
        if (*address >= from && *address - from < n) {
            *address = *address - from + number(v + child, parent);
            return true;
        }
    }
    return false;
}

bool dt_reg(const void *fdt, int node, unsigned i, struct region *out) {
    int bus = fdt_parent_offset(fdt, node), len;
    unsigned a = dt_cell_count(fdt, bus, "#address-cells", 2);
    unsigned s = dt_cell_count(fdt, bus, "#size-cells", 1);
    const fdt32_t *v = fdt_getprop(fdt, node, "reg", &len);

    if (!v || a > 2 || s > 2 || (unsigned)len / 4 < (i + 1) * (a + s))
        return false;
    v += i * (a + s);
    *out = (struct region){number(v, a), number(v + a, s)};
    for (; bus > 0; bus = fdt_parent_offset(fdt, bus))
        if (!translate(fdt, bus, &out->base))
            return false;
    return true;
}

static int interrupt_parent(const void *fdt, int node) {
    for (; node >= 0; node = fdt_parent_offset(fdt, node)) {
        uint32_t phandle = dt_cell_count(fdt, node, "interrupt-parent", 0);
        if (phandle)
            return fdt_node_offset_by_phandle(fdt, phandle);
    }
    return -1;
}

static bool fill(struct dt_interrupt *out, const fdt32_t *v, int left) {
    if (out->n == 0 || out->n > 4 || left < (int)out->n)
        return false;
    for (unsigned k = 0; k < out->n; k++)
        out->cell[k] = fdt32_to_cpu(v[k]);
    return true;
}

bool dt_interrupt(const void *fdt, int node, unsigned i, struct dt_interrupt *out) {
    int len;
    const fdt32_t *v = fdt_getprop(fdt, node, "interrupts-extended", &len);
    bool extended = v;

    if (!v)
        v = fdt_getprop(fdt, node, "interrupts", &len);
    for (int left = v ? len / 4 : 0; left > 0;) {
        out->controller = extended ? fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(*v))
                                   : interrupt_parent(fdt, node);
        out->n = dt_cell_count(fdt, out->controller, "#interrupt-cells", 0);
        v += extended;
        left -= extended;
        if (!fill(out, v, left))
            return false;
        if (i-- == 0)
            return true;
        v += out->n;
        left -= (int)out->n;
    }
    return false;
}

int dt_provider(const void *fdt, int node, const char *list, const char *cells, unsigned i) {
    int len;
    const fdt32_t *v = fdt_getprop(fdt, node, list, &len);

    for (int left = v ? len / 4 : 0; left > 0;) {
        int at = fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(*v));
        int step = 1 + (int)dt_cell_count(fdt, at, cells, 0);
        if (at < 0)
            return -1;
        if (i-- == 0)
            return at;
        v += step;
        left -= step;
    }
    return -1;
}
