// SPDX-License-Identifier: Apache-2.0
// memory_op: what is seen where, who owns it, and that no sequence loses or doubles a page.
#include "hc_test.h"
#include <core/physmap.h>

static enum p2m_type at(struct domain *d, uint64_t gfn, uint64_t *frame) {
    mfn_t mfn;
    enum p2m_type t = p2m_lookup(d, gfn_of(gfn), &mfn);
    *frame = mfn.v;
    return t;
}

static int64_t add(struct vcpu *v, uint32_t space, uint64_t idx, uint64_t gpfn) {
    struct xen_add_to_physmap a = {.domid = DOMID_SELF, .space = space, .idx = idx, .gpfn = gpfn};
    return MEMORY(v, add_to_physmap, &a);
}

static void shared_info_and_grant_frames(void **state) {
    uint64_t frame;
    assert_int_equal(add(V0, XENMAPSPACE_shared_info, 0, FAKE_FIRST + 20), 0);
    assert_int_equal(at(fake_d0, FAKE_FIRST + 20, &frame), P2M_SHARED);
    assert_int_equal(frame, (uintptr_t)fake_d0->shared_info >> 12);
    assert_int_equal(add(V0, XENMAPSPACE_shared_info, 1, FAKE_FIRST + 20), -EINVAL);
    assert_int_equal(add(V0, XENMAPSPACE_grant_table, 0, 0x8000), 0);
    assert_int_equal(at(fake_d0, 0x8000, &frame), P2M_SHARED);
    assert_int_equal(frame, (uintptr_t)fake_d0->grant.frame[0] >> 12);
    // XSA-379: one frame, two places: the first one is gone.
    assert_int_equal(add(V0, XENMAPSPACE_grant_table, 0, 0x8001), 0);
    assert_int_equal(at(fake_d0, 0x8000, &frame), P2M_INVALID);
    assert_int_equal(at(fake_d0, 0x8001, &frame), P2M_SHARED);
    assert_int_equal(add(V0, XENMAPSPACE_grant_table, 3, 0x8003), 0); // grows
    assert_int_equal(fake_d0->grant.nr_frames, 4);
    static const uint64_t bad[] = {GRANT_MAX_FRAMES, 1U << 31, 1ULL << 32, ~0ULL,
                                   XENMAPIDX_grant_table_status};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(add(V0, XENMAPSPACE_grant_table, bad[i], 0x8004), -EINVAL);
    assert_int_equal(add(V0, XENMAPSPACE_gmfn, 0, 0x8004), -ENOSYS);
    struct xen_add_to_physmap range = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_range, .gpfn = 0x8004};
    assert_int_equal(MEMORY(V0, add_to_physmap, &range), 0); // nothing to do
    range.size = 1;
    assert_int_equal(MEMORY(V0, add_to_physmap, &range), -ENOSYS);
    assert_int_equal(add(V0, XENMAPSPACE_gmfn_foreign, 0, 0x8004), -ENOSYS);
    assert_int_equal(add(V0, 6, 0, 0x8004), -ENOSYS);
    assert_int_equal(add(V0, XENMAPSPACE_shared_info, 0, ~0ULL), -EINVAL);
    fake_fail_pool = 1;
    assert_int_equal(add(V0, XENMAPSPACE_grant_table, 5, 0x8005), -ENOMEM);
    fake_fail_map = 1;
    assert_int_equal(add(V0, XENMAPSPACE_shared_info, 0, 0x8005), -ENOMEM);
    // The page under shared_info is still the direct-mapped domain's and comes back.
    struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = FAKE_FIRST + 20};
    assert_int_equal(MEMORY(V0, remove_from_physmap, &r), 0);
    assert_int_equal(MEMORY(V0, remove_from_physmap, &r), -ENOENT);
    struct xen_add_to_physmap other = {.domid = 0, .gpfn = 0x8000};
    assert_int_equal(MEMORY(U0, add_to_physmap, &other), -EPERM);
    other.domid = 3;
    assert_int_equal(MEMORY(V0, add_to_physmap, &other), -ESRCH);
}

