// SPDX-License-Identifier: Apache-2.0
// Where everything lies: what the file fixes is checked, the rest is given the lowest place that is
// free. The areas stay sorted by base; whoever comes second is told.
#include "arena.h"
#include "plan.h"
#include "value.h"
#include <string.h>
#include <xen/arch-arm.h>

#define MIB (1ULL << 20)
#define BLOCK (2 * MIB)
#define TREE_OFFSET (128 * MIB) // QEMU puts the device tree there, or at half of the RAM
#define TREE_ROOM (2 * MIB)
// Guest addresses that nothing of the guest's map uses, for shared memory.
#define LINKS_BASE (GUEST_VPCI_MEM_ADDR + GUEST_VPCI_MEM_SIZE)
#define LINKS_END GUEST_GNTTAB_BASE
// What the hypervisor takes for itself and for each domain's own page tables and state.
#define OWN_MEMORY (32 * MIB)
#define DOMAIN_MEMORY (4 * MIB)

bool regions_meet(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
    return a_size && b_size && a < b + b_size && b < a + a_size;
}

static bool in_ram(const struct plan *p, uint64_t base, uint64_t size) {
    for (unsigned i = 0; i < p->machine.nr_ram; i++) {
        struct region r = p->machine.ram[i];
        if (base >= r.base && size <= r.size && base - r.base <= r.size - size)
            return true;
    }
    return false;
}

static const struct area *occupant(const struct plan *p, uint64_t base, uint64_t size) {
    for (unsigned i = 0; i < p->nr_area; i++)
        if (regions_meet(p->area[i].base, p->area[i].size, base, size))
            return &p->area[i];
    return NULL;
}

static void insert(struct plan *p, struct area a) {
    unsigned i = p->nr_area;

    if (i == MAX_AREAS) {
        complain(p->report, a.at, "leave places to the tool or merge ranges",
                 "more than %u areas of memory", MAX_AREAS);
        return;
    }
    for (; i && p->area[i - 1].base > a.base; i--)
        p->area[i] = p->area[i - 1];
    p->area[i] = a;
    p->nr_area++;
}

// An area at an address that the file or the boot protocol gives.
static void fix(struct plan *p, struct area a) {
    const struct area *o = occupant(p, a.base, a.size);

    if (!a.size)
        complain(p->report, a.at, "give it a size", "%s has no size", a.what);
    else if (!in_ram(p, a.base, a.size))
        complain(p->report, a.at,
                 take_text("RAM begins at 0x%llx, %s", (unsigned long long)p->machine.ram[0].base,
                           show_size(p->machine.ram[0].size)),
                 "%s at 0x%llx, %s, is not in RAM", a.what, (unsigned long long)a.base,
                 show_size(a.size));
    else if (o)
        complain(p->report, a.at, "move one of them", "%s at 0x%llx overlaps %s at 0x%llx%s",
                 a.what, (unsigned long long)a.base, o->what, (unsigned long long)o->base,
                 o->at.line ? take_text(" of line %u", o->at.line) : "");
    else
        insert(p, a);
}

uint64_t layout_room(const struct plan *p, uint64_t size, uint64_t align) {
    uint64_t least = p->machine.ram[0].base + BLOCK; // below, QEMU and boot loaders have theirs

    for (unsigned i = 0; i < p->machine.nr_ram; i++) {
        uint64_t at = p->machine.ram[i].base > least ? p->machine.ram[i].base : least;
        const struct area *o;
        at = (at + align - 1) & ~(align - 1);
        while (in_ram(p, at, size)) {
            o = occupant(p, at, size);
            if (!o)
                return at;
            at = (o->base + o->size + align - 1) & ~(align - 1);
        }
    }
    return 0;
}

static uint64_t choose(struct plan *p, struct area a, uint64_t align) {
    a.base = layout_room(p, a.size, align);
    if (a.base)
        insert(p, a);
    else
        complain(p->report, a.at, "give the board more memory, or make something smaller",
                 "no free RAM for %s, %s", a.what, show_size(a.size));
    return a.base;
}

static void place_boot(struct plan *p) {
    struct machine *m = &p->machine;
    struct place at = p->model.hypervisor.image.s ? p->model.hypervisor.image.at : p->model.at;
    uint64_t offset = p->hypervisor ? image_offset(p->hypervisor) : 0;

    for (unsigned i = 0; i < m->nr_reserved; i++)
        insert(p, (struct area){m->reserved[i].base, m->reserved[i].size, "reserved",
                                "reserved by the board's device tree", p->model.board.at});
    // An image with an offset below one page goes one block up: QEMU's boot code is there.
    p->hypervisor_base = m->ram[0].base + offset + (offset < PAGE_SIZE ? BLOCK : 0);
    if (p->hypervisor)
        fix(p, (struct area){p->hypervisor_base, image_memory(p->hypervisor, p->hypervisor_size),
                             "hypervisor", "the hypervisor", at});
    p->tree_base =
        m->ram[0].base + (m->ram[0].size / 2 < TREE_OFFSET ? m->ram[0].size / 2 : TREE_OFFSET);
    fix(p, (struct area){p->tree_base, TREE_ROOM, "tree", "the device tree", p->model.board.at});
}

