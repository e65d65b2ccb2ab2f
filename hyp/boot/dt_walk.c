// SPDX-License-Identifier: Apache-2.0
// The device-tree walker (boot/dt_walk.h): preorder, no recursion, one pass over each node's
// properties. Called by boot/dt*.c and boot/dom0*.c. No locks. Worst case O(properties) per walk,
// DT_MAX_DEPTH deep.
#include <boot/dt_walk.h>

#include <core/errno.h>
#include <core/log.h>
#include <lib/string.h>

#define CELLS_DEFAULT_ADDR 2 // Devicetree Specification 2.3.5
#define CELLS_DEFAULT_SIZE 1
#define CELLS_MAX 4
#define DT_NO_PHANDLE 0xffffffffu // never a valid one

// The nodes from the root to `node` into the levels; false when there is none at this offset.
static bool find_levels(struct dt_walk *w, const void *fdt, int node) {
    int at = -1;

    dt_walk_begin(w, fdt);
    do {
        at = dt_next_node(fdt, at, &w->depth);
        if (w->depth >= 0 && w->depth < DT_MAX_DEPTH)
            w->level[w->depth].node = at;
    } while (at >= 0 && (at != node || w->depth >= DT_MAX_DEPTH));
    return at == node;
}

const char *dt_walk_path(const struct dt_walk *w) {
    static char path[DT_PATH_MAX];
    size_t len = 0;

    strlcpy(path, w->depth > 0 ? "" : "/", sizeof(path));
    for (int i = 1; i <= w->depth; i++) {
        strlcat(path, "/", sizeof(path));
        len = strlcat(path, dt_name(w->fdt, w->level[i].node), sizeof(path));
    }
    if (len >= sizeof(path)) {
        strlcpy(path, ".../", sizeof(path));
        strlcat(path, dt_name(w->fdt, w->level[w->depth].node), sizeof(path));
    }
    return path;
}

bool dt_walk_is_on(const struct dt_walk *w, const char *path) {
    for (int i = 1; i <= w->depth; i++) {
        const char *end;

        if (*path++ != '/')
            return false;
        end = strchr(path, '/');
        if (!end)
            end = path + strlen(path);
        if (!dt_is_named(dt_name(w->fdt, w->level[i].node), path, (size_t)(end - path)))
            return false;
        path = end;
    }
    return true;
}

// An alias of an alias is none: they may form a circle.
static const char *alias(const void *fdt, const char *name, int *len) {
    int aliases = dt_child(fdt, 0, "aliases", strlen("aliases"));

    if (aliases < 0)
        return NULL;
    for (int prop = dt_first_property(fdt, aliases); prop >= 0;
         prop = dt_next_property(fdt, prop)) {
        const char *is;
        struct dt_prop p = dt_property_at(fdt, prop, &is);

        if (strncmp(is, name, (size_t)*len) != 0 || is[*len] || p.len < 2)
            continue;
        *len = p.len - 1;
        return ((const char *)p.p)[*len] == 0 ? p.p : NULL;
    }
    return NULL;
}

int dt_find(const void *fdt, const char *path, int len) {
    int node = 0;

    if (len > 0 && path[0] != '/')
        path = alias(fdt, path, &len);
    if (!path || len <= 0 || path[0] != '/')
        return -1;
    for (const char *end = path + len, *next; node >= 0 && path < end; path = next) {
        next = path;
        while (next < end && *next != '/')
            next++;
        if (next != path)
            node = dt_child(fdt, node, path, (size_t)(next - path));
        else
            next++;
    }
    return node;
}

void dt_refuse(const void *fdt, int node, const char *what, const char *remedy) {
    static struct dt_walk w;

    boot_refuse(find_levels(&w, fdt, node) ? dt_walk_path(&w) : "device tree", remedy, "%s", what);
}

bool dt_cells(const void *p, uint32_t cells, uint64_t *out) {
    const uint32_t *c = p;
    uint64_t v = 0;

    for (uint32_t i = 0; i < cells; i++) {
        if (v >> 32)
            return false;
        v = v << 32 | dt_cell(c + i);
    }
    *out = v;
    return true;
}

bool dt_prop_is(struct dt_prop p, const char *value) {
    return p.p && p.len == (int)strlen(value) + 1 && memcmp(p.p, value, (size_t)p.len) == 0;
}

