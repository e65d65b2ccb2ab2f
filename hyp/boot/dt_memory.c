// SPDX-License-Identifier: Apache-2.0
// RAM banks and reserved ranges from the device tree (Devicetree Specification 3.4, 3.5, 5.3). Boot
// CPU only; O(banks^2) with at most MAX_BANKS and MAX_RESERVED entries.
#include <boot/dt_readers.h>
#include <boot/range.h>

#include <arch/map.h>
#include <core/log.h>
#include <lib/string.h>

void dt_reserve(struct system *s, pa_t base, uint64_t size) {
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

static void add_bank(struct system *s, const struct dt_walk *w, const struct system_range *r) {
    uint64_t first = ALIGN_UP(r->base.v, PAGE_SIZE), end = ALIGN_DOWN(range_end(r), PAGE_SIZE);

    if (first >= end || first < r->base.v)
        return;
    if (!range_insert(s->bank, &s->nr_banks, MAX_BANKS, first, end))
        log_warning("%s: more than %u banks of memory, 0x%llx is not used", dt_walk_path(w),
                    MAX_BANKS, (unsigned long long)first);
}

static bool in_reserved_memory(const struct dt_walk *w) {
    return w->depth == 2 && strcmp(dt_name(w->fdt, w->level[1].node), "reserved-memory") == 0;
}

void dt_memory_node(struct system *s, const struct dt_walk *w) {
    struct system_range r;
    bool bank = dt_prop_is(w->device_type, "memory");

    if (!w->available || (!bank && !in_reserved_memory(w)))
        return;
    if (bank && !w->reg.p)
        dt_refuse(w->fdt, w->node, "memory without reg", "give it reg = <address size ...>");
    for (unsigned i = 0; dt_walk_reg_raw(w, i, &r) == 0; i++) {
        if (bank)
            add_bank(s, w, &r);
        else
            dt_reserve(s, r.base, r.size);
    }
}

void dt_memory_finish(struct system *s) {
    uint64_t base, size;

    if (s->nr_banks == 0)
        boot_refuse("/memory", "add a node with device_type \"memory\" and reg",
                    "no RAM is described");
    for (unsigned i = 0; dt_reserved(s->fdt, i, &base, &size); i++)
        dt_reserve(s, pa_of(base), size);
    dt_reserve(s, va_pa(s->fdt), s->fdt_size);
    dt_reserve(s, s->image.base, s->image.size);
    for (unsigned i = 0; i < s->nr_modules; i++)
        dt_reserve(s, s->module[i].range.base, s->module[i].range.size);
}
