// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes as the host's device tree, through the reader and the builders, with
// the fakes of tests/unit/boot. A refusal is fine; what is built must be a sound tree. Seeds:
// fdt_seeds.c.
#include "fakes.h"
#include "trees.h"

#include <arch/map.h>
#include <arm64/vgic.h>
#include <boot/cpupools.h>
#include <boot/domu.h>
#include <boot/dt.h>
#include <boot/source.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE_MAX MIB(1) // copies are not what is tested

static void run(const void *fdt, struct system *s) {
    dt_open(fdt, s);
    if (fdt_check_full(fdt, dt_size(fdt)))
        abort(); // accepted, and libfdt would not
    dt_read_uart(s);
    s->source.base = va_pa(fdt);
    s->ipa_bits = 40;
    dt_read_system(s);
    system_check_all(s);
    for (unsigned i = 0; i < s->nr_modules; i++)
        if (s->module[i].range.size > MODULE_MAX)
            return;
    cpupools_open(s, sched_find("credit2"));
    cpupools_set_windows(s);
    nr_cpus = s->nr_cpus;
    system_lay_out_vgic(s);
    fake_give_memory(s);
    for (unsigned i = 0; i < s->nr_domains; i++)
        if (s->domain[i].memory > ARENA_SIZE)
            return; // the fake's maps, not the loaders, would end
    source_plan_domains(s);
    source_build_dom0(s);
    domu_build_all(s);
    source_finish(s);
    if (s->has_dom0 && fdt_check_full((const void *)(uintptr_t)fake.context, DT_MAX_SIZE))
        abort();
}

// Where in the tree the n-th node (modulo their number) is.
static int nth_node(const void *fdt, unsigned n) {
    int node = 0;

    while (n-- > 0) {
        int next = fdt_next_node(fdt, node, NULL);

        node = next < 0 ? 0 : next;
    }
    return node;
}

static void edit_property(void *fdt, int node, unsigned n, const uint8_t *value, int len) {
    const char *name = NULL;
    char copy[64];
    int prop;

    fdt_for_each_property_offset(prop, fdt, node) {
        (void)fdt_getprop_by_offset(fdt, prop, &name, NULL);
        if (n-- == 0)
            break;
    }
    if (!name)
        return;
    snprintf(copy, sizeof(copy), "%s", name);
    if (len == 255)
        (void)fdt_delprop(fdt, node, copy);
    else
        (void)fdt_setprop(fdt, node, copy, value, len);
}

// Edits of four bytes and a value: node, property, what (0: a property; 1: the whole node goes),
// length.
static void apply_edits(void *fdt, const uint8_t *data, size_t size) {
    while (size >= 4) {
        size_t len = MIN((size_t)data[3], size - 4);
        int node = nth_node(fdt, data[0]);

        if (data[2] == 1 && node > 0)
            (void)fdt_del_node(fdt, node);
        else
            edit_property(fdt, node, data[1] % 16, data + 4, data[3] == 255 ? 255 : (int)len);
        data += 4 + len;
        size -= 4 + len;
    }
}

static void *make_tree(const uint8_t *data, size_t size) {
    bool raw = size >= sizeof(struct fdt_header) && fdt_magic(data) == FDT_MAGIC;
    void *fdt = malloc(raw ? size : TREE_SIZE);

    if (raw) {
        memcpy(fdt, data, size);
        // boot.c maps what the header says; less than that cannot be there.
        if (fdt_totalsize(fdt) > size)
            fdt_set_totalsize(fdt, (uint32_t)size);
    } else {
        tree_make(fdt, 2 + (data[0] & 1));
        if (data[0] & 2)
            tree_add_domains(fdt);
        if ((data[0] & 6) == 6)
            tree_drop(fdt, "/chosen/module@44000000"); // no Dom0
        apply_edits(fdt, data + 1, size - 1);
    }
    return fdt;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct system s;
    void *fdt;

    if (size == 0 || size > DT_MAX_SIZE)
        return 0;
    fdt = make_tree(data, size);
    fake_reset();
    tree_put_kernel();
    memset(&s, 0, sizeof(s));
    s.image = (struct system_range){pa_of(0x40200000), 0x60000};
    options.dom0_mem = MIB(64);
    (void)REFUSED(run(fdt, &s));
    free(fdt);
    return 0;
}
