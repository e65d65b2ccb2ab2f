// SPDX-License-Identifier: Apache-2.0
// Grant tables through their hypercalls: table, mapping, copying, and the attacks of the advisories
// on them.
#include "../hypercall/hc_test.h"

#define GRANTED (FAKE_D1_GFN + 60) // a frame of d1
#define GRANTED_MFN (FAKE_D1_FIRST + 60)
#define TARGET 0x9000ULL // where d0 maps it

static struct grant_entry_v1 *entry(struct domain *d, grant_ref_t ref) {
    return (struct grant_entry_v1 *)d->grant.frame[ref / 512] + ref % 512;
}

static void allow(grant_ref_t ref, uint16_t flags) {
    *entry(fake_d1, ref) =
        (struct grant_entry_v1){.flags = GTF_permit_access | flags, .domid = 0, .frame = GRANTED};
}

static struct gnttab_map_grant_ref mapping(grant_ref_t ref, uint32_t flags, uint64_t gfn) {
    return (struct gnttab_map_grant_ref){
        .host_addr = gfn << 12, .flags = flags | GNTMAP_host_map, .ref = ref, .dom = 1};
}

static struct gnttab_unmap_grant_ref unmapping(const struct gnttab_map_grant_ref *m) {
    return (struct gnttab_unmap_grant_ref){.host_addr = m->host_addr, .handle = m->handle};
}

static enum p2m_type at(struct domain *d, uint64_t gfn, uint64_t *frame) {
    mfn_t mfn;
    enum p2m_type t = p2m_lookup(d, gfn_of(gfn), &mfn);
    *frame = mfn.v;
    return t;
}

static void table_basics(void **state) {
    struct gnttab_query_size q = {.dom = DOMID_SELF};
    assert_int_equal(GRANT(V0, query_size, &q), 0);
    assert_int_equal(q.status, GNTST_okay);
    assert_int_equal(q.nr_frames, 1);
    assert_int_equal(q.max_nr_frames, GRANT_MAX_FRAMES);
    q.dom = 0;
    assert_int_equal(GRANT(U0, query_size, &q), 0);
    assert_int_equal(q.status, GNTST_permission_denied);
    q.dom = 9;
    assert_int_equal(GRANT(V0, query_size, &q), 0);
    assert_int_equal(q.status, GNTST_bad_domain);
    struct gnttab_set_version v = {.version = 1};
    assert_int_equal(GRANT(V0, set_version, &v), 0);
    v.version = 2;
    assert_int_equal(GRANT(V0, set_version, &v), -ENOSYS); // XSA-268
    assert_int_equal(v.version, 1);
    v.version = 3;
    assert_int_equal(GRANT(V0, set_version, &v), -EINVAL);
    struct gnttab_get_version g = {.dom = DOMID_SELF};
    assert_int_equal(GRANT(V0, get_version, &g), 0);
    assert_int_equal(g.version, 1);
}

// XSA-134 and R16: each op as the first of a fresh domain; those not offered are not there.
static void every_op_first(void **state) {
    static const uint32_t gone[] = {GNTTABOP_dump_table,
                                    GNTTABOP_unmap_and_replace,
                                    GNTTABOP_get_status_frames,
                                    GNTTABOP_swap_grant_ref,
                                    13,
                                    4096,
                                    ~0U};
    for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
        assert_int_equal(fake_hypercall(U0, __HYPERVISOR_grant_table_op, gone[i], ARG, 1), -ENOSYS);
    assert_int_equal(fake_hypercall(U0, __HYPERVISOR_grant_table_op, GNTTABOP_transfer, ARG, 1),
                     -EOPNOTSUPP);
    for (uint32_t op = 0; op <= GNTTABOP_cache_flush; op++) {
        fake_core_teardown();
        fake_core_reset();
        fake_current = U0;
        memset(fake_guest_ptr(ARG), 0xff, 256);
        fake_hypercall(U0, __HYPERVISOR_grant_table_op, op, ARG, 1);
        fake_hypercall(U0, __HYPERVISOR_grant_table_op, op, BAD_VA, 1);
        assert_int_equal(fake_hypercall(U0, __HYPERVISOR_grant_table_op, op, ARG, 1ULL << 31),
                         -EINVAL);
    }
}

