// SPDX-License-Identifier: Apache-2.0
// Virtual NUMA topologies (hypercall/vnuma.c): what the toolstack says is what the guest is told.
#include "control.h"

#define RANGES_AT (LIST + 0x400)

static struct xen_domctl_vnuma *two_nodes(void) {
    static const uint32_t distance[] = {10, 20, 20, 10}, vcpus[] = {0, 1};
    static const struct xen_vmemrange range[] = {{0, 0x1000000, 0, 0},
                                                 {0x1000000, 0x2000000, 0, 1}};
    uint8_t *at = list_at();
    memcpy(at, distance, sizeof(distance));
    memcpy(at + 0x100, vcpus, sizeof(vcpus));
    memset(at + 0x200, 0, 8);
    memset(at + 0x300, 7, 8); // no node at all
    memcpy(at + 0x400, range, sizeof(range));
    dom.u.vnuma = (struct xen_domctl_vnuma){
        2, 2, fake_d1->nr_vcpus, 0, {LIST}, {LIST + 0x100}, {LIST + 0x200}, {RANGES_AT}};
    return &dom.u.vnuma;
}

static struct xen_vnuma_topology_info info;
static int64_t get(struct vcpu *v, domid_t id, uint32_t room) {
    info = (struct xen_vnuma_topology_info){
        .domid = id, .nr_vnodes = room, .nr_vcpus = room, .nr_vmemranges = room};
    info.vdistance.h.q = LIST + 0x800;
    info.vcpu_to_vnode.h.q = LIST + 0x900;
    info.vmemrange.h.q = LIST + 0xa00;
    void *p = put_arg(v, &info, sizeof(info));
    int64_t ret = fake_hypercall(v, __HYPERVISOR_memory_op, XENMEM_get_vnumainfo, ARG, 0);
    memcpy(&info, p, sizeof(info));
    return ret;
}

static void the_guest_is_told(void **state) {
    (void)state;
    assert_int_equal(get(U0, DOMID_SELF, 8), -EOPNOTSUPP);
    two_nodes();
    uint8_t said[0x500];
    assert_int_equal(DOMCTL(setvnumainfo, 1), 0);
    memcpy(said, list_at(), sizeof(said));
    assert_int_equal(get(U0, DOMID_SELF, 1), -ENOBUFS);
    assert_int_equal(info.nr_vnodes, 2);
    assert_int_equal(info.nr_vcpus, fake_d1->nr_vcpus);
    assert_int_equal(info.nr_vmemranges, 2);
    assert_int_equal(get(V0, 1, 2), 0);
    const uint8_t *told = fake_guest_ptr(LIST);
    assert_memory_equal(told + 0x800, said, 16);
    assert_memory_equal(told + 0x900, said + 0x100, 8);
    assert_memory_equal(told + 0xa00, said + 0x400, 48);
    assert_int_equal(get(U0, 0, 2), -EPERM);
    assert_int_equal(get(V0, 0, 2), -EOPNOTSUPP);
}

static void what_makes_no_topology(void **state) {
    (void)state;
    two_nodes()->nr_vnodes = 0;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -EINVAL);
    two_nodes()->nr_vnodes = 17;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -EINVAL);
    two_nodes()->nr_vmemranges = 65;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -EINVAL);
    two_nodes()->nr_vcpus++;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -EINVAL);
    two_nodes()->pad = 1;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -EINVAL);
    two_nodes()->vmemrange.q = BAD_VA;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -EFAULT);
    two_nodes()->vnode_to_pnode.q = LIST + 0x300;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -E2BIG);
    two_nodes()->vcpu_to_vnode.q = LIST + 0x300;
    assert_int_equal(DOMCTL(setvnumainfo, 1), -E2BIG);
    assert_int_equal(get(U0, DOMID_SELF, 8), -EOPNOTSUPP); // nothing of them is left
}

int main(void) {
    const struct CMUnitTest tests[] = {T(the_guest_is_told), T(what_makes_no_topology)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
