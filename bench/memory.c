// SPDX-License-Identifier: Apache-2.0
// Rows of memory and grants: a page taken out of the map and put back (single and per page of a
// call of 64), a grant frame shown and hidden; a granted page, this domain's own or another's,
// mapped, unmapped and copied, a frame of another shown and hidden. Each shot leaves things as it
// found them; only the call itself is timed.

#include "bench.h"

#define BATCH 64U
#define REF 8U // the first that is nobody's by convention
#define PAGE 4096U

static uint8_t room[BATCH * PAGE] __attribute__((aligned(4096))); // comes and goes
static struct grant_entry_v1 grants[PAGE / sizeof(struct grant_entry_v1)]
    __attribute__((aligned(4096)));
static uint8_t granted[PAGE] __attribute__((aligned(4096)));
static uint8_t copied[PAGE] __attribute__((aligned(4096)));

domid_t granter;
uint64_t foreign_gfn;

// Ticks of the call, or SHOT_FAILED when it does not answer `want`.
static uint64_t timed(uint64_t nr, uint64_t cmd, const void *arg, uint64_t count, uint64_t want) {
    register uint64_t x0 __asm__("x0") = cmd;
    register uint64_t x1 __asm__("x1") = (uintptr_t)arg;
    register uint64_t x2 __asm__("x2") = count;
    register uint64_t x16 __asm__("x16") = nr;
    uint64_t from, to;
    __asm__ volatile("mrs %0, cntvct_el0\n\thvc #0xea1\n\tmrs %1, cntvct_el0"
                     : "=&r"(from), "=&r"(to), "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x16)
                     :
                     : "memory", "x3", "x4");
    return x0 == want ? to - from - 1U : SHOT_FAILED;
}

static uint64_t reservation(uint64_t cmd, uint64_t pages) {
    static uint64_t gfns[BATCH];
    struct xen_memory_reservation r = {.nr_extents = pages, .domid = DOMID_SELF};
    r.extent_start.q = (uintptr_t)gfns;
    for (uint32_t i = 0; i < pages; i++) {
        gfns[i] = rt_gfn(room) + i;
    }
    return timed(__HYPERVISOR_memory_op, cmd, &r, 0, pages);
}

// One of the two is the row; the other undoes it.
static uint64_t cycle(uint64_t pages, bool unmap) {
    uint64_t out = reservation(XENMEM_decrease_reservation, pages);
    uint64_t in = reservation(XENMEM_populate_physmap, pages);
    if (out == SHOT_FAILED || in == SHOT_FAILED) {
        return SHOT_FAILED;
    }
    return (unmap ? out : in) / pages;
}

uint64_t mem_unmap(uint32_t nth) {
    (void)nth;
    return cycle(1, true);
}

uint64_t mem_map(uint32_t nth) {
    (void)nth;
    return cycle(1, false);
}

uint64_t mem_unmap_x64(uint32_t nth) {
    (void)nth;
    return cycle(BATCH, true);
}

uint64_t mem_map_x64(uint32_t nth) {
    (void)nth;
    return cycle(BATCH, false);
}

static uint64_t frame_add(void) {
    struct xen_add_to_physmap a = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_grant_table, .gpfn = rt_gfn(grants)};
    return timed(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &a, 0, 0);
}

static uint64_t frame_remove(void) {
    struct xen_remove_from_physmap a = {.domid = DOMID_SELF, .gpfn = rt_gfn(grants)};
    return timed(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, &a, 0, 0);
}

static uint64_t physmap_add(uint32_t nth) {
    (void)nth;
    uint64_t ticks = frame_add();
    return frame_remove() == SHOT_FAILED ? SHOT_FAILED : ticks;
}

static uint64_t physmap_remove(uint32_t nth) {
    (void)nth;
    return frame_add() == SHOT_FAILED ? SHOT_FAILED : frame_remove();
}

bool grant_page(void) {
    if (frame_add() == SHOT_FAILED) {
        return false;
    }
    volatile struct grant_entry_v1 *e = &grants[REF];
    e->frame = (uint32_t)rt_gfn(granted);
    e->domid = 0;
    rt_dsb();
    e->flags = GTF_permit_access;
    rt_dsb();
    return true;
}

// Where the page is to be mapped is a hole.
bool hole_setup(void) {
    return (granter != 0 || grant_page()) &&
           reservation(XENMEM_decrease_reservation, 1) != SHOT_FAILED;
}