static void setup_table_lists_nothing_unmapped(void **state) {
    struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 3, .frame_list.q = LIST};
    assert_int_equal(GRANT(V0, setup_table, &s), 0);
    assert_int_equal(s.status, GNTST_okay);
    uint64_t *list = fake_guest_ptr(LIST);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(list[i], ~0ULL); // XSA-101
    assert_int_equal(fake_d0->grant.nr_frames, 3);
    s.nr_frames = GRANT_MAX_FRAMES + 1;
    assert_int_equal(GRANT(V0, setup_table, &s), 0);
    assert_int_equal(s.status, GNTST_general_error);
    s.nr_frames = ~0U;
    assert_int_equal(GRANT(V0, setup_table, &s), 0);
    assert_int_equal(s.status, GNTST_general_error);
    s = (struct gnttab_setup_table){.dom = DOMID_SELF, .nr_frames = 1, .frame_list.q = BAD_VA};
    assert_int_equal(GRANT(V0, setup_table, &s), 0);
    assert_int_equal(s.status, GNTST_bad_virt_addr);
    fake_fail_pool = 1;
    s = (struct gnttab_setup_table){.dom = DOMID_SELF, .nr_frames = 9, .frame_list.q = LIST};
    assert_int_equal(GRANT(V0, setup_table, &s), 0);
    assert_int_equal(s.status, GNTST_general_error);
}

static void map_use_unmap(void **state) {
    uint64_t frame;
    allow(9, 0);
    struct gnttab_map_grant_ref m = mapping(9, 0, TARGET);
    assert_int_equal(GRANT(V0, map_grant_ref, &m), 0);
    assert_int_equal(m.status, GNTST_okay);
    assert_int_equal(m.dev_bus_addr, GRANTED_MFN << 12);
    assert_int_equal(at(fake_d0, TARGET, &frame), P2M_GRANT);
    assert_int_equal(frame, GRANTED_MFN);
    assert_int_equal(entry(fake_d1, 9)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 2);
    // The granter gives the frame away: it stays until it is unmapped (XSA-224).
    uint64_t gfn = GRANTED;
    fake_current = U0;
    memcpy(fake_guest_ptr(LIST), &gfn, 8);
    struct xen_memory_reservation r = {
        .extent_start.q = LIST, .nr_extents = 1, .domid = DOMID_SELF};
    assert_int_equal(MEMORY(U0, decrease_reservation, &r), 1);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->state, PAGE_GUEST);
    struct gnttab_unmap_grant_ref u = unmapping(&m);
    assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
    assert_int_equal(u.status, GNTST_okay);
    assert_int_equal(at(fake_d0, TARGET, &frame), P2M_INVALID);
    assert_int_equal(entry(fake_d1, 9)->flags, GTF_permit_access);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->state, PAGE_FREE);
    assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
    assert_int_equal(u.status, GNTST_bad_handle);
}

static void map_refuses(void **state) {
    static const grant_ref_t beyond[] = {512, 513, 1U << 31, ~0U};
    struct gnttab_map_grant_ref m;
    for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
        m = mapping(beyond[i], 0, TARGET);
        assert_int_equal(GRANT(V0, map_grant_ref, &m), 0);
        assert_int_equal(m.status, GNTST_bad_gntref);
    }
