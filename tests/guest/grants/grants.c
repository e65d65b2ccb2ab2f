// SPDX-License-Identifier: Apache-2.0
// Payload: a hostile domain attacks the grant tables, its own and Dom0's, with the advisories that
// once succeeded (XSA-18, 26, 101, 134, 224, 226, 232, 268, 284, 316, 334, 382, 387, 394, 411),
// while a witness looks after itself. Names of checks tell the advisory.

#include "calls.h"
#include "witness.h"

#define WINDOW ((uint64_t)RT_WINDOW_GIB << 30) // in each domain: where it maps pages of others
#define PAGE 4096U

enum { DONE, WITNESS_ID, FIRST_OP, RESULT }; // words of the share
enum { FULL = 8, READ_ONLY, OTHERS, TRANSFER, TRANSITIVE, NO_FRAME, DEVICE, NOTHING, NR_REFS };
enum { OWN = 8 }; // the hostile domain's own ref, for Dom0

static uint8_t page[2][PAGE] __attribute__((aligned(4096)));

// --- calls ----------------------------------------------------------------------------------

static int64_t map(struct gnttab_map_grant_ref *m, domid_t dom, grant_ref_t ref, uint32_t flags) {
    *m = (struct gnttab_map_grant_ref){
        .host_addr = m->host_addr, .dom = dom, .ref = ref, .flags = flags, .status = 1};
    int64_t r = rt_grant(GNTTABOP_map_grant_ref, m, 1);
    return r != 0 ? r : m->status;
}

static int64_t unmap(grant_handle_t handle, uint64_t host, uint64_t dev) {
    struct gnttab_unmap_grant_ref u = {
        .handle = handle, .host_addr = host, .dev_bus_addr = dev, .status = 1};
    int64_t r = rt_grant(GNTTABOP_unmap_grant_ref, &u, 1);
    return r != 0 ? r : u.status;
}

// A copy of Dom0's entry into this domain's page.
static int64_t copy_in(grant_ref_t ref, uint16_t from, uint16_t len, uint16_t to) {
    struct gnttab_copy c = {.source = {.u.ref = ref, .domid = 0, .offset = from},
                            .dest = {.u.gmfn = rt_gfn(page[0]), .domid = DOMID_SELF, .offset = to},
                            .len = len,
                            .flags = GNTCOPY_source_gref,
                            .status = 1};
    int64_t r = rt_grant(GNTTABOP_copy, &c, 1);
    return r != 0 ? r : c.status;
}

static struct grant_entry_v1 *own_table(uint64_t at) {
    struct grant_entry_v1 *table = rt_grants_on(at);
    rt_check("map the own grant table", table != NULL, at);
    return table;
}

static uint64_t pages_held(void) {
    struct xen_memory_domain d = {.domid = DOMID_SELF};
    return (uint64_t)rt_memory(XENMEM_current_reservation, &d);
}

static struct grant_entry_v1 *own; // once the hostile domain has mapped its table

// --- the hostile domain ---------------------------------------------------------------------

