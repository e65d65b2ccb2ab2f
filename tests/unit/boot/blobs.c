// SPDX-License-Identifier: Apache-2.0
// See blobs.h.
#include "blobs.h"
#include "blob_plan.h"
#include "fakes.h"

#include <arch/map.h>
#include <boot/cpupools.h>
#include <boot/dt.h>
#include <boot/range.h>
#include <boot/source.h>
#include <core/log.h>
#include <core/percpu.h>
#include <stdlib.h>
#include <string.h>

#define MODULE_MAX MIB(1)

void blob_seal(struct coff_blob *blob) {
    blob->header_checksum = coff_blob_header_checksum(blob);
    blob->checksum = coff_blob_checksum(blob);
}

static void read_tree(const void *fdt, struct system *s) {
    s->image = (struct system_range){pa_of(0x40200000), 0x60000};
    s->source.base = va_pa(fdt);
    s->ipa_bits = 40;
    dt_open(fdt, s);
    dt_read_uart(s);
    dt_read_system(s);
    blob_plan(s, fake_give_memory);
}

void blob_of_tree(const void *fdt, struct coff_blob *to) {
    static struct system s;
    size_t at = sizeof(*to) + sizeof(s) + sizeof(options);

    memset(&s, 0, sizeof(s));
    read_tree(fdt, &s);
    for (unsigned i = 0; i < s.nr_domains; i++) {
        struct system_range *tree = &s.domain[i].fdt;

        memcpy((char *)to + at, pa_va(tree->base), tree->size);
        tree->base = pa_of(at);
        at += ALIGN_UP(tree->size, 8);
    }
    *to = (struct coff_blob){.magic = COFF_BLOB_MAGIC,
                             .version = COFF_BLOB_VERSION,
                             .size = (uint32_t)at,
                             .system_size = sizeof(s),
                             .options_size = sizeof(options)};
    to->uart.base = s.uart.reg.base.v, to->uart.size = s.uart.reg.size;
    memcpy(to->uart.compatible, s.uart.compatible, sizeof(to->uart.compatible));
    memcpy(to + 1, &s, sizeof(s));
    memcpy((char *)(to + 1) + sizeof(s), &options, sizeof(options));
    blob_seal(to);
}

// What the fakes can do: the arena's memory, and copies that do not take long.
static bool is_small(const struct system *s) {
    const struct system_range arena = {pa_of(ARENA_BASE), ARENA_SIZE};
    bool small = true;

    for (unsigned i = 0; i < s->nr_banks; i++)
        small =
            small && s->bank[i].base.v >= ARENA_BASE && range_end(&s->bank[i]) <= range_end(&arena);
    for (unsigned i = 0; i < s->nr_modules; i++)
        small = small && s->module[i].range.size <= MODULE_MAX;
    for (unsigned i = 0; i < s->nr_domains; i++)
        small = small && s->domain[i].memory <= MIB(64);
    return small;
}

bool blob_boot(const struct coff_blob *blob, uint64_t room, struct system *s) {
    const char *why = blob_check(blob, room);

    if (why)
        boot_refuse("system blob", "make it anew", "%s", why);
    memset(s, 0, sizeof(*s));
    s->image = (struct system_range){pa_of(0x40200000), 0x60000};
    s->source = (struct system_range){va_pa(blob), blob->size};
    s->ipa_bits = 40;
    blob_read(blob, s);
    if (!is_small(s))
        return false;
    fake.nr_free = fake.nr_links = fake.nr_pools = 0;
    fake_give_memory(s);
    nr_cpus = s->nr_cpus;
    system_lay_out_vgic(s);
    cpupools_open(s, sched_find("credit2"));
    cpupools_set_windows(s);
    domu_build_all(s);
    domu_start_all();
    return true;
}
