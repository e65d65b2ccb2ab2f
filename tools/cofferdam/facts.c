// SPDX-License-Identifier: Apache-2.0
#include "facts.h"
#include "arena.h"
#include "value.h"
#include <string.h>
#include <xen/arch-arm.h>

static void tell(struct facts *f, const char *of, const char *what, struct place at,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

static void tell(struct facts *f, const char *of, const char *what, struct place at,
                 const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct fact one = {of, what, take_vtext(format, args), at};
    va_end(args);
    f->list = grow(f->list, f->n, sizeof(one));
    f->list[f->n++] = one;
}

// The place of a value that may not be said: then of what it belongs to.
static struct place or_of(struct place at, struct place whole) { return at.line ? at : whole; }

static const char *span(uint64_t base, uint64_t size) {
    return take_text("0x%llx-0x%llx (%s)", (unsigned long long)base,
                     (unsigned long long)(base + size - 1), show_size(size));
}

static void tell_board(struct facts *f, const struct plan *p) {
    const struct board *b = &p->model.board;

    tell(f, "board", "device tree", or_of(b->device_tree.at, b->at), "%s",
         text_or(b->device_tree, p->machine.board ? p->machine.board->name : "?"));
    tell(f, "board", "CPUs", or_of(b->cpus.at, b->at), "0-%u", p->machine.cpus - 1);
    for (unsigned i = 0; i < p->machine.nr_ram; i++)
        tell(f, "board", take_text("RAM %u", i), or_of(b->memory.at, b->at), "%s",
             span(p->machine.ram[i].base, p->machine.ram[i].size));
    if (p->machine.console >= 0)
        tell(f, "hypervisor", "console", or_of(p->model.hypervisor.console.at, b->at), "%s",
             dt_path(p->machine.fdt, p->machine.console));
    tell(f, "hypervisor", "image", or_of(p->model.hypervisor.image.at, p->model.at), "%s",
         span(p->hypervisor_base, image_memory(p->hypervisor, p->hypervisor_size)));
    if (p->model.hypervisor.arguments.s)
        tell(f, "hypervisor", "arguments", p->model.hypervisor.arguments.at, "%s",
             p->model.hypervisor.arguments.s);
    tell(f, "hypervisor", "device tree", b->at, "at 0x%llx", (unsigned long long)p->tree_base);
}

static void tell_cpus(struct facts *f, const struct plan *p) {
    const struct model *m = &p->model;

    for (unsigned cpu = 0; cpu < p->machine.cpus; cpu++) {
        const struct pool *pool = NULL;
        struct place at = or_of(m->hypervisor.scheduler.at, m->board.at);
        const char *who = "";
        for (size_t i = 0; i < m->pools.n; i++)
            if (pool_cpus(pool_at(m, i)) >> cpu & 1)
                pool = pool_at(m, i);
        for (size_t i = 0; i < m->domains.n; i++) {
            const struct domain *d = domain_at(m, i);
            for (size_t v = 0; v < vcpus_of(d) && find_pool(m, d->pool.s) == pool; v++)
                if (!pin_of(d, v) || pin_of(d, v) >> cpu & 1)
                    who = take_text("%s%s%s/%zu", who, *who ? ", " : ": ", d->name.s, v);
        }
        tell(f, take_text("CPU %u", cpu), "runs", pool ? pool->cpus.at : at, "%s under %s%s",
             pool ? take_text("pool %s", pool->name.s) : "no pool",
             pool ? pool->scheduler.s : text_or(m->hypervisor.scheduler, "credit2"), who);
    }
    for (size_t i = 0; i < m->pools.n; i++) {
        const struct pool *pool = pool_at(m, i);
        const struct window *w = pool->windows.item;
        uint64_t from = 0;
        for (size_t k = 0; k < pool->windows.n; from += w[k++].runtime.v)
            tell(f, take_text("pool %s", pool->name.s), take_text("window %zu", k), w[k].at,
                 "%s/%llu from %s for %s of %s", w[k].domain.s, (unsigned long long)w[k].vcpu.v,
                 show_time(from), show_time(w[k].runtime.v), show_time(pool->major_frame.v));
    }
}

static void tell_memory(struct facts *f, const struct domain *d, const char *of) {
    const struct memory *m = &d->memory;
    struct place at = m->size.said ? m->size.at : m->at;

    if (m->direct_map.v)
        tell(f, of, "sees its memory", m->direct_map.at, "where it is");
    else
        tell(f, of, "sees its memory", at, "from 0x%llx, %s", GUEST_RAM0_BASE,
             show_size(m->size.v));
    for (size_t i = 0; i < m->ranges.n; i++)
        tell(f, of, take_text("memory %zu", i), range_at(d, i)->at, "%s",
             span(range_at(d, i)->address.v, range_at(d, i)->size.v));
    if (!m->ranges.n)
        tell(f, of, "memory", at, "%s, chosen at boot", show_size(m->size.v));
}

static void tell_resets(struct facts *f, const struct plan *p, const struct assigned *a,
                        const char *of) {
    struct reset_step step[EL2_RESETS];
    unsigned n = domain_restarts(a->domain) ? resets_of(p, a, step) : 0;

    for (unsigned i = 0; i < n; i++)
        tell(f, of, take_text("reset step %u of %s", i + 1, a->path),
             or_of(a->device->reset.at, a->device->at),
             "writes 0x%x to 0x%llx, waits for 0x%x of 0x%x", step[i].write,
             (unsigned long long)(a->reg[0].base + step[i].offset), step[i].wanted, step[i].mask);
}

static void tell_devices(struct facts *f, const struct plan *p, const struct domain *d,
                         const char *of) {
    struct vpl011 console = domain_console(p, d);

    for (unsigned i = 0; i < p->nr_assigned; i++) {
        const struct assigned *a = &p->assigned[i];
        if (a->domain != d)
            continue;
        for (unsigned k = 0; k < a->nr_reg; k++)
            tell(f, of, take_text("device %s", a->path), a->device->at, "registers %s",
                 span(a->reg[k].base, a->reg[k].size));
        for (unsigned k = 0; k < a->nr_irq; k++)
            tell(f, of, take_text("interrupt %u", a->irq[k]), a->device->at, "of %s", a->path);
        tell_resets(f, p, a, of);
    }
    if (console.irq) {
        struct place at = or_of(d->console.at, d->at);
        tell(f, of, "console", at, "PL011 at 0x%llx", (unsigned long long)console.base);
        tell(f, of, take_text("interrupt %u", console.irq), at, "of its console");
    }
    if (!is_text(d->enhanced, "none"))
        tell(f, of, take_text("interrupt %u", GUEST_EVTCHN_PPI), or_of(d->enhanced.at, d->at),
             "of events");
    tell(f, of, take_text("interrupt %u", GUEST_TIMER_VIRT_PPI), d->at, "of the virtual timer");
    tell(f, of, "SPIs", or_of(d->spis.at, d->at), "%llu",
         (unsigned long long)number_or(d->spis, domain_spis(p, d)));
}

static void tell_links(struct facts *f, const struct plan *p, const struct domain *d,
                       const char *of) {
    for (size_t i = 0; i < p->model.links.n; i++) {
        const struct link *l = link_at(&p->model, i);
        for (size_t k = 0; k < l->ends.n; k++) {
            const struct end *e = end_at(l, k);
            const char *what = take_text("link %s", l->name.s);
            if (!is_text(e->domain, d->name.s))
                continue;
            if (is_text(l->kind, "memory"))
                tell(f, of, what, or_of(e->address.at, e->at), "guest %s, board 0x%llx%s",
                     span(e->address.v, l->size.v), (unsigned long long)l->address.v,
                     e->owner.v ? ", owner" : "");
            else
                tell(f, of, what, e->port.at, "port %llu to port %llu of %s",
                     (unsigned long long)e->port.v, (unsigned long long)end_at(l, !k)->port.v,
                     end_at(l, !k)->domain.s);
        }
    }
}

static void tell_policy(struct facts *f, const struct domain *d, const char *of) {
    const struct schedule *s = &d->schedule;
    const struct {
        const char *what;
        struct text t;
    } texts[] = {{"arguments", d->arguments},     {"pool", d->pool},
                 {"on-crash", d->on_crash},       {"on-hang", d->on_hang},
                 {"on-shutdown", d->on_shutdown}, {"restart-group", d->group},
                 {"unsafe-dma", d->unsafe_dma},   {"unsafe-restart", d->unsafe_restart}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (texts[i].t.s)
            tell(f, of, texts[i].what, texts[i].t.at, "%s", texts[i].t.s);
    if (d->limit.said)
        tell(f, of, "restart-limit", d->limit.at, "%llu", (unsigned long long)d->limit.v);
    if (s->weight.said)
        tell(f, of, "weight", s->weight.at, "%llu", (unsigned long long)s->weight.v);
    if (s->cap.said)
        tell(f, of, "cap", s->cap.at, "%llu%%", (unsigned long long)s->cap.v);
    if (s->period.said)
        tell(f, of, "budget", s->at, "%s in each %s", show_time(s->budget.v),
             show_time(s->period.v));
}

static void tell_modules(struct facts *f, const struct plan *p, const struct domain *d,
                         const char *of) {
    for (unsigned i = 0; i < p->nr_modules; i++) {
        const struct module *m = &p->modules[i];
        if (m->domain == d)
            tell(f, of, m->kind, m->at, "%s at 0x%llx-0x%llx, %llu bytes", m->name,
                 (unsigned long long)m->base, (unsigned long long)(m->base + m->size - 1),
                 (unsigned long long)m->size);
    }
}

static void tell_domain(struct facts *f, const struct plan *p, size_t i) {
    const struct domain *d = p->order[i];
    const char *of = take_text("domain %s", d->name.s);

    tell(f, of, "id", d->at, "%zu, starts %s", i + 1,
         i ? take_text("after %s", p->order[i - 1]->name.s) : "first");
    tell_modules(f, p, d, of);
    tell_memory(f, d, of);
    for (size_t v = 0; v < vcpus_of(d); v++)
        tell(f, of, take_text("vCPU %zu", v), or_of(d->pin.at, or_of(d->vcpus.at, d->at)), "%s%s",
             pin_of(d, v) ? "on CPU " : "on any CPU of its pool", show_cpus(pin_of(d, v)));
    tell_devices(f, p, d, of);
    tell_links(f, p, d, of);
    tell_policy(f, d, of);
}

struct facts facts_of(const struct plan *p) {
    struct facts f = {0};
    const struct dom0 *dom0 = &p->model.dom0;

    tell_board(&f, p);
    tell_cpus(&f, p);
    if (dom0->at.line) {
        tell(&f, "dom0", "memory", dom0->memory.at, "%s, chosen at boot",
             show_size(dom0->memory.v));
        tell_modules(&f, p, NULL, "dom0");
    }
    for (size_t i = 0; i < p->model.domains.n; i++)
        tell_domain(&f, p, i);
    return f;
}