static const struct {
    const char *name;
    domid_t dom;
    grant_ref_t ref;
    uint32_t flags;
    uint64_t host;
    int64_t want;
} bad_maps[] = {
    {"XSA-316 of no domain", 900, FULL, GNTMAP_host_map, 0, GNTST_bad_domain},
    {"XSA-316 of DOMID_SELF", DOMID_SELF, OWN, GNTMAP_host_map, 0, GNTST_bad_domain},
    {"XSA-316 of DOMID_IO", DOMID_IO, FULL, GNTMAP_host_map, 0, GNTST_bad_domain},
    {"XSA-316 of DOMID_XEN", DOMID_XEN, FULL, GNTMAP_host_map, 0, GNTST_bad_domain},
    {"XSA-316 of DOMID_INVALID", DOMID_INVALID, FULL, GNTMAP_host_map, 0, GNTST_bad_domain},
    {"XSA-316 of 0xffff", 0xffff, FULL, GNTMAP_host_map, 0, GNTST_bad_domain},
    {"XSA-316 ref behind the table", 0, 64U * 512U, GNTMAP_host_map, 0, GNTST_bad_gntref},
    {"XSA-316 ref 2^31", 0, 1U << 31, GNTMAP_host_map, 0, GNTST_bad_gntref},
    {"XSA-316 ref ~0", 0, UINT32_MAX, GNTMAP_host_map, 0, GNTST_bad_gntref},
    {"XSA-316 neither kind", 0, FULL, 0, 0, GNTST_bad_gntref},
    {"XSA-316 neither kind, read-only", 0, FULL, GNTMAP_readonly, 0, GNTST_bad_gntref},
    {"XSA-316 another domain's entry", 0, OTHERS, GNTMAP_host_map, 0, GNTST_general_error},
    {"XSA-316 read-only entry for writing", 0, READ_ONLY, GNTMAP_host_map, 0, GNTST_general_error},
    {"XSA-284 entry for a transfer", 0, TRANSFER, GNTMAP_host_map, 0, GNTST_general_error},
    {"XSA-226 transitive entry", 0, TRANSITIVE, GNTMAP_host_map, 0, GNTST_general_error},
    {"XSA-316 entry without frame", 0, NO_FRAME, GNTMAP_host_map, 0, GNTST_bad_page},
    {"XSA-316 entry of a device's frame", 0, DEVICE, GNTMAP_host_map, 0, GNTST_bad_page},
    {"XSA-316 empty entry", 0, NOTHING, GNTMAP_host_map, 0, GNTST_general_error},
    {"XSA-316 by a page table", 0, FULL, GNTMAP_host_map | GNTMAP_contains_pte, 0,
     GNTST_general_error},
    {"XSA-316 for user space", 0, FULL, GNTMAP_host_map | GNTMAP_application_map, 0,
     GNTST_general_error},
    {"XSA-316 into no page", 0, FULL, GNTMAP_host_map, 1ULL << 50, GNTST_general_error},
    {"XSA-316 into the last page", 0, FULL, GNTMAP_host_map, 0xfffffffffffff000ULL,
     GNTST_general_error},
};

static void failing_maps(void) {
    for (uint32_t i = 0; i < RT_NR(bad_maps); i++) {
        struct gnttab_map_grant_ref m = {.host_addr = bad_maps[i].host};
        m.host_addr = m.host_addr != 0 ? m.host_addr : WINDOW;
        rt_expect(bad_maps[i].name, map(&m, bad_maps[i].dom, bad_maps[i].ref, bad_maps[i].flags),
                  bad_maps[i].want);
    }
}

// All orders of host, device and both; nothing is put twice. Only a domain that is mapped 1:1 may
// map for devices.
static void map_orders(domid_t dom, grant_ref_t ref, bool devices) {
    static const uint32_t kinds[] = {GNTMAP_host_map, GNTMAP_device_map,
                                     GNTMAP_host_map | GNTMAP_device_map};
    for (uint32_t i = 0; i < 1000U; i++) {
        struct gnttab_map_grant_ref m = {.host_addr = WINDOW + i % 7U * PAGE};
        uint32_t kind = kinds[i % 3U], order = i / 3U % 3U;
        uint64_t at = m.host_addr, dev = 0;
        bool host = (kind & GNTMAP_host_map) != 0, device = (kind & GNTMAP_device_map) != 0;
        int64_t r = map(&m, dom, ref, kind | (i % 2U != 0 ? GNTMAP_readonly : 0));
        if (device && !devices) {
            rt_expect("XSA-224 map for a device", r, GNTST_general_error);
            continue;
        }
        rt_expect("XSA-224 map", r, 0);
        dev = device ? m.dev_bus_addr : 0;
        if (order == 0) {
            rt_expect("XSA-224 unmap", unmap(m.handle, host ? at : 0, dev), 0);
        }
        if (order == 1 && host) {
            rt_expect("XSA-224 unmap host", unmap(m.handle, at, 0), 0);
        }
        if (order != 0 && device) {
            rt_expect("XSA-224 unmap device", unmap(m.handle, 0, dev), 0);
        }
        if (order == 2 && host) {
            rt_expect("XSA-224 unmap host last", unmap(m.handle, at, 0), 0);
        }
        rt_expect("XSA-224 second unmap", unmap(m.handle, host ? at : 0, dev), GNTST_bad_handle);
    }
}

