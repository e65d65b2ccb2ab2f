// SPDX-License-Identifier: Apache-2.0
// The system from the host's device tree, or a blob without Dom0 (boot/source.h). Boot CPU, boot
// only; O(nodes).
#include <boot/blob.h>
#include <boot/cmdline.h>
#include <boot/dom0.h>
#include <boot/domu_plan.h>
#include <boot/dt.h>
#include <boot/dt_walk.h>
#include <boot/source.h>

#include <arch/map.h>
#include <core/log.h>
#include <core/page.h>
#include <lib/string.h>

// Memory of the static domains' device trees, by index.
static struct {
    struct page *block;
    unsigned order;
} trees[MAX_STATIC_DOMAINS];

void source_open(pa_t at, struct system *s) {
    const struct dt_header *fdt = pa_va(at);
    uint64_t size;

    if (source_is_blob(at)) {
        source_open_blob(at, s);
        return;
    }
    if ((at.v & 7) || map_boot_ram(at, sizeof(*fdt)))
        boot_refuse("device tree", "pass its address, 8-byte aligned, in x0",
                    "nothing usable at %#llx", (unsigned long long)at.v);
    size = dt_cell(&fdt->magic) == DT_MAGIC ? dt_size(fdt) : sizeof(*fdt);
    if (map_boot_ram(at, MIN(size, DT_MAX_SIZE)))
        boot_refuse("device tree", "load it apart from the hypervisor", "it overlaps the image");
    s->source.base = at;
    dt_open(fdt, s);
    cmdline_parse(s->bootargs);
}

// The node of /chosen's stdout-path; its address cells are the root's (no bus in between on such
// boards).
static int console_node(const void *fdt) {
    int chosen = dt_find(fdt, "/chosen", 7);
    struct dt_prop path = {.p = NULL, .len = 0};
    const char *colon;

    if (chosen >= 0)
        path = dt_property(fdt, chosen, "stdout-path");
    if (path.len < 1)
        return -1;
    colon = memchr(path.p, ':', (size_t)path.len);
    return dt_find(fdt, path.p, colon ? (int)(colon - (const char *)path.p) : path.len - 1);
}

bool source_find_uart(pa_t at, struct system_uart *u) {
    const void *fdt = pa_va(at);
    int node = dt_check(fdt, DT_MAX_SIZE) ? -1 : console_node(fdt);
    struct dt_prop compatible, reg;
    uint32_t cells;

    if (node < 0)
        return source_find_uart_in_blob(at, u);
    cells = dt_u32(fdt, 0, "#address-cells", 2);
    compatible = dt_property(fdt, node, "compatible");
    reg = dt_property(fdt, node, "reg");
    if (!compatible.p || cells < 1 || cells > 2 || reg.len < (int)cells * 4 ||
        !dt_cells(reg.p, cells, &u->reg.base.v))
        return false;
    strlcpy(u->compatible, compatible.p, sizeof(u->compatible));
    u->reg_shift = dt_u32(fdt, node, "reg-shift", 0);
    u->io_width = dt_u32(fdt, node, "reg-io-width", 1);
    return true;
}

void source_read_uart(struct system *s) {
    if (dt_host.fdt)
        dt_read_uart(s);
}

void source_read_system(struct system *s) {
    if (!dt_host.fdt) {
        source_read_blob(s);
        return;
    }
    dt_read_system(s);
    system_check_all(s);
}

void *guest_map_boot(pa_t base, uint64_t size) {
    uint64_t first = ALIGN_DOWN(base.v, PAGE_SIZE), end = ALIGN_UP(base.v + size, PAGE_SIZE);

    if (map_boot_ram(pa_of(first), end - first))
        boot_refuse("device tree", "load it elsewhere", "RAM at 0x%llx cannot be mapped",
                    (unsigned long long)first);
    return pa_va(base);
}

void *guest_tree_room(struct system *s, unsigned n, uint64_t size) {
    unsigned order = 0;

    while (PAGE_SIZE << order < size)
        order++;
    trees[n].order = order;
    trees[n].block = page_alloc_block(order, mfn_of(1), mfn_of(UINT32_MAX));
    if (!trees[n].block)
        boot_refuse(s->domain[n].node, "give the machine more memory",
                    "no memory for its device tree");
    s->domain[n].fdt.base = mfn_pa(page_mfn(trees[n].block));
    return guest_map_boot(s->domain[n].fdt.base, size);
}

void source_plan_domains(struct system *s) {
    if (dt_host.fdt)
        domu_plan_all(s);
}

void source_build_dom0(struct system *s) { dom0_build(s); }

// A tree was copied; only a restart copies it again.
void source_finish(const struct system *s) {
    dom0_take_irqs(s);
    for (unsigned i = 0; i < s->nr_domains; i++)
        if (trees[i].block && !restart_wanted(&s->domain[i].restart))
            page_free_block(trees[i].block, trees[i].order);
}