static void device_frames(void **state) {
    uint64_t frame;
    assert_int_equal(add(V0, XENMAPSPACE_dev_mmio, FAKE_DEVICE, 0x8000), 0);
    assert_int_equal(at(fake_d0, 0x8000, &frame), P2M_DEVICE);
    assert_int_equal(frame, FAKE_DEVICE);
    assert_int_equal(add(V0, XENMAPSPACE_dev_mmio, FAKE_DEVICE + 1, 0x8001), -EACCES);
    assert_int_equal(add(V0, XENMAPSPACE_dev_mmio, FAKE_FIRST, 0x8001), -EACCES);
    assert_int_equal(add(U0, XENMAPSPACE_dev_mmio, FAKE_DEVICE, 0x8001), -EACCES);
}

#define IDXS LIST
#define GPFNS (LIST + 0x1000)
#define ERRS (LIST + 0x2000)

static int64_t batch(struct vcpu *v, domid_t foreign, uint16_t n) {
    struct xen_add_to_physmap_batch b = {.domid = DOMID_SELF,
                                         .space = XENMAPSPACE_gmfn_foreign,
                                         .size = n,
                                         .u.foreign_domid = foreign,
                                         .idxs.q = IDXS,
                                         .gpfns.q = GPFNS,
                                         .errs.q = ERRS};
    return MEMORY(v, add_to_physmap_batch, &b);
}

// By DOMID_XEN the control domain maps frames that EL2 shows it, and no others.
static void pages_of_el2(void **state) {
    (void)state;
    uint64_t frame;
    fake_current = V0;
    uint64_t *idx = fake_guest_ptr(IDXS), *gpfn = fake_guest_ptr(GPFNS);
    int32_t *errs = fake_guest_ptr(ERRS);
    struct page *shown = page_alloc_block(0, mfn_of(0), mfn_of(UINT32_MAX));
    assert_non_null(shown);
    page_share(DOMID_XEN, page_mfn(shown));
    idx[0] = page_mfn(shown).v, gpfn[0] = 0x8300;
    idx[1] = FAKE_FIRST, gpfn[1] = 0x8301; // a guest's
    idx[2] = 1ULL << 30, gpfn[2] = 0x8302; // no RAM
    assert_int_equal(batch(V0, DOMID_XEN, 3), 0);
    assert_int_equal(errs[0], 0);
    assert_int_equal(errs[1], -EINVAL);
    assert_int_equal(errs[2], -EINVAL);
    assert_int_equal(at(fake_d0, 0x8300, &frame), P2M_FOREIGN);
    assert_int_equal(frame, idx[0]);
    assert_int_equal(shown->refs, 2);
    struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = 0x8300};
    assert_int_equal(MEMORY(V0, remove_from_physmap, &r), 0);
    assert_int_equal(shown->refs, 1);
    assert_int_equal(batch(U0, DOMID_XEN, 1), -EPERM);
}