static void unmap_nothing(void) {
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW};
    rt_expect("XSA-394 map", map(&m, 0, FULL, GNTMAP_host_map), 0);
    for (uint32_t i = 0; i < 1000U; i++) {
        rt_check("XSA-394 unmap of neither kind", unmap(m.handle, 0, 0) <= 0, i);
    }
    rt_write64(WINDOW, 0x394);
    const grant_handle_t bad[] = {m.handle + 1U, 16384, 1U << 20, 1U << 31, UINT32_MAX};
    for (uint32_t i = 0; i < RT_NR(bad); i++) {
        rt_expect("K3 unmap of a bad handle", unmap(bad[i], WINDOW, 0), GNTST_bad_handle);
    }
    rt_check("K2 unmap of another device address", unmap(m.handle, 0, PAGE) < 0, 0);
    rt_check("XSA-394 still mapped", rt_read64(WINDOW) == 0x394, 0);
    rt_expect("XSA-394 unmap", unmap(m.handle, WINDOW, 0), 0);
    rt_expect("XSA-394 unmap again", unmap(m.handle, WINDOW, 0), GNTST_bad_handle);
    rt_expect_begin();
    (void)rt_read64(WINDOW);
    rt_check("XSA-394 not mapped any more", rt_expect_end() != 0, 0);
}

static void copies(void) {
    static const struct {
        const char *name;
        grant_ref_t ref;
        uint16_t from, len, to;
        int64_t want;
    } bad[] = {
        {"K3 copy over the source's end", FULL, 4095, 2, 0, GNTST_bad_copy_arg},
        {"K3 copy over the target's end", FULL, 0, 2, 4095, GNTST_bad_copy_arg},
        {"K3 copy of 64 KiB", FULL, 0, 0xffff, 0, GNTST_bad_copy_arg},
        {"K3 copy from 64 KiB", FULL, 0xffff, 1, 0, GNTST_bad_copy_arg},
        {"K3 copy from beyond, length 0", FULL, 4097, 0, 0, GNTST_bad_copy_arg},
        {"XSA-226 copy of a transitive entry", TRANSITIVE, 0, 8, 0, GNTST_general_error},
        {"XSA-284 copy of an entry for a transfer", TRANSFER, 0, 8, 0, GNTST_general_error},
        {"K8 copy of another domain's entry", OTHERS, 0, 8, 0, GNTST_general_error},
        {"K3 copy of ref ~0", UINT32_MAX, 0, 8, 0, GNTST_bad_gntref},
        {"K2 copy of no frame", NO_FRAME, 0, 8, 0, GNTST_bad_page},
        {"K2 copy of a device's frame", DEVICE, 0, 8, 0, GNTST_bad_page},
    };
    for (uint32_t n = 0; n < 20U; n++) {
        for (uint32_t i = 0; i < RT_NR(bad); i++) {
            rt_expect(bad[i].name, copy_in(bad[i].ref, bad[i].from, bad[i].len, bad[i].to),
                      bad[i].want);
        }
        // no lock is left taken, no flag left set
        rt_expect("XSA-411 an ordinary copy after it", copy_in(READ_ONLY, 0, PAGE, 0), 0);
    }
    struct gnttab_copy c = {.source = {.u.gmfn = rt_gfn(page[0]), .domid = DOMID_SELF},
                            .dest = {.u.ref = READ_ONLY, .domid = 0},
                            .len = 8,
                            .flags = GNTCOPY_dest_gref};
    (void)rt_grant(GNTTABOP_copy, &c, 1);
    rt_expect("K8 copy into a read-only entry", c.status, GNTST_general_error);
    const uint64_t frames[] = {rt_platform.gicd >> 12, 1ULL << 36, UINT64_MAX};
    for (uint32_t i = 0; i < RT_NR(frames); i++) {
        c.source.u.gmfn = frames[i];
        c.dest.u.ref = FULL;
        (void)rt_grant(GNTTABOP_copy, &c, 1);
        rt_expect("K8 copy out of no RAM", c.status, GNTST_bad_page);
    }
}

// As a whole (Cofferdam), or by its status (real Xen, which has the operation).
static bool refused(int64_t r, int16_t status) {
    return r == -XEN_ENOSYS || (r == 0 && status < 0);
}

