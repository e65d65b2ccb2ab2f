// SPDX-License-Identifier: Apache-2.0
// RAM banks and reserved ranges from the device tree (Devicetree Specification 3.4, 3.5, 5.3). Boot
// CPU only; O(banks^2) with at most MAX_BANKS and MAX_RESERVED entries.
#include <boot/dt_readers.h>
#include <boot/range.h>

#include <core/log.h>
#include <lib/string.h>

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
            system_reserve(s, r.base, r.size);
    }
}

void dt_memory_finish(struct system *s) {
    uint64_t base, size;

    if (s->nr_banks == 0)
        boot_refuse("/memory", "add a node with device_type \"memory\" and reg",
                    "no RAM is described");
    for (unsigned i = 0; dt_reserved(dt_host.fdt, i, &base, &size); i++)
        system_reserve(s, pa_of(base), size);
}