void hole_finish(void) {
    if (granter == 0) {
        ((volatile struct grant_entry_v1 *)grants)[REF].flags = 0;
        (void)frame_remove();
    }
    (void)reservation(XENMEM_populate_physmap, 1);
}

static uint64_t map_cycle(bool unmap) {
    struct gnttab_map_grant_ref m = {
        .host_addr = (uintptr_t)room, .flags = GNTMAP_host_map, .ref = REF, .dom = granter};
    struct gnttab_unmap_grant_ref u = {.host_addr = (uintptr_t)room};
    uint64_t in = timed(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &m, 1, 0);
    if (in == SHOT_FAILED || m.status != GNTST_okay) {
        return SHOT_FAILED;
    }
    u.handle = m.handle;
    uint64_t out = timed(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0);
    if (u.status != GNTST_okay) {
        return SHOT_FAILED;
    }
    return unmap ? out : in;
}

uint64_t grant_map(uint32_t nth) {
    (void)nth;
    return map_cycle(false);
}

uint64_t grant_unmap(uint32_t nth) {
    (void)nth;
    return map_cycle(true);
}

uint64_t grant_copy_4k(uint32_t nth) {
    (void)nth;
    struct gnttab_copy c = {.len = PAGE, .flags = GNTCOPY_source_gref};
    c.source.u.ref = REF;
    c.source.domid = granter;
    c.dest.u.gmfn = rt_gfn(copied);
    c.dest.domid = DOMID_SELF;
    uint64_t ticks = timed(__HYPERVISOR_grant_table_op, GNTTABOP_copy, &c, 1, 0);
    return c.status == GNTST_okay ? ticks : SHOT_FAILED;
}

static uint64_t foreign_add(void) {
    uint64_t gpfn = rt_gfn(room);
    int32_t err = 0;
    struct xen_add_to_physmap_batch a = {.domid = DOMID_SELF,
                                         .space = XENMAPSPACE_gmfn_foreign,
                                         .size = 1,
                                         .u.foreign_domid = granter,
                                         .idxs.q = (uintptr_t)&foreign_gfn,
                                         .gpfns.q = (uintptr_t)&gpfn,
                                         .errs.q = (uintptr_t)&err};
    uint64_t ticks = timed(__HYPERVISOR_memory_op, XENMEM_add_to_physmap_batch, &a, 0, 0);
    return err == 0 ? ticks : SHOT_FAILED;
}

static uint64_t foreign_remove(void) {
    struct xen_remove_from_physmap a = {.domid = DOMID_SELF, .gpfn = rt_gfn(room)};
    return timed(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, &a, 0, 0);
}

uint64_t foreign_map(uint32_t nth) {
    (void)nth;
    uint64_t ticks = foreign_add();
    return foreign_remove() == SHOT_FAILED ? SHOT_FAILED : ticks;
}

uint64_t foreign_unmap(uint32_t nth) {
    (void)nth;
    return foreign_add() == SHOT_FAILED ? SHOT_FAILED : foreign_remove();
}

bool long_calls(void) {
    return reservation(XENMEM_decrease_reservation, BATCH) != SHOT_FAILED &&
           reservation(XENMEM_populate_physmap, BATCH) != SHOT_FAILED;
}

// The timer's deadline falls into the calls of this vCPU itself.
static uint64_t vtimer_in_calls(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t was = cpu->irq_count, deadline = timer_arm(2000, 20000);
    if (!long_calls() || !rt_wait_change(&cpu->irq_count, was, SHOT_LIMIT)) {
        return SHOT_FAILED;
    }
    return cpu->irq_tick - deadline;
}

const struct row memory_rows[] = {
    {"mem_unmap", NULL, mem_unmap, NULL, 128},
    {"mem_map", NULL, mem_map, NULL, 128},
    {"mem_unmap_x64", NULL, mem_unmap_x64, NULL, 128},
    {"mem_map_x64", NULL, mem_map_x64, NULL, 128},
    {"physmap_add", NULL, physmap_add, NULL, 128},
    {"physmap_remove", NULL, physmap_remove, NULL, 128},
    {"grant_map", hole_setup, grant_map, hole_finish, 128},
    {"grant_unmap", hole_setup, grant_unmap, hole_finish, 128},
    {"grant_copy_4k", hole_setup, grant_copy_4k, hole_finish, 128},
    {"vtimer_in_calls", timer_setup, vtimer_in_calls, rt_irq_off, 256},
    {NULL, NULL, NULL, NULL, 0},
};