static void foreign_pages(void **state) {
    uint64_t frame;
    fake_current = V0;
    uint64_t *idx = fake_guest_ptr(IDXS), *gpfn = fake_guest_ptr(GPFNS);
    int32_t *errs = fake_guest_ptr(ERRS);
    for (unsigned i = 0; i < 100; i++) {
        idx[i] = FAKE_D1_GFN + i % 50;
        gpfn[i] = 0x8000 + i;
        errs[i] = 77;
    }
    idx[99] = 1; // no RAM of d1
    assert_int_equal(batch(V0, 1, 100), 0);
    assert_int_equal(fake_did.retries, 3);
    assert_int_equal(errs[0], 0);
    assert_int_equal(errs[98], 0);
    assert_int_equal(errs[99], -EINVAL);
    assert_int_equal(at(fake_d0, 0x8000, &frame), P2M_FOREIGN);
    assert_int_equal(frame, FAKE_D1_FIRST);
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST))->refs, 3);
    // The owner gives it away meanwhile (XSA-473): held until unmapped.
    fake_current = U0;
    *(uint64_t *)fake_guest_ptr(LIST) = FAKE_D1_GFN;
    struct xen_memory_reservation dec = {
        .extent_start.q = LIST, .nr_extents = 1, .domid = DOMID_SELF};
    assert_int_equal(MEMORY(U0, decrease_reservation, &dec), 1);
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST))->state, PAGE_GUEST);
    for (unsigned i = 0; i < 99; i++) {
        struct xen_remove_from_physmap r = {.domid = DOMID_SELF, .gpfn = 0x8000 + i};
        assert_int_equal(MEMORY(V0, remove_from_physmap, &r), 0);
    }
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST))->state, PAGE_FREE);
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST + 1))->refs, 1);
    assert_int_equal(batch(V0, 0, 1), -EINVAL); // oneself
    assert_int_equal(batch(V0, 9, 1), -ESRCH);
    assert_int_equal(batch(U0, 0, 1), -EPERM);
    assert_int_equal(batch(V0, 1, 0), 0);
    struct xen_add_to_physmap_batch b = {.domid = DOMID_SELF, .size = 1, .u.res0 = 1};
    assert_int_equal(MEMORY(V0, add_to_physmap_batch, &b), -EOPNOTSUPP);
    b.u.res0 = 0;
    b.idxs.q = BAD_VA;
    assert_int_equal(MEMORY(V0, add_to_physmap_batch, &b), -EFAULT);
}

static void replaced_foreign_page_is_let_go(void **state) {
    fake_current = V0;
    *(uint64_t *)fake_guest_ptr(IDXS) = FAKE_D1_GFN + 5;
    *(uint64_t *)fake_guest_ptr(GPFNS) = 0x8000;
    assert_int_equal(batch(V0, 1, 1), 0);
    assert_int_equal(batch(V0, 1, 1), 0);
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST + 5))->refs, 2);
    assert_int_equal(add(V0, XENMAPSPACE_shared_info, 0, 0x8000), 0);
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST + 5))->refs, 1);
    fake_fail_map = 1;
    assert_int_equal(batch(V0, 1, 1), 0);
    fake_current = V0;
    assert_int_equal(*(int32_t *)fake_guest_ptr(ERRS), -ENOMEM);
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST + 5))->refs, 1);
}

static int64_t change(struct vcpu *v, uint64_t cmd, uint64_t gfn, uint64_t n, uint32_t order) {
    struct xen_memory_reservation r = {
        .extent_start.q = LIST, .nr_extents = n, .extent_order = order, .domid = DOMID_SELF};
    fake_current = v;
    for (uint64_t i = 0; i < n && i < 500; i++)
        ((uint64_t *)fake_guest_ptr(LIST))[i] = gfn + (i << order);
    return memory_op(v, cmd, &r, sizeof(r));
}
#define DECREASE XENMEM_decrease_reservation
#define POPULATE XENMEM_populate_physmap

static void dom0_gives_and_takes_back(void **state) {
    uint64_t frame, free = page_free_count();
    memset(fake_frame(FAKE_FIRST + 30), 0x42, 4096);
    assert_int_equal(change(V0, DECREASE, FAKE_FIRST + 24, 80, 0), 80);
    assert_int_equal(fake_did.retries, (80 - 1) / PHYSMAP_STEP);
    assert_int_equal(page_free_count(), free); // they stay its own
    assert_int_equal(at(fake_d0, FAKE_FIRST + 30, &frame), P2M_INVALID);
    assert_int_equal(change(V0, DECREASE, FAKE_FIRST + 24, 1, 0), 0); // not there
    assert_int_equal(change(V0, POPULATE, FAKE_FIRST + 24, 80, 0), 80);
    assert_int_equal(at(fake_d0, FAKE_FIRST + 30, &frame), P2M_RAM);
    assert_int_equal(frame, FAKE_FIRST + 30); // the very frame
    assert_int_equal(page_of(mfn_of(FAKE_FIRST + 30))->refs, 1);
    assert_int_equal(change(V0, POPULATE, FAKE_D1_FIRST, 1, 0), 0);    // d1's
    assert_int_equal(change(V0, POPULATE, FAKE_FIRST + 120, 1, 0), 0); // nobody's
    assert_int_equal(change(V0, POPULATE, 5, 1, 0), 0);                // no RAM
    assert_int_equal(page_of(mfn_of(FAKE_D1_FIRST))->refs, 1);
    // Whole extents, larger than a step.
    fake_did.retries = 0;
    assert_int_equal(change(V0, DECREASE, FAKE_FIRST + 32, 1, 6), 1);
    assert_int_equal(fake_did.retries, (64 - 1) / PHYSMAP_STEP);
    assert_int_equal(change(V0, POPULATE, FAKE_FIRST + 32, 1, 6), 1);
    assert_int_equal(change(V0, DECREASE, FAKE_FIRST + 24, 10, 3), 10);
    assert_int_equal(change(V0, POPULATE, FAKE_FIRST + 24, 10, 3), 10);
    fake_fail_unmap = 1;
    assert_int_equal(change(V0, DECREASE, FAKE_FIRST + 24, 1, 0), 0);
    assert_int_equal(page_of(mfn_of(FAKE_FIRST + 24))->refs, 1);
}