bool dt_is_compatible(const struct dt_walk *w, const char *name) {
    return dt_match(w, (const char *const[]){name, NULL});
}

const char *dt_match(const struct dt_walk *w, const char *const *names) {
    const char *at = w->compatible.p, *end = at ? at + w->compatible.len : NULL;
    const char *const *first = NULL;

    for (size_t n; at < end; at += n + 1) {
        n = strnlen(at, (size_t)(end - at));
        if (at + n == end)
            break; // not ended by a zero byte
        for (const char *const *name = names; *name && (!first || name < first); name++)
            if ((*name)[0] == at[0] && strcmp(*name, at) == 0)
                first = name;
    }
    return first ? *first : NULL;
}

static uint32_t cell_count(const struct dt_walk *w, struct dt_prop p, const char *what) {
    if (p.len != 4 || dt_cell(p.p) > CELLS_MAX)
        dt_refuse(w->fdt, w->node, what, "give one cell with a number from 0 to 4");
    return dt_cell(p.p);
}

static bool status_okay(struct dt_prop p) { return dt_prop_is(p, "okay") || dt_prop_is(p, "ok"); }

// Takes what is known by name into the walk and the level.
static void take_property(struct dt_walk *w, struct dt_level *l, const char *name,
                          struct dt_prop p) {
    switch (name[0]) {
    case '#':
        if (strcmp(name, "#address-cells") == 0)
            l->addr_cells = cell_count(w, p, "bad #address-cells");
        else if (strcmp(name, "#size-cells") == 0)
            l->size_cells = cell_count(w, p, "bad #size-cells");
        else if (strcmp(name, "#interrupt-cells") == 0)
            l->interrupt_domain = true;
        break;
    case 'c':
        if (strcmp(name, "compatible") == 0)
            w->compatible = p;
        break;
    case 'd':
        if (strcmp(name, "device_type") == 0)
            w->device_type = p;
        break;
    case 'i':
        if (strcmp(name, "interrupts") == 0) {
            w->interrupts = p;
        } else if (strcmp(name, "interrupts-extended") == 0) {
            w->interrupts_extended = p;
        } else if (strcmp(name, "interrupt-controller") == 0) {
            w->interrupt_controller = true;
        } else if (strcmp(name, "interrupt-parent") == 0 && p.len == 4) {
            l->interrupt_parent = dt_cell(p.p);
            l->interrupt_parent_node = -1;
            w->own_interrupt_parent = true;
        }
        break;
    case 'l':
        if (strcmp(name, "linux,phandle") == 0 && p.len == 4 && l->phandle == 0)
            l->phandle = dt_cell(p.p);
        break;
    case 'p':
        if (strcmp(name, "phandle") == 0 && p.len == 4)
            l->phandle = dt_cell(p.p);
        break;
    case 'r':
        if (strcmp(name, "reg") == 0)
            w->reg = p;
        else if (strcmp(name, "ranges") == 0)
            l->ranges = p;
        break;
    case 's':
        if (strcmp(name, "status") == 0)
            l->available = l->available && status_okay(p);
        break;
    case 'x':
        if (strcmp(name, "xen,passthrough") == 0)
            w->passthrough = true;
        break;
    default:
        break;
    }
}

// The nearest node above with #interrupt-cells is the parent, unless interrupt-parent says
// otherwise.
static void inherit_parent(struct dt_level *l, const struct dt_level *up) {
    l->interrupt_parent = up->interrupt_parent;
    l->interrupt_parent_node = up->interrupt_parent_node;
    if (up->interrupt_domain) {
        l->interrupt_parent = up->phandle ? up->phandle : DT_NO_PHANDLE;
        l->interrupt_parent_node = up->node;
    }
}

static void enter(struct dt_walk *w) {
    static const struct dt_prop none;
    struct dt_level *l = &w->level[w->depth];
    const struct dt_level *up = w->depth > 0 ? l - 1 : NULL;
    bool chosen;

    w->name = dt_name(w->fdt, w->node);
    chosen = up && (up->chosen || (w->depth == 1 && strcmp(w->name, "chosen") == 0));
    // Xen's readers inherit the cells inside /chosen; scripts rely on it.
    *l = (struct dt_level){
        .node = w->node,
        .addr_cells = chosen ? up->addr_cells : CELLS_DEFAULT_ADDR,
        .size_cells = chosen ? up->size_cells : CELLS_DEFAULT_SIZE,
        .interrupt_parent_node = -1,
        .available = up ? up->available : true,
        .chosen = chosen,
    };
    if (up)
        inherit_parent(l, up);
    w->compatible = w->device_type = w->reg = w->interrupts = w->interrupts_extended = none;
    w->own_interrupt_parent = w->interrupt_controller = w->passthrough = false;
    w->next = dt_behind_name(w->fdt, w->node);
    for (int prop; (prop = dt_property_from(w->fdt, w->next)) >= 0;
         w->next = dt_behind_property(w->fdt, prop)) {
        const char *name;
        struct dt_prop p = dt_property_at(w->fdt, prop, &name);

        take_property(w, l, name, p);
    }
    w->available = l->available;
}