static void not_offered(void) {
    static const uint32_t refs[] = {0, 8, 64U * 512U - 1U, 64U * 512U, 1U << 31, UINT32_MAX};
    uint64_t held = pages_held();
    for (uint32_t i = 0; i < RT_NR(refs); i++) {
        struct gnttab_swap_grant_ref s = {.ref_a = refs[i], .ref_b = UINT32_MAX};
        struct gnttab_transfer t = {.mfn = rt_gfn(page[1]), .domid = 0, .ref = refs[i]};
        struct gnttab_unmap_and_replace u = {.handle = UINT32_MAX, .host_addr = WINDOW};
        int64_t r = rt_grant(GNTTABOP_swap_grant_ref, &s, 1);
        rt_check("XSA-18 swap", refused(r, s.status), (uint64_t)r);
        rt_expect("XSA-284 transfer", rt_grant(GNTTABOP_transfer, &t, 1), -XEN_EOPNOTSUPP);
        r = rt_grant(GNTTABOP_unmap_and_replace, &u, 1);
        rt_check("K2 unmap_and_replace", refused(r, u.status), (uint64_t)r);
    }
    rt_check("XSA-284 nothing was given", pages_held() == held, held);
    for (uint32_t i = 0; i < 1000U; i++) {
        struct gnttab_set_version v = {.version = i % 2U + 1U};
        int64_t r = rt_grant(GNTTABOP_set_version, &v, 1);
        rt_expect("XSA-268 version 2", r, i % 2U == 0 ? 0 : -XEN_ENOSYS);
    }
    struct gnttab_get_version g = {.dom = DOMID_SELF};
    rt_expect("XSA-268 get_version", rt_grant(GNTTABOP_get_version, &g, 1), 0);
    rt_check("XSA-268 stays 1", g.version == 1, g.version);
    static uint64_t list[4];
    struct gnttab_get_status_frames f = {
        .dom = DOMID_SELF, .nr_frames = 1, .frame_list.q = (uintptr_t)&list[1]};
    list[1] = list[2] = 0x5a5a;
    int64_t r = rt_grant(GNTTABOP_get_status_frames, &f, 1);
    rt_check("XSA-382 status frames", refused(r, f.status), (uint64_t)r);
    rt_check("XSA-382 list untouched", list[1] == 0x5a5a && list[2] == 0x5a5a, list[1]);
    rt_check("XSA-26 pages after all versions", pages_held() == held, pages_held());
}

static void table_frames(void) {
    static uint64_t list[66];
    const uint64_t bad[] = {
        64,        65, 0x7fffffff, XENMAPIDX_grant_table_status, XENMAPIDX_grant_table_status + 1U,
        UINT64_MAX};
    struct gnttab_setup_table s = {
        .dom = DOMID_SELF, .nr_frames = 1, .frame_list.q = (uintptr_t)list};
    list[0] = list[1] = 0x5a5a;
    rt_expect("XSA-101 setup_table", rt_grant(GNTTABOP_setup_table, &s, 1), 0);
    rt_expect("XSA-101 status", s.status, 0);
    rt_check("XSA-101 no frame is seen", list[0] > 1ULL << 40, list[0]);
    rt_check("XSA-101 only one was asked for", list[1] == 0x5a5a, list[1]);
    s.nr_frames = 65;
    rt_expect("K3 setup_table of too many", rt_grant(GNTTABOP_setup_table, &s, 1), 0);
    rt_expect("K3 its status", s.status, GNTST_general_error);
    for (uint32_t i = 0; i < RT_NR(bad); i++) {
        struct xen_add_to_physmap a = {.domid = DOMID_SELF,
                                       .space = XENMAPSPACE_grant_table,
                                       .idx = bad[i],
                                       .gpfn = WINDOW >> 12};
        rt_expect("XSA-387 grant frame that is none", rt_memory(XENMEM_add_to_physmap, &a),
                  -XEN_EINVAL);
    }
    const domid_t others[] = {0, (domid_t)rt_share->word[WITNESS_ID]};
    for (uint32_t i = 0; i < RT_NR(others); i++) {
        struct gnttab_query_size q = {.dom = others[i]};
        struct gnttab_get_version g = {.dom = others[i]};
        s = (struct gnttab_setup_table){.dom = others[i]};
        (void)rt_grant(GNTTABOP_setup_table, &s, 1);
        (void)rt_grant(GNTTABOP_query_size, &q, 1);
        rt_expect("K8 setup_table of another", s.status, GNTST_permission_denied);
        rt_expect("K8 query_size of another", q.status, GNTST_permission_denied);
        rt_expect("K8 get_version of another", rt_grant(GNTTABOP_get_version, &g, 1), -XEN_EPERM);
    }
}