#define EXPECT(op, st)                                                                             \
    do {                                                                                           \
        m = (op);                                                                                  \
        assert_int_equal(GRANT(V0, map_grant_ref, &m), 0);                                         \
        assert_int_equal(m.status, (st));                                                          \
    } while (0)
    EXPECT(mapping(8, 0, TARGET), GNTST_general_error); // not granted
    allow(8, GTF_readonly);
    EXPECT(mapping(8, 0, TARGET), GNTST_general_error);
    entry(fake_d1, 8)->domid = 1;
    EXPECT(mapping(8, GNTMAP_readonly, TARGET), GNTST_general_error);
    allow(8, 0);
    entry(fake_d1, 8)->frame = 5; // no RAM there
    EXPECT(mapping(8, 0, TARGET), GNTST_bad_page);
    assert_int_equal(entry(fake_d1, 8)->flags, GTF_permit_access); // nothing left set (XSA-316)
    entry(fake_d1, 8)->flags = GTF_transitive;
    EXPECT(mapping(8, 0, TARGET), GNTST_general_error);
    allow(8, 0);
    EXPECT(mapping(8, GNTMAP_contains_pte, TARGET), GNTST_general_error);
    fake_d0->direct_mapped = false; // machine addresses are not for everybody
    EXPECT(mapping(8, GNTMAP_device_map, TARGET), GNTST_general_error);
    fake_d0->direct_mapped = true;
    EXPECT(((struct gnttab_map_grant_ref){.flags = GNTMAP_host_map, .dom = DOMID_SELF}),
           GNTST_bad_domain);
    EXPECT(((struct gnttab_map_grant_ref){.host_addr = 5, .flags = GNTMAP_host_map, .dom = 1}),
           GNTST_bad_virt_addr);
    EXPECT(((struct gnttab_map_grant_ref){.host_addr = 0, .ref = 8, .dom = 1}), GNTST_bad_gntref);
    EXPECT(((struct gnttab_map_grant_ref){.flags = GNTMAP_host_map, .dom = 5}), GNTST_bad_domain);
    EXPECT(mapping(8, 0, ~0ULL >> 12), GNTST_general_error);
    fake_fail_map = 1;
    EXPECT(mapping(8, 0, TARGET), GNTST_general_error);
    assert_int_equal(entry(fake_d1, 8)->flags, GTF_permit_access);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1);
    fake_fail_pool = 1; // no page for the handles: freed ones are used first
    EXPECT(mapping(8, 0, TARGET), GNTST_okay);
#undef EXPECT
}

static void pool_failures(void **state) {
    allow(8, 0);
    for (unsigned n = 1; n <= 2; n++) {
        struct gnttab_map_grant_ref m = mapping(8, 0, TARGET);
        fake_fail_pool = n;
        assert_int_equal(GRANT(V0, map_grant_ref, &m), 0);
        assert_true(m.status == GNTST_no_space || m.status == GNTST_no_device_space);
        assert_int_equal(entry(fake_d1, 8)->flags, GTF_permit_access);
    }
}

static void unmap_orders(void **state) {
    allow(9, 0);
    for (unsigned i = 0; i < 1000; i++) {
        struct gnttab_map_grant_ref m = mapping(9, i % 2 ? GNTMAP_device_map : 0, TARGET);
        assert_int_equal(GRANT(V0, map_grant_ref, &m), 0);
        assert_int_equal(m.status, GNTST_okay);
        // Unmapping nothing ends nothing (XSA-394).
        struct gnttab_unmap_grant_ref u = {.handle = m.handle}, host = unmapping(&m);
        assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
        assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 2);
        u.host_addr = m.host_addr + 4096;
        assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
        assert_int_equal(u.status, GNTST_bad_virt_addr);
        u = (struct gnttab_unmap_grant_ref){.handle = m.handle, .dev_bus_addr = 4096};
        assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
        assert_int_equal(u.status, GNTST_bad_dev_addr);
        u.dev_bus_addr = m.dev_bus_addr;
        if (i % 4 == 1) // device half first
            assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
        assert_int_equal(GRANT(V0, unmap_grant_ref, &host), 0);
        assert_int_equal(host.status, GNTST_okay);
        if (i % 4 == 3) { // or last
            assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 2);
            assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
        }
        assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1);
        assert_int_equal(entry(fake_d1, 9)->flags, GTF_permit_access);
    }
    assert_int_equal(fake_d0->grant.nr_handles, 1); // reused
}