void dt_walk_begin(struct dt_walk *w, const void *fdt) {
    w->fdt = fdt;
    w->node = -1;
    w->next = 0;
    w->depth = -1;
}

bool dt_walk_next(struct dt_walk *w) {
    int depth = w->depth;
    int node = dt_node_from(w->fdt, w->next, &depth);

    if (node < 0) {
        w->next = ~node;
        return false;
    }
    if (depth >= DT_MAX_DEPTH)
        dt_refuse(w->fdt, w->level[DT_MAX_DEPTH - 1].node, "nodes are nested deeper than 64",
                  "flatten the device tree");
    w->node = node;
    w->depth = depth;
    enter(w);
    return true;
}

bool dt_walk_to(struct dt_walk *w, const void *fdt, int node) {
    int target = find_levels(w, fdt, node) ? w->depth : -1;

    // Only the nodes above it count: the others' properties are not looked at.
    for (w->depth = 0; w->depth <= target; w->depth++) {
        w->node = w->level[w->depth].node;
        enter(w);
    }
    w->depth = target;
    return target >= 0;
}

// One step up: through `ranges` of level `bus` into the bus above. -ENXIO: not mapped there.
static int through_ranges(const struct dt_walk *w, int bus, uint64_t *addr, uint64_t size) {
    const struct dt_level *l = &w->level[bus], *up = l - 1;
    uint32_t cells = l->addr_cells + up->addr_cells + l->size_cells;
    const uint32_t *e = l->ranges.p;
    uint64_t child, parent, window, end;

    if (!e || l->addr_cells == 0 || l->addr_cells > 2 || up->addr_cells == 0 || up->addr_cells > 2)
        return -ENXIO;
    if (l->ranges.len == 0)
        return 0;
    if (cells == 0 || l->ranges.len % (int)(cells * 4) != 0)
        dt_refuse(w->fdt, l->node, "ranges is not a whole number of entries",
                  "make #address-cells and #size-cells here and above fit it");
    for (int left = l->ranges.len; left > 0; left -= (int)(cells * 4), e += cells) {
        if (!dt_cells(e, l->addr_cells, &child) ||
            !dt_cells(e + l->addr_cells + up->addr_cells, l->size_cells, &window) ||
            !dt_cells(e + l->addr_cells, up->addr_cells, &parent))
            dt_refuse(w->fdt, l->node, "ranges has an address beyond 64 bits", "correct ranges");
        if (*addr < child || *addr - child >= window || size > window - (*addr - child))
            continue;
        if (ck_add(parent, *addr - child, addr) || ck_add(*addr, size, &end))
            dt_refuse(w->fdt, l->node, "ranges leads beyond 64 bits", "correct ranges");
        return 0;
    }
    return -ENXIO;
}

int dt_translate(const struct dt_walk *w, int bus, uint64_t addr, uint64_t size, uint64_t *out) {
    for (; bus > 0; bus--) {
        int err = through_ranges(w, bus, &addr, size);

        if (err)
            return err;
    }
    *out = addr;
    return 0;
}