static void cache_flushes(void) {
    const uint64_t addresses[] = {0,           rt_platform.gicd, 0x40000000U,
                                  0x50000000U, // of whatever owner these machine frames are
                                  0x60000000U, 0x7ffff000U,      1ULL << 40,
                                  1ULL << 52,  UINT64_MAX};
    for (uint32_t i = 0; i < RT_NR(addresses) * 3U; i++) {
        struct gnttab_cache_flush f = {
            .a.dev_bus_addr = addresses[i / 3U], .length = 64, .op = i % 3U + GNTTAB_CACHE_CLEAN};
        int64_t r = rt_grant(GNTTABOP_cache_flush, &f, 1);
        rt_check("XSA-232 cache_flush of a frame not its own", r < 0, (uint64_t)r);
    }
    struct gnttab_cache_flush f = {.offset = 4000, .length = 97, .op = GNTTAB_CACHE_CLEAN};
    rt_expect("K3 cache_flush over the page's end", rt_grant(GNTTABOP_cache_flush, &f, 1),
              -XEN_EINVAL);
    f = (struct gnttab_cache_flush){.length = 64, .op = 64};
    rt_expect("K3 cache_flush of no kind", rt_grant(GNTTABOP_cache_flush, &f, 1), -XEN_EINVAL);
}

// What lies at a granted page's place in the map is not the domain's to pass on or drop.
static void mapped_page_as_own(void) {
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW};
    uint64_t gfn = WINDOW >> 12;
    struct vcpu_register_vcpu_info info = {.mfn = gfn};
    struct evtchn_init_control control = {.control_gfn = gfn};
    struct xen_remove_from_physmap drop = {.domid = DOMID_SELF, .gpfn = gfn};
    struct xen_memory_reservation give = {
        .extent_start.q = (uintptr_t)&gfn, .nr_extents = 1, .domid = DOMID_SELF};
    rt_expect("K2 map", map(&m, 0, FULL, GNTMAP_host_map), 0);
    rt_expect("K2 vcpu_info in another's page", rt_vcpu_op(VCPUOP_register_vcpu_info, 0, &info),
              -XEN_EINVAL);
    rt_expect("K2 control block in another's page", rt_evtchn(EVTCHNOP_init_control, &control),
              -XEN_EINVAL);
    rt_write32(WINDOW, DOMID_SELF);
    int64_t r = rt_memory(XENMEM_current_reservation, (void *)(uintptr_t)WINDOW);
    rt_expect("K2 a hypercall's argument there", r, -XEN_EFAULT);
    rt_expect("K2 decrease_reservation of it", rt_memory(XENMEM_decrease_reservation, &give), 0);
    r = rt_memory(XENMEM_remove_from_physmap, &drop);
    rt_check("K2 remove_from_physmap of it", r < 0, (uint64_t)r);
    own[OWN + 1] = (struct grant_entry_v1){
        .flags = GTF_permit_access, .domid = rt_share->domid, .frame = (uint32_t)gfn};
    struct gnttab_map_grant_ref onward = {.host_addr = WINDOW + PAGE};
    rt_expect("K2 granted onward", map(&onward, rt_share->domid, OWN + 1, GNTMAP_host_map),
              GNTST_bad_page);
    rt_expect("K2 unmap", unmap(m.handle, WINDOW, 0), 0);
}

// Refused here; real Xen lets the domain lose track of its own mapping.
static void map_over(void) {
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW}, again = m;
    struct xen_add_to_physmap over = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = WINDOW >> 12};
    rt_expect("K2 map for mapping over", map(&m, 0, FULL, GNTMAP_host_map), 0);
    rt_expect("K2 add_to_physmap over it", rt_memory(XENMEM_add_to_physmap, &over), -XEN_EBUSY);
    rt_expect("K2 another grant over it",
              map(&again, 0, READ_ONLY, GNTMAP_host_map | GNTMAP_readonly), GNTST_general_error);
    rt_expect("K2 unmap elsewhere", unmap(m.handle, WINDOW + PAGE, 0), GNTST_bad_virt_addr);
    rt_expect("K2 unmap what was mapped over", unmap(m.handle, WINDOW, 0), 0);
}