static void many_users_of_one_entry(void **state) {
    struct gnttab_map_grant_ref m[3];
    allow(9, 0);
    for (unsigned i = 0; i < 3; i++) {
        m[i] = mapping(9, i ? GNTMAP_readonly : 0, TARGET + i);
        assert_int_equal(GRANT(V0, map_grant_ref, &m[i]), 0);
        assert_int_equal(m[i].status, GNTST_okay);
        entry(fake_d1, 9)->frame = (uint32_t)GRANTED + 1; // too late for the granter
    }
    assert_int_equal(m[2].dev_bus_addr, GRANTED_MFN << 12);
    struct gnttab_unmap_grant_ref u = unmapping(&m[0]);
    assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
    assert_int_equal(entry(fake_d1, 9)->flags, GTF_permit_access | GTF_reading);
    // A failing unmap keeps the page held (XSA-222).
    u = unmapping(&m[1]);
    fake_fail_unmap = 1;
    assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
    assert_int_equal(u.status, GNTST_general_error);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 3);
    assert_int_equal(GRANT(V0, unmap_grant_ref, &u), 0);
    assert_int_equal(u.status, GNTST_okay);
    // A mapped grant's frame cannot be mapped over.
    struct xen_add_to_physmap a = {.domid = DOMID_SELF, .gpfn = TARGET + 2};
    assert_int_equal(MEMORY(V0, add_to_physmap, &a), -EBUSY);
    struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = TARGET + 2};
    assert_int_equal(MEMORY(V0, remove_from_physmap, &r), -EBUSY);
}

static void copies(void **state) {
    struct gnttab_copy c = {.source = {.u.ref = 9, .domid = 1, .offset = 100},
                            .dest = {.u.gmfn = FAKE_FIRST + 70, .domid = DOMID_SELF, .offset = 7},
                            .len = 33,
                            .flags = GNTCOPY_source_gref};
    struct gnttab_copy bad = c;
    allow(9, GTF_readonly);
    memset(fake_frame(GRANTED_MFN), 0x42, 4096);
    assert_int_equal(GRANT(V0, copy, &c), 0);
    assert_int_equal(c.status, GNTST_okay);
    uint8_t *to = fake_frame(FAKE_FIRST + 70);
    assert_int_equal(to[6], 0);
    assert_int_equal(to[7], 0x42);
    assert_int_equal(to[39], 0x42);
    assert_int_equal(to[40], 0);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1);
    assert_int_equal(entry(fake_d1, 9)->flags, GTF_permit_access | GTF_readonly);
#define EXPECT(change, st)                                                                         \
    do {                                                                                           \
        bad = c;                                                                                   \
        change;                                                                                    \
        assert_int_equal(GRANT(V0, copy, &bad), 0);                                                \
        assert_int_equal(bad.status, (st));                                                        \
    } while (0)
    EXPECT(bad.len = 4000, GNTST_bad_copy_arg);
    EXPECT(bad.source.offset = 4095, GNTST_bad_copy_arg);
    EXPECT(bad.dest.offset = 0xffff, GNTST_bad_copy_arg);
    EXPECT(bad.flags = 0, GNTST_permission_denied);
    EXPECT(bad.dest.domid = 1, GNTST_permission_denied);
    EXPECT(bad.source.domid = 6, GNTST_bad_domain);
    EXPECT(bad.dest.u.gmfn = 1, GNTST_bad_page);
    EXPECT(bad.dest.u.gmfn = FAKE_DEVICE, GNTST_bad_page);
    EXPECT((bad.dest.u.ref = 9, bad.dest.domid = 1, bad.flags = GNTCOPY_dest_gref,
            bad.source.u.gmfn = FAKE_FIRST + 70, bad.source.domid = DOMID_SELF),
           GNTST_general_error); // read-only grant
#undef EXPECT
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1);
    // 50 in a list: several steps.
    fake_current = V0;
    for (unsigned i = 0; i < 50; i++)
        memcpy(fake_guest_ptr(LIST + i * sizeof(c)), &c, sizeof(c));
    fake_did.retries = 0;
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_grant_table_op, GNTTABOP_copy, LIST, 50), 0);
    assert_int_equal(fake_did.retries, 6);
}