static void place_fixed(struct plan *p) {
    for (size_t i = 0; i < p->model.domains.n; i++) {
        struct domain *d = domain_at(&p->model, i);
        for (size_t k = 0; k < d->memory.ranges.n; k++) {
            const struct span *r = range_at(d, k);
            if ((r->address.v | r->size.v) % PAGE_SIZE)
                complain(p->report, r->at, "give multiples of 4KiB",
                         "memory is of whole pages of 4KiB");
            else if (r->address.said && r->size.said)
                fix(p, (struct area){r->address.v, r->size.v, "static",
                                     take_text("memory of %s", d->name.s), r->at});
        }
    }
    for (size_t i = 0; i < p->model.links.n; i++) {
        const struct link *l = link_at(&p->model, i);
        if (is_text(l->kind, "memory") && l->address.said && l->size.v)
            fix(p, (struct area){l->address.v, l->size.v, "shared",
                                 take_text("shared memory %s", l->name.s), l->at});
    }
}

static void place_chosen(struct plan *p) {
    for (unsigned i = 0; i < p->nr_modules; i++) {
        struct module *m = &p->modules[i];
        m->base = choose(p,
                         (struct area){0, (m->size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1), "module",
                                       m->name, m->at},
                         PAGE_SIZE);
    }
    for (size_t i = 0; i < p->model.links.n; i++) {
        struct link *l = link_at(&p->model, i);
        if (is_text(l->kind, "memory") && !l->address.said && l->size.v)
            l->address = (struct number){
                l->at,
                choose(p,
                       (struct area){0, l->size.v, "shared",
                                     take_text("shared memory %s", l->name.s), l->at},
                       PAGE_SIZE),
                false};
    }
    for (size_t i = 0; i < p->model.domains.n; i++) {
        struct domain *d = domain_at(&p->model, i);
        struct memory *m = &d->memory;
        struct span *one = take(sizeof(*one));
        if (!m->fixed.v || m->ranges.n || !m->size.v)
            continue;
        one->at = m->size.at;
        one->size = m->size;
        one->address.v = choose(
            p, (struct area){0, m->size.v, "static", take_text("memory of %s", d->name.s), m->at},
            BLOCK);
        m->ranges = (struct list){m->at, 1, one};
    }
}

// Where the guest sees its RAM: [base, base+size), twice.
static unsigned guest_ram(const struct domain *d, struct region out[MAX_BANKS]) {
    uint64_t low = d->memory.size.v < GUEST_RAM0_SIZE ? d->memory.size.v : GUEST_RAM0_SIZE;
    unsigned n = 0;

    if (!d->memory.direct_map.v) {
        out[0] = (struct region){GUEST_RAM0_BASE, low};
        out[1] = (struct region){GUEST_RAM1_BASE, d->memory.size.v - low};
        return 2;
    }
    for (; n < d->memory.ranges.n && n < MAX_BANKS; n++)
        out[n] = (struct region){range_at(d, n)->address.v, range_at(d, n)->size.v};
    return n;
}

static const char *at_gic(const struct plan *p, const struct domain *d, uint64_t at,
                          uint64_t size) {
    static const char what[] = "its interrupt controller";
    struct region r = {GUEST_GICD_BASE,
                       GUEST_GICV3_GICR0_BASE + GUEST_GICV3_GICR0_SIZE - GUEST_GICD_BASE};

    if (!d->memory.direct_map.v)
        return regions_meet(r.base, r.size, at, size) ? what : NULL;
    for (unsigned i = 0; dt_reg(p->machine.fdt, p->machine.gic, i, &r); i++)
        if (regions_meet(r.base, r.size, at, size))
            return what;
    return NULL;
}

// What of the guest's map is at these addresses; NULL: nothing.
static const char *seen_there(const struct plan *p, const struct domain *d, const struct link *own,
                              uint64_t at, uint64_t size) {
    struct vpl011 console = domain_console(p, d);
    struct region ram[MAX_BANKS];
    unsigned n = guest_ram(d, ram);

    for (unsigned i = 0; i < n; i++)
        if (regions_meet(ram[i].base, ram[i].size, at, size))
            return "its memory";
    if (at_gic(p, d, at, size))
        return at_gic(p, d, at, size);
    if (console.irq && regions_meet(console.base, GUEST_PL011_SIZE, at, size))
        return "its console";
    if (regions_meet(GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE, at, size))
        return "its grant table";
    if (regions_meet(GUEST_MAGIC_BASE, GUEST_MAGIC_SIZE, at, size))
        return "pages of Xen's interface";
    for (unsigned i = 0; i < p->nr_assigned; i++)
        for (unsigned k = 0; p->assigned[i].domain == d && k < p->assigned[i].nr_reg; k++)
            if (regions_meet(p->assigned[i].reg[k].base, p->assigned[i].reg[k].size, at, size))
                return p->assigned[i].path;
    for (size_t i = 0; i < p->model.links.n; i++) {
        const struct link *l = link_at(&p->model, i);
        for (size_t k = 0; l != own && k < l->ends.n; k++)
            if (is_text(end_at(l, k)->domain, d->name.s) && end_at(l, k)->address.v &&
                regions_meet(end_at(l, k)->address.v, l->size.v, at, size))
                return take_text("link %s", text_or(l->name, "?"));
    }
    return NULL;
}