static void bad_lists(void) {
    const uint64_t lists[] = {1, 1ULL << 38, 0xffff000000000000ULL, UINT64_MAX,
                              rt_platform.ram_base + rt_platform.ram_size - 4U};
    for (uint32_t op = 0; op < 16U; op++) {
        for (uint32_t i = 0; i < RT_NR(lists); i++) {
            int64_t r = rt_grant(op, (void *)(uintptr_t)lists[i], 1);
            rt_check("K3 list nowhere", r < 0, op << 8 | i);
        }
        rt_check("K3 a list of none", rt_grant(op, page[0], 0) <= 0, op);
        rt_check("K3 a list of ~0",
                 rt_grant(op, page[0], UINT32_MAX) < 0 || op == GNTTABOP_set_version, op);
    }
}

// A page of one's own, granted to oneself, mapped, given away: it is there until it is unmapped.
static void own_page_given_away(void) {
    uint64_t held = pages_held(), gfn = rt_gfn(page[1]);
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW};
    struct xen_memory_reservation give = {
        .extent_start.q = (uintptr_t)&gfn, .nr_extents = 1, .domid = DOMID_SELF};
    own[OWN + 1] = (struct grant_entry_v1){
        .flags = GTF_permit_access, .domid = rt_share->domid, .frame = (uint32_t)gfn};
    rt_write64((uintptr_t)page[1], 0x1122334455667788U);
    rt_expect("K2 map of the own page", map(&m, rt_share->domid, OWN + 1, GNTMAP_host_map), 0);
    rt_expect("K2 give it away", rt_memory(XENMEM_decrease_reservation, &give), 1);
    rt_check("K2 still there", rt_read64(WINDOW) == 0x1122334455667788U, rt_read64(WINDOW));
    rt_check("K2 its entry is in use",
             (own[OWN + 1].flags & (GTF_reading | GTF_writing)) == (GTF_reading | GTF_writing),
             own[OWN + 1].flags);
    rt_expect("K2 unmap of the own page", unmap(m.handle, WINDOW, 0), 0);
    rt_check("K2 its entry is free", own[OWN + 1].flags == GTF_permit_access, own[OWN + 1].flags);
    rt_check("K2 one page less", pages_held() == held - 1U, pages_held());
    rt_check("K2 nothing to map any more", map(&m, rt_share->domid, OWN + 1, GNTMAP_host_map) < 0,
             0);
    rt_expect("K2 populate again", rt_memory(XENMEM_populate_physmap, &give), 1);
    rt_check("K4 scrubbed", rt_read64((uintptr_t)page[1]) == 0, rt_read64((uintptr_t)page[1]));
}

// The kit's way, which an honest guest goes.
static void by_the_kit(void) {
    void *at = (void *)(uintptr_t)WINDOW;
    grant_handle_t handle;
    int64_t given = rt_grant_give(rt_share->domid, page[1], false);
    grant_ref_t ref = (grant_ref_t)given;
    rt_expect("kit: the first free entry", given, GNTTAB_NR_RESERVED_ENTRIES);
    rt_expect("kit: map", rt_grant_map(rt_share->domid, ref, at, false, &handle), 0);
    rt_write64(WINDOW, 0x517);
    rt_check("kit: the same page", rt_read64((uintptr_t)page[1]) == 0x517, handle);
    rt_check("kit: what is mapped is not taken back", !rt_grant_take_back(ref), own[ref].flags);
    rt_expect("kit: unmap", rt_grant_unmap(handle, at), 0);
    rt_check("kit: taken back", rt_grant_take_back(ref), own[ref].flags);
    rt_expect("kit: no map of it any more", rt_grant_map(rt_share->domid, ref, at, true, &handle),
              GNTST_general_error);
    rt_write64((uintptr_t)page[1], 0);
}