static void guest_balloons(void **state) {
    uint64_t frame, free = page_free_count();
    assert_int_equal(change(U0, DECREASE, FAKE_D1_GFN + 24, 50, 0), 50);
    assert_int_equal(page_free_count(), free + 50);
    assert_int_equal(fake_d1->tot_pages, FAKE_OWNED - 50);
    assert_int_equal(change(U0, POPULATE, 0x5000, 32, 0), 32);
    assert_int_equal(at(fake_d1, 0x5000, &frame), P2M_RAM);
    assert_int_equal(page_of(mfn_of(frame))->owner, 1);
    for (unsigned i = 0; i < 4096; i++)
        assert_int_equal(fake_frame(frame)[i], 0); // scrubbed (XSA-100)
    fake_did.retries = 0;                          // a step ends after an extent of many frames
    assert_int_equal(change(U0, POPULATE, 0x5800, 3, 3), 3);
    assert_int_equal(fake_did.retries, (3 * 8 - 1) / PHYSMAP_STEP);
    // XSA-383: exactly to its maximum.
    uint64_t room = fake_d1->max_pages - fake_d1->tot_pages;
    assert_int_equal(change(U0, POPULATE, 0x6000, room + 5, 0), room);
    assert_int_equal(fake_d1->tot_pages, fake_d1->max_pages);
    fake_d1->max_pages += 4;
    fake_fail_map = 1;
    uint64_t before = page_free_count();
    assert_int_equal(change(U0, POPULATE, 0x7000, 1, 0), 0);
    assert_int_equal(page_free_count(), before);
    assert_int_equal(change(U0, POPULATE, 0x7000, 1, 2), 1);
}

// An interrupt has to wait for one frame, whatever else the call is to do.
static void an_interrupt_ends_a_step(void **state) {
    uint64_t free = page_free_count();
    fake_interrupt_waits = true;
    assert_int_equal(change(U0, DECREASE, FAKE_D1_GFN + 24, 10, 0), 10);
    assert_int_equal(fake_did.retries, 9);
    assert_int_equal(change(U0, POPULATE, FAKE_D1_GFN + 24, 10, 0), 10);
    assert_int_equal(fake_did.retries, 18);
    assert_int_equal(page_free_count(),
                     free); // what was set aside for the rest went back each time
    assert_int_equal(change(V0, DECREASE, FAKE_FIRST + 24, 1, 3), 1);
    assert_int_equal(fake_did.retries, 18 + 7);
    assert_int_equal(change(V0, POPULATE, FAKE_FIRST + 24, 1, 3), 1);
}