static void cache_flush(void **state) {
    struct gnttab_cache_flush f = {.op = GNTTAB_CACHE_CLEAN};
    assert_int_equal(GRANT(V0, cache_flush, &f), 0); // Linux' probe: length 0
    f.length = 4096;
    f.a.dev_bus_addr = (FAKE_FIRST + 3) << 12;
    assert_int_equal(GRANT(V0, cache_flush, &f), 0);
    f.op = GNTTAB_CACHE_INVAL | GNTTAB_CACHE_CLEAN;
    assert_int_equal(GRANT(V0, cache_flush, &f), 0);
    f.offset = 1;
    assert_int_equal(GRANT(V0, cache_flush, &f), -EINVAL);
    f.offset = 0;
    f.op = 8;
    assert_int_equal(GRANT(V0, cache_flush, &f), -EINVAL);
    f.op = GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_SOURCE_GREF;
    assert_int_equal(GRANT(V0, cache_flush, &f), -EOPNOTSUPP);
    f.op = GNTTAB_CACHE_CLEAN;
    // XSA-232: device, EL2's, free, foreign.
    static const uint64_t frames[] = {FAKE_DEVICE, 0, FAKE_D1_FIRST, FAKE_D1_FIRST + 127,
                                      ~0ULL >> 12};
    for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
        f.a.dev_bus_addr = frames[i] << 12;
        assert_int_equal(GRANT(V0, cache_flush, &f), -EPERM);
    }
}

// max_grant_frames and max_maptrack_frames of createdomain.
static void limits_of_a_domain(void **state) {
    struct gnttab_query_size q = {.dom = 1};
    allow(9, 0);
    grant_set_limits(fake_d1, 2, 0);
    assert_int_equal(GRANT(V0, query_size, &q), 0); // of another domain
    assert_int_equal(q.status, GNTST_okay);
    assert_int_equal(q.max_nr_frames, 2);
    assert_int_equal(grant_grow(fake_d1, 2), 0);
    assert_int_equal(grant_grow(fake_d1, 3), -EINVAL);
    grant_set_limits(fake_d0, UINT32_MAX, 1);
    for (uint64_t i = 0; i < GRANT_PER_MAPTRACK_FRAME; i++) {
        struct gnttab_map_grant_ref m = mapping(9, 0, TARGET + i);
        assert_int_equal(grant_map(fake_d0, &m), GNTST_okay);
    }
    struct gnttab_map_grant_ref m = mapping(9, 0, TARGET + 1000);
    assert_int_equal(grant_map(fake_d0, &m), GNTST_no_device_space);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1 + GRANT_PER_MAPTRACK_FRAME);
    // The mapper dies: all ends, step by step.
    unsigned steps = 1;
    fake_d0->life = DOMAIN_DYING;
    while (!grant_relinquish_step(fake_d0))
        steps++;
    assert_true(steps >= GRANT_PER_MAPTRACK_FRAME / 32);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1);
    assert_int_equal(entry(fake_d1, 9)->flags, GTF_permit_access);
}

// What is mapped of a dying domain stays until its user lets go; nothing new is mapped.
static void dying_granter(void **state) {
    allow(9, 0);
    struct gnttab_map_grant_ref m = mapping(9, 0, TARGET), more = mapping(9, 0, TARGET + 1);
    assert_int_equal(grant_map(fake_d0, &m), GNTST_okay);
    fake_d1->life = DOMAIN_DYING;
    assert_int_equal(grant_map(fake_d0, &more), GNTST_general_error);
    struct gnttab_copy c = {.source = {.u.ref = 9, .domid = 1},
                            .dest = {.u.gmfn = FAKE_FIRST + 70, .domid = DOMID_SELF},
                            .len = 8,
                            .flags = GNTCOPY_source_gref};
    assert_int_equal(grant_copy(fake_d0, &c), GNTST_general_error);
    while (!grant_relinquish_step(fake_d1))
        ;
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 2);
    struct gnttab_unmap_grant_ref u = unmapping(&m);
    assert_int_equal(grant_unmap(fake_d0, &u), GNTST_okay);
    assert_int_equal(page_of(mfn_of(GRANTED_MFN))->refs, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(table_basics, setup, teardown),
        cmocka_unit_test_setup_teardown(every_op_first, setup, teardown),
        cmocka_unit_test_setup_teardown(setup_table_lists_nothing_unmapped, setup, teardown),
        cmocka_unit_test_setup_teardown(map_use_unmap, setup, teardown),
        cmocka_unit_test_setup_teardown(map_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(unmap_orders, setup, teardown),
        cmocka_unit_test_setup_teardown(many_users_of_one_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(copies, setup, teardown),
        cmocka_unit_test_setup_teardown(cache_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_of_a_domain, setup, teardown),
        cmocka_unit_test_setup_teardown(dying_granter, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