static void hostile(void) {
    rt_map_memory(RT_WINDOW_GIB);
    table_frames();
    own = own_table(GUEST_GNTTAB_BASE);
    by_the_kit();
    failing_maps();
    map_orders(0, FULL, false);
    unmap_nothing();
    copies();
    not_offered();
    cache_flushes();
    mapped_page_as_own();
    bad_lists();
    own_page_given_away();
    map_over();
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW + PAGE}; // kept until it dies
    rt_expect("K2 last map", map(&m, 0, FULL, GNTMAP_host_map), 0);
    rt_write64(WINDOW + PAGE + 8U, 0x600d);
    rt_write64((uintptr_t)page[1], 0xbad);
    own[OWN] = (struct grant_entry_v1){
        .flags = GTF_permit_access, .domid = 0, .frame = (uint32_t)rt_gfn(page[1])};
    rt_share->word[DONE] = 1;
    for (;;) {
        rt_registers_fill(0x7777777777777777U);
        (void)rt_sched(SCHEDOP_yield, NULL);
    }
}

// Each operation as the very first of a domain.
static void fresh(void) {
    rt_share->word[RESULT] = (uint64_t)rt_grant((uint32_t)rt_share->word[FIRST_OP], page[0], 1);
    rt_share->word[DONE] = 1;
}

// --- Dom0 ---------------------------------------------------------------------------------

static union {
    struct grant_entry_v1 entry[PAGE / sizeof(struct grant_entry_v1)];
} table __attribute__((aligned(4096)));

static volatile struct grant_entry_v1 *entries(void) { return table.entry; }

static uint8_t offered[PAGE] __attribute__((aligned(4096)));

static void offer(domid_t hostile_id, domid_t witness_id) {
    const struct grant_entry_v1 list[NR_REFS] = {
        [FULL] = {GTF_permit_access, hostile_id, (uint32_t)rt_gfn(offered)},
        [READ_ONLY] = {GTF_permit_access | GTF_readonly, hostile_id, (uint32_t)rt_gfn(offered)},
        [OTHERS] = {GTF_permit_access, witness_id, (uint32_t)rt_gfn(offered)},
        [TRANSFER] = {GTF_accept_transfer, hostile_id, 0},
        [TRANSITIVE] = {GTF_transitive, hostile_id, FULL},
        [NO_FRAME] = {GTF_permit_access, hostile_id, UINT32_MAX},
        [DEVICE] = {GTF_permit_access, hostile_id, (uint32_t)(rt_platform.gicd >> 12)},
    };
    for (uint32_t i = FULL; i < NR_REFS; i++) {
        entries()[i] = list[i];
    }
}

static void entries_are_free(const char *name) {
    const uint16_t want[NR_REFS] = {
        [FULL] = GTF_permit_access,    [READ_ONLY] = GTF_permit_access | GTF_readonly,
        [OTHERS] = GTF_permit_access,  [TRANSFER] = GTF_accept_transfer,
        [TRANSITIVE] = GTF_transitive, [NO_FRAME] = GTF_permit_access,
        [DEVICE] = GTF_permit_access};
    for (uint32_t i = FULL; i < NR_REFS; i++) {
        rt_check(name, entries()[i].flags == want[i], i << 16 | entries()[i].flags);
    }
}

static void first_ops(void) {
    for (uint32_t op = 0; op <= GNTTABOP_cache_flush + 1U; op++) {
        struct rt_domain d;
        struct rt_domain_config c = {
            .main = fresh, .nr_vcpus = 1, .mem_mib = 2, .cpu = {0}, .paused = true};
        struct xen_domctl u = {.cmd = 0};
        if (rt_domain_create(&d, &c)) {
            d.share->word[FIRST_OP] = op;
            rt_expect("unpause", rt_domctl(&u, XEN_DOMCTL_unpausedomain, d.id), 0);
            rt_check("XSA-134 first operation", rt_domain_wait(&d, DONE, 1, 30000), op);
            rt_check("XSA-134 its answer", (int64_t)d.share->word[RESULT] <= 0, op);
        }
        rt_check("XSA-134 domain is gone", rt_domain_destroy(&d), op);
    }
}