int dt_walk_reg_raw(const struct dt_walk *w, unsigned index, struct system_range *out) {
    const struct dt_level *bus = &w->level[w->depth - 1];
    uint32_t cells;
    const uint32_t *e;
    uint64_t end;

    if (w->depth == 0 || !w->reg.p)
        return -ENOENT;
    cells = bus->addr_cells + bus->size_cells;
    if (cells == 0 || w->reg.len == 0 || w->reg.len % (int)(cells * 4) != 0)
        dt_refuse(w->fdt, w->node, "reg is not a whole number of entries",
                  "make #address-cells and #size-cells of its parent fit it");
    if (index >= (unsigned)w->reg.len / (cells * 4))
        return -ENOENT;
    if (bus->addr_cells == 0 || bus->addr_cells > 2 || bus->size_cells == 0)
        return -ENXIO;
    e = (const uint32_t *)w->reg.p + (size_t)index * cells;
    if (!dt_cells(e, bus->addr_cells, &out->base.v) ||
        !dt_cells(e + bus->addr_cells, bus->size_cells, &out->size) ||
        ck_add(out->base.v, out->size, &end))
        dt_refuse(w->fdt, w->node, "reg reaches beyond 64 bits", "correct reg");
    return 0;
}

int dt_walk_reg(const struct dt_walk *w, unsigned index, struct system_range *out) {
    int err;

    if (w->depth == 0 || !w->reg.p)
        return -ENOENT;
    for (int bus = w->depth - 1; bus > 0; bus--)
        if (!w->level[bus].ranges.p)
            return -ENOENT; // whatever its reg means, it is no address of the CPU's
    err = dt_walk_reg_raw(w, index, out);
    if (err)
        return err;
    return dt_translate(w, w->depth - 1, out->base.v, out->size, &out->base.v);
}

int dt_gic_intid(const void *spec, irq_t *irq) {
    const uint32_t *c = spec;
    uint32_t type = dt_cell(c), number = dt_cell(c + 1);

    if (type == 1 && number < 16)
        *irq = 16 + number;
    else if (type == 0 && number < NR_INTIDS - 32)
        *irq = 32 + number;
    else
        return -EINVAL;
    return 0;
}

static int specifier(const struct dt_walk *w, const uint32_t *spec, irq_t *irq) {
    if (dt_gic_intid(spec, irq))
        dt_refuse(w->fdt, w->node, "an interrupt specifier names no interrupt of the GIC",
                  "use <0 SPI flags> below 988 or <1 PPI flags> below 16");
    return 0;
}

// Walks the phandle + specifier pairs. Parents other than the GIC are skipped by their own cell
// count.
static int extended_irq(const struct dt_walk *w, uint32_t gic, uint32_t cells, unsigned index,
                        irq_t *irq) {
    const uint32_t *c = w->interrupts_extended.p;
    int left = w->interrupts_extended.len / 4;

    for (unsigned i = 0; left > 0; i++) {
        uint32_t parent = dt_cell(c), n = cells;

        if (parent != gic) {
            int node = dt_by_phandle(w->fdt, parent);

            n = node < 0 ? UINT32_MAX : dt_u32(w->fdt, node, "#interrupt-cells", UINT32_MAX);
            if (n > CELLS_MAX)
                return -ENOENT;
        }
        if (left < (int)n + 1)
            dt_refuse(w->fdt, w->node, "interrupts-extended ends inside a specifier",
                      "make it fit #interrupt-cells");
        if (i == index)
            return parent == gic ? specifier(w, c + 1, irq) : -ENOENT;
        c += n + 1;
        left -= (int)n + 1;
    }
    return -ENOENT;
}

int dt_walk_irq(const struct dt_walk *w, uint32_t gic, uint32_t cells, unsigned index, irq_t *irq) {
    const uint32_t *c = w->interrupts.p;

    if (w->interrupts_extended.p)
        return extended_irq(w, gic, cells, index, irq);
    if (!c || w->level[w->depth].interrupt_parent != gic)
        return -ENOENT;
    if (w->interrupts.len % (int)(cells * 4) != 0)
        dt_refuse(w->fdt, w->node, "interrupts is not a whole number of specifiers",
                  "make it fit #interrupt-cells of the GIC");
    if (index >= (unsigned)w->interrupts.len / (cells * 4))
        return -ENOENT;
    return specifier(w, c + (size_t)index * cells, irq);
}

bool dt_string(const struct dt_walk *w, const char *name, char *dst, size_t size) {
    struct dt_prop p = dt_property(w->fdt, w->node, name);

    if (!p.p)
        return false;
    if (p.len <= 0 || ((const char *)p.p)[p.len - 1] != 0)
        boot_refuse(dt_walk_path(w), "end it with a NUL, as dtc does", "%s is not a string", name);
    if (strlcpy(dst, p.p, size) >= size)
        boot_refuse(dt_walk_path(w), "shorten it", "%s is longer than %u characters", name,
                    (unsigned)size - 1);
    return true;
}