static void place_end(struct plan *p, const struct link *l, struct end *e) {
    const struct domain *d = find_domain(&p->model, e->domain.s);
    const char *what = NULL;

    if (!d || !l->size.v)
        return;
    if (e->address.said) {
        what = seen_there(p, d, l, e->address.v, l->size.v);
        if (what)
            complain(p->report, e->address.at, "choose another address, or leave it out",
                     "at 0x%llx %s has %s", (unsigned long long)e->address.v, d->name.s, what);
        return;
    }
    for (e->address.v = LINKS_BASE; e->address.v + l->size.v <= LINKS_END;
         e->address.v += PAGE_SIZE)
        if (!seen_there(p, d, l, e->address.v, l->size.v))
            return;
    e->address.v = 0;
    complain(p->report, e->at, "give address", "no free guest addresses for link %s in %s",
             l->name.s, d->name.s);
}

static void place_ends(struct plan *p) {
    for (int said = 1; said >= 0; said--) // chosen ones keep clear of those that are said
        for (size_t i = 0; i < p->model.links.n; i++) {
            struct link *l = link_at(&p->model, i);
            for (size_t k = 0; is_text(l->kind, "memory") && k < l->ends.n; k++)
                if (end_at(l, k)->address.said == said)
                    place_end(p, l, end_at(l, k));
        }
}

uint64_t layout_free(const struct plan *p) {
    uint64_t bytes = 0;

    for (unsigned i = 0; i < p->machine.nr_ram; i++)
        bytes += p->machine.ram[i].size;
    for (unsigned i = 0; i < p->nr_area; i++)
        if (in_ram(p, p->area[i].base, p->area[i].size))
            bytes -= p->area[i].size;
    return bytes;
}

// Memory that the hypervisor is to find at boot.
static void check_rest(struct plan *p) {
    const struct model *m = &p->model;
    uint64_t left = layout_free(p), need = OWN_MEMORY + m->dom0.memory.v;

    for (size_t i = 0; i <= m->domains.n; i++) {
        const struct domain *d = i < m->domains.n ? domain_at(m, i) : NULL;
        if (need > left) {
            const struct number *n = i ? &domain_at(m, i - 1)->memory.size : &m->dom0.memory;
            complain(p->report, n->said ? n->at : m->board.at,
                     "lower it, or give the board more memory",
                     "%s of RAM would be needed here, with what comes before and the hypervisor's "
                     "own, and %s are free",
                     show_size(need), show_size(left & ~(MIB - 1)));
            return;
        }
        if (d)
            need += DOMAIN_MEMORY + (is_static(&d->memory) ? 0 : d->memory.size.v);
    }
}

static void check_size(struct plan *p, struct domain *d) {
    struct memory *m = &d->memory;
    struct place at = m->size.said ? m->size.at : m->at;
    uint64_t sum = 0, images = 0;

    if (m->ranges.n && m->size.said)
        complain(p->report, m->size.at, "leave out size; at gives it", "size and at say it twice");
    if (!m->ranges.n && !m->size.at.line && m->at.line)
        complain(p->report, m->at, "add size or at", "the memory has no size");
    if (m->direct_map.v && !is_static(m))
        complain(p->report, m->direct_map.at, "add static: true, or give at",
                 "direct-map needs memory with a place");
    if (m->ranges.n > 4)
        complain(p->report, m->ranges.at, "merge ranges", "%zu ranges, and 4 are possible",
                 m->ranges.n);
    for (size_t i = 0; i < m->ranges.n; i++)
        sum += range_at(d, i)->size.v;
    if (m->ranges.n)
        m->size.v = sum;
    for (unsigned i = 0; i < p->nr_modules; i++)
        if (p->modules[i].domain == d && !strcmp(p->modules[i].kind, "kernel"))
            images += image_memory(p->modules[i].data, p->modules[i].size);
        else if (p->modules[i].domain == d)
            images += p->modules[i].size;
    if (m->size.v && m->size.v % MIB)
        complain(p->report, at, "give whole MiB", "memory of %s", show_size(m->size.v));
    else if ((m->size.v || m->size.said) && m->size.v < images + BLOCK)
        complain(p->report, at,
                 take_text("give at least %s", show_size((images + BLOCK + MIB) & ~(MIB - 1))),
                 "%s of memory do not hold its images of %llu KiB and a device tree",
                 show_size(m->size.v), (unsigned long long)((images + 1023) / 1024));
}

void layout_make(struct plan *p) {
    place_boot(p);
    for (size_t i = 0; i < p->model.domains.n; i++)
        check_size(p, domain_at(&p->model, i));
    place_fixed(p);
    place_chosen(p);
    place_ends(p);
    check_rest(p);
}