// Every early return; a reference left behind would keep the domain.
static void acquire_badly(domid_t id) {
    static uint64_t list[4];
    const struct {
        struct xen_mem_acquire_resource a;
        int64_t want;
    } bad[] = {
        {{.domid = 900, .nr_frames = 1}, -XEN_ESRCH},
        {{.domid = id, .type = 99, .nr_frames = 1}, -XEN_EOPNOTSUPP},
        {{.domid = id, .type = 1, .id = 9, .nr_frames = 1}, -XEN_EINVAL},
        {{.domid = id, .type = 1, .id = 1, .nr_frames = 1}, -XEN_EINVAL},
        {{.domid = id, .type = 1, .nr_frames = 1, .pad = 1}, -XEN_EINVAL},
        {{.domid = id, .type = 1, .nr_frames = 1, .frame = 64}, -XEN_EINVAL},
        {{.domid = id, .type = 1, .nr_frames = 1, .frame = UINT64_MAX}, -XEN_EINVAL},
        {{.domid = id, .type = 1, .nr_frames = UINT32_MAX, .frame = 1}, -XEN_EINVAL},
    };
    for (uint32_t i = 0; i < RT_NR(bad); i++) {
        struct xen_mem_acquire_resource a = bad[i].a;
        a.frame_list.q = (uintptr_t)list;
        int64_t r = rt_memory(XENMEM_acquire_resource, &a);
        rt_check("XSA-334 acquire_resource", r == bad[i].want, i << 16 | (uint16_t)r);
    }
    struct xen_mem_acquire_resource a = {
        .domid = id, .type = 1, .nr_frames = 1, .frame_list.q = UINT64_MAX - 7U};
    rt_expect("XSA-334 list nowhere", rt_memory(XENMEM_acquire_resource, &a), -XEN_EFAULT);
}

// Dom0 has a page of the dying domain mapped: it stays what it was until it is let go.
static void hold_page_of_the_dead(struct rt_domain *h) {
    struct gnttab_map_grant_ref m = {.host_addr = WINDOW};
    struct xen_domctl op = {.cmd = 0};
    domid_t id = h->id;
    rt_expect("K2 Dom0 maps", map(&m, id, OWN, GNTMAP_host_map), 0);
    rt_check("K2 destroyed", rt_domain_kill(h), id);
    rt_sleep(20);
    int64_t r = rt_domctl(&op, XEN_DOMCTL_getdomaininfo, id);
    rt_check("K2 is not gone while its page is mapped",
             r == 0 && op.domain == id && (op.u.getdomaininfo.flags & XEN_DOMINF_dying),
             op.u.getdomaininfo.flags);
    rt_check("K2 its page is what it was", rt_read64(WINDOW) == 0xbad, rt_read64(WINDOW));
    struct gnttab_map_grant_ref more = {.host_addr = WINDOW + PAGE};
    rt_check("XSA-410 no new map of the dying", map(&more, id, OWN, GNTMAP_host_map) < 0, id);
    rt_expect("K2 Dom0 unmaps", unmap(m.handle, WINDOW, 0), 0);
    rt_check("K2 gone now", rt_domain_gone(id), id);
}

void rt_main(void) {
    struct rt_domain w, h;
    struct rt_domain_config c = {
        .main = hostile, .nr_vcpus = 1, .mem_mib = 2, .cpu = {0}, .paused = true};
    struct xen_domctl op = {.cmd = 0};
    uint64_t before = rt_free_pages();
    (void)own_table((uintptr_t)table.entry);
    rt_irq_on();
    rt_write64((uintptr_t)offered + 16U, 0x900d);
    if (rt_witness_create(&w, 0) && rt_domain_create(&h, &c)) {
        offer(h.id, w.id);
        h.share->word[WITNESS_ID] = w.id;
        rt_expect("unpause", rt_domctl(&op, XEN_DOMCTL_unpausedomain, h.id), 0);
        rt_check("hostile domain ends", rt_domain_wait(&h, DONE, 1, 60000), 0);
        rt_witness_check(&w, "witness after grants");
        rt_domain_report(&h);
        rt_check("Dom0's page has what the mapper wrote",
                 rt_read64((uintptr_t)offered + 8U) == 0x600d, 0);
        rt_check("and nothing else", rt_read64((uintptr_t)offered + 16U) == 0x900d, 0);
        acquire_badly(h.id);
        rt_map_memory(RT_WINDOW_GIB);
        map_orders(h.id, OWN, true);
        hold_page_of_the_dead(&h);
        entries_are_free("K2 entries are free after the mapper's death");
        first_ops();
        rt_witness_check(&w, "witness at the end");
    }
    rt_check("witness is gone", rt_domain_destroy(&w), w.id);
    rt_check("free memory as before", rt_free_pages() == before, before - rt_free_pages());
    rt_verdict_of_checks("grants");
}