// A list that starts anywhere, with an entry in two pages, the second of which is not there at
// last.
static void lists_lie_anywhere(void **state) {
    struct xen_memory_reservation r = {.nr_extents = 20, .domid = DOMID_SELF};
    uint64_t gfn[20];
    fake_current = U0;
    for (unsigned i = 0; i < 20; i++)
        gfn[i] = FAKE_D1_GFN + 24 + i;
    r.extent_start.q = LIST + 4096 - 6 * sizeof(gfn[0]) - 3;
    memcpy(fake_guest_ptr(r.extent_start.q), gfn, sizeof(gfn));
    assert_int_equal(MEMORY(U0, decrease_reservation, &r), 20);
    assert_int_equal(MEMORY(U0, populate_physmap, &r), 20);
    r.extent_start.q = FAKE_VA + FAKE_VA_PAGES * 4096 - 6 * sizeof(gfn[0]) - 3;
    memcpy(fake_guest_ptr(r.extent_start.q), gfn, 6 * sizeof(gfn[0]));
    assert_int_equal(MEMORY(U0, decrease_reservation, &r), 6);
}

// XSA-31/158: orders and counts from everywhere end, and end soon.
static void reservation_limits(void **state) {
    static const uint64_t counts[] = {0, 1, 33, 1ULL << 31, 1ULL << 57, 1ULL << 58, ~0ULL};
    for (uint32_t order = 0; order < 64; order++) {
        for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
            struct xen_memory_reservation r = {.extent_start.q = BAD_VA,
                                               .nr_extents = counts[i],
                                               .extent_order = order,
                                               .domid = DOMID_SELF};
            assert_int_equal(MEMORY(U0, decrease_reservation, &r), 0);
            assert_int_equal(MEMORY(V0, populate_physmap, &r), 0);
            // Forged progress.
            (void)memory_op(U0, XENMEM_populate_physmap | ~0ULL << 6, &r, sizeof(r));
            (void)memory_op(U0, XENMEM_decrease_reservation | 5 << 6, &r, sizeof(r));
        }
    }
    struct xen_memory_reservation r = {.extent_start.q = LIST, .nr_extents = 1, .domid = 0};
    assert_int_equal(MEMORY(U0, decrease_reservation, &r), 0); // another's
    r.domid = DOMID_SELF;
    r.mem_flags = XENMEMF_populate_on_demand;
    assert_int_equal(MEMORY(U0, populate_physmap, &r), 0);
    fake_current = U0;
    *(uint64_t *)fake_guest_ptr(LIST) = ~0ULL;
    r.mem_flags = 0;
    assert_int_equal(MEMORY(U0, populate_physmap, &r), 0);
    assert_int_equal(MEMORY(U0, decrease_reservation, &r), 0);
}

static void questions(void **state) {
    struct xen_memory_domain q = {.domid = DOMID_SELF};
    assert_int_equal(MEMORY(U0, current_reservation, &q), FAKE_OWNED);
    assert_int_equal(MEMORY(U0, maximum_reservation, &q), FAKE_OWNED + 8);
    assert_int_equal(MEMORY(U0, maximum_gpfn, &q), FAKE_D1_GFN + FAKE_OWNED - 1);
    q.domid = 0;
    assert_int_equal(MEMORY(U0, maximum_gpfn, &q), -EPERM);
    assert_int_equal(MEMORY(V0, maximum_ram_page, &q), page_limit().v);
    assert_int_equal(MEMORY(V0, get_sharing_freed_pages, &q), 0);
    assert_int_equal(MEMORY(V0, get_sharing_shared_pages, &q), 0);
    static const uint64_t none[] = {XENMEM_machphys_mfn_list,
                                    XENMEM_memory_map,
                                    XENMEM_set_pod_target,
                                    XENMEM_paging_op,
                                    XENMEM_sharing_op,
                                    29,
                                    63};
    for (size_t i = 0; i < ARRAY_SIZE(none); i++)
        assert_int_equal(memory_op(V0, none[i], &q, sizeof(q)), -ENOSYS);
    assert_int_equal(memory_op(V0, XENMEM_maximum_gpfn | 1 << 6, &q, sizeof(q)), -EINVAL);
    assert_int_equal(memory_op(V0, 63 | 1 << 6, &q, sizeof(q)), -ENOSYS);
    assert_int_equal(memory_op(V0, XENMEM_increase_reservation | 2 << 6, &q, sizeof(q)),
                     2); // no more
    assert_int_equal(memory_op(V0, XENMEM_exchange, &q, sizeof(q)), -EINVAL);
    assert_int_equal(memory_op(V0, XENMEM_get_vnumainfo, &q, sizeof(q)), -EOPNOTSUPP);
    uint32_t map[] = {0, 4, 0, 0, 0, 0};
    assert_int_equal(memory_op(V0, XENMEM_reserved_device_memory_map, map, sizeof(map)), 0);
    assert_int_equal(map[1], 0);
}

