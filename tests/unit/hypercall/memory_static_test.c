// SPDX-License-Identifier: Apache-2.0
// The static profile's map and memory_op (hyp/core/physmap_static.c, hypercall/memory_static.c):
// what is mapped over RAM gives it back to nobody, and a restart finds it again. The map and the
// frame table are faked. Usage: memory_static_test
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "hypercall.h"
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>
#include <core/upcall.h>
#include <xen/memory.h>

#include <cmocka.h> // last: its fail() is a macro

#define FRAMES 16U
#define RAM 4U    // guest frames 4..7 are frames 8..11
#define SHARED 2U // frame of shared_info

static struct page pages[FRAMES];
static struct {
    enum p2m_type type;
    uint64_t mfn;
} map[FRAMES];
static struct domain dom;
static struct vcpu vcpu = {.domain = &dom};
static struct xen_add_to_physmap argument;
static unsigned put;

void spin_lock(spinlock_t *l) { (void)l; }
void spin_unlock(spinlock_t *l) { (void)l; }
struct page *page_of(mfn_t m) {
    return m.v < FRAMES ? &pages[m.v] : NULL;
}
mfn_t page_mfn(const struct page *p) { return mfn_of((uint64_t)(p - pages)); }
void page_put(struct page *p) {
    (void)p;
    put++;
}

int guest_read(void *dst, guest_ptr_t src, size_t len) {
    (void)src;
    memcpy(dst, &argument, len);
    return 0;
}

int p2m_swap(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type, unsigned over,
             struct p2m_leaf *was) {
    (void)d;
    if (gfn.v >= FRAMES)
        return -EINVAL;
    *was = (struct p2m_leaf){.type = map[gfn.v].type, .mfn = mfn_of(map[gfn.v].mfn)};
    if (!(over & 1U << was->type))
        return -ENOENT;
    map[gfn.v].type = type;
    map[gfn.v].mfn = mfn.v;
    return 0;
}

static int setup(void **state) {
    (void)state;
    memset(map, 0, sizeof(map));
    memset(pages, 0, sizeof(pages));
    memset(&dom, 0, sizeof(dom));
    for (unsigned i = 0; i < 4; i++) {
        map[RAM + i].type = P2M_RAM;
        map[RAM + i].mfn = 8 + i;
    }
    dom.id = 3;
    dom.tot_pages = 4, dom.max_pages = 5;
    dom.p2m.max_gfn = RAM + 3;
    dom.shared_info = (void *)(uintptr_t)(SHARED << PAGE_SHIFT);
    put = 0;
    return 0;
}

static int64_t call(uint64_t cmd) {
    uint64_t args[] = {cmd, 0x1000, 0, 0, 0};

    return hypercall_memory_op(&vcpu, args);
}

static int64_t add(uint32_t space, uint64_t idx, uint64_t gfn) {
    argument =
        (struct xen_add_to_physmap){.domid = DOMID_SELF, .space = space, .idx = idx, .gpfn = gfn};
    return call(XENMEM_add_to_physmap);
}

static bool is_ram(unsigned gfn) {
    return map[gfn].type == P2M_RAM && map[gfn].mfn >= 8 && map[gfn].mfn < 12;
}

static void shared_info_covers_ram_that_comes_back(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3; i++) { // more than once, and over itself
        assert_int_equal(add(XENMAPSPACE_shared_info, 0, RAM + i), 0);
        assert_int_equal(add(XENMAPSPACE_shared_info, 0, RAM + i), 0);
        assert_int_equal(map[RAM + i].type, P2M_SHARED);
        assert_int_equal(map[RAM + i].mfn, SHARED);
    }
    assert_int_equal(put, 0); // no frame was let go of
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(physmap_remove(&dom, gfn_of(RAM + i)), 0);
        assert_int_equal(physmap_populate(&dom, gfn_of(RAM + i), 0), 0);
        assert_true(is_ram(RAM + i));
        for (unsigned k = 0; k < 4; k++)
            assert_true(k == i || map[RAM + k].mfn != map[RAM + i].mfn);
    }
    assert_int_equal(physmap_populate(&dom, gfn_of(1), 0), -ENOMEM); // there is no more
    assert_int_equal(map[1].type, P2M_INVALID);
}

static void direct_map_gets_the_very_frame(void **state) {
    (void)state;
    dom.direct_mapped = true;
    for (unsigned i = 0; i < 4; i++)
        map[RAM + i].mfn = RAM + i;
    assert_int_equal(add(XENMAPSPACE_shared_info, 0, RAM), 0);
    assert_int_equal(add(XENMAPSPACE_shared_info, 0, RAM + 1), 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(physmap_populate(&dom, gfn_of(RAM + i), 0), 0);
        assert_int_equal(map[RAM + i].mfn, RAM + i);
    }
}

static void ram_cannot_be_given_up(void **state) {
    (void)state;
    assert_int_equal(physmap_remove(&dom, gfn_of(RAM)), -ENOENT);
    assert_true(is_ram(RAM));
    assert_int_equal(call(XENMEM_decrease_reservation), -ENOSYS);
    assert_int_equal(call(XENMEM_populate_physmap), -ENOSYS);
    assert_int_equal(call(XENMEM_remove_from_physmap), -ENOSYS);
    map[1].type = P2M_FOREIGN;
    map[1].mfn = 12;
    assert_int_equal(physmap_remove(&dom, gfn_of(1)), 0);
    assert_int_equal(put, 1); // another's frame is let go of
}

static void other_spaces_are_not_there(void **state) {
    (void)state;
    assert_int_equal(add(XENMAPSPACE_grant_table, 0, 1), -ENOSYS);
    assert_int_equal(add(XENMAPSPACE_gmfn_foreign, 0, 1), -ENOSYS);
    assert_int_equal(add(XENMAPSPACE_shared_info, 1, 1), -EINVAL);
    assert_int_equal(add(XENMAPSPACE_shared_info, 0, FRAMES), -EINVAL);
    argument.domid = 4;
    assert_int_equal(call(XENMEM_add_to_physmap), -EPERM);
}

static void says_how_much_there_is(void **state) {
    (void)state;
    assert_int_equal(call(XENMEM_current_reservation), 4);
    assert_int_equal(call(XENMEM_maximum_reservation), 5);
    assert_int_equal(call(XENMEM_maximum_gpfn), RAM + 3);
}

#define T(f) cmocka_unit_test_setup(f, setup)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(shared_info_covers_ram_that_comes_back),
        T(direct_map_gets_the_very_frame),
        T(ram_cannot_be_given_up),
        T(other_spaces_are_not_there),
        T(says_how_much_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
