// SPDX-License-Identifier: Apache-2.0
// Grant tables, version 1: the own table's first frame, and pages of others. Boot CPU only.

#include "calls.h"

#define ENTRIES (4096U / sizeof(struct grant_entry_v1))

static struct grant_entry_v1 *table;

struct grant_entry_v1 *rt_grants_on(uint64_t at) {
    if (rt_physmap(XENMAPSPACE_grant_table, 0, at) != 0) {
        return NULL;
    }
    rt_map_shared(at, 4096);
    table = (struct grant_entry_v1 *)(uintptr_t)at;
    return table;
}

int64_t rt_grant_give(domid_t to, const void *page, bool readonly) {
    for (uint32_t i = GNTTAB_NR_RESERVED_ENTRIES; i < ENTRIES; i++) {
        if (table[i].flags == GTF_invalid) {
            table[i].domid = to;
            table[i].frame = (uint32_t)rt_gfn(page);
            rt_dsb(); // whole before it counts
            table[i].flags = (uint16_t)(GTF_permit_access | (readonly ? GTF_readonly : 0U));
            return i;
        }
    }
    return -XEN_ENOSPC;
}

bool rt_grant_take_back(grant_ref_t ref) {
    uint16_t was = __atomic_load_n(&table[ref].flags, __ATOMIC_RELAXED);
    do {
        if ((was & (GTF_reading | GTF_writing)) != 0) {
            return false;
        }
    } while (!__atomic_compare_exchange_n(&table[ref].flags, &was, GTF_invalid, false,
                                          __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    return true;
}

int64_t rt_grant_map(domid_t from, grant_ref_t ref, void *at, bool readonly,
                     grant_handle_t *handle) {
    struct gnttab_map_grant_ref m = {.host_addr = (uintptr_t)at,
                                     .flags = GNTMAP_host_map | (readonly ? GNTMAP_readonly : 0U),
                                     .ref = ref,
                                     .dom = from};
    int64_t r = rt_grant(GNTTABOP_map_grant_ref, &m, 1);
    *handle = m.handle;
    return r != 0 ? r : m.status;
}

int64_t rt_grant_unmap(grant_handle_t handle, void *at) {
    struct gnttab_unmap_grant_ref u = {.host_addr = (uintptr_t)at, .handle = handle};
    int64_t r = rt_grant(GNTTABOP_unmap_grant_ref, &u, 1);
    return r != 0 ? r : u.status;
}