// The control domain sets memory aside for a guest; what is left of it goes back with the guest.
static void claims(void **state) {
    struct xen_memory_reservation r = {.domid = 1, .nr_extents = FAKE_OWNED + 5};
    (void)state;
    assert_int_equal(MEMORY(U0, claim_pages, &r), -EPERM);
    assert_int_equal(MEMORY(V0, claim_pages, &r), 0);
    assert_int_equal(fake_d1->claimed, 5);
    assert_int_equal(page_claimed_count(), 5);
    assert_int_equal(MEMORY(V0, claim_pages, &r), -EINVAL);
    r.nr_extents = 0;
    assert_int_equal(MEMORY(V0, claim_pages, &r), 0);
    assert_int_equal(page_claimed_count(), 0);
    r.extent_order = 1;
    assert_int_equal(MEMORY(V0, claim_pages, &r), -EINVAL);
    r = (struct xen_memory_reservation){.domid = 99};
    assert_int_equal(MEMORY(V0, claim_pages, &r), -EINVAL);
    fake_d1->life = DOMAIN_DYING;
    r = (struct xen_memory_reservation){.domid = 1, .nr_extents = FAKE_OWNED + 5};
    assert_int_equal(MEMORY(V0, claim_pages, &r), -EINVAL);
}

static void own_grant_resource(void **state) {
    uint64_t frame;
    struct xen_mem_acquire_resource a = {.domid = DOMID_SELF, .type = XENMEM_resource_grant_table};
    assert_int_equal(MEMORY(V0, acquire_resource, &a), 0);
    assert_int_equal(a.nr_frames, GRANT_MAX_FRAMES);
    a.nr_frames = 2;
    a.frame_list.q = LIST;
    fake_current = V0;
    ((uint64_t *)fake_guest_ptr(LIST))[0] = 0x8000;
    ((uint64_t *)fake_guest_ptr(LIST))[1] = 0x8001;
    assert_int_equal(MEMORY(V0, acquire_resource, &a), 0);
    assert_int_equal(at(fake_d0, 0x8001, &frame), P2M_SHARED);
    assert_int_equal(frame, (uintptr_t)fake_d0->grant.frame[1] >> 12);
    struct xen_mem_acquire_resource bad = a;
    bad.id = 1;
    assert_int_equal(MEMORY(V0, acquire_resource, &bad), -EINVAL);
    bad = a;
    bad.pad = 1;
    assert_int_equal(MEMORY(V0, acquire_resource, &bad), -EINVAL);
    bad = a;
    bad.frame = ~0ULL;
    assert_int_equal(MEMORY(V0, acquire_resource, &bad), -EINVAL);
    bad = a;
    bad.nr_frames = ~0U;
    assert_int_equal(MEMORY(V0, acquire_resource, &bad), -EINVAL);
    bad = a;
    bad.type = XENMEM_resource_ioreq_server;
    assert_int_equal(MEMORY(V0, acquire_resource, &bad), -EPERM);
    bad.domid = 1;
    assert_int_equal(MEMORY(V0, acquire_resource, &bad), -EOPNOTSUPP);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shared_info_and_grant_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(device_frames, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_of_el2, setup, teardown),
        cmocka_unit_test_setup_teardown(replaced_foreign_page_is_let_go, setup, teardown),
        cmocka_unit_test_setup_teardown(dom0_gives_and_takes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(guest_balloons, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupt_ends_a_step, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_lie_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(reservation_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(questions, setup, teardown),
        cmocka_unit_test_setup_teardown(claims, setup, teardown),
        cmocka_unit_test_setup_teardown(own_grant_resource, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
