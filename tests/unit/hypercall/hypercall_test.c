// SPDX-License-Identifier: Apache-2.0
// The hypercall table and the small families: version, console, vCPU, sched, hvm, platform,
// multicall.
#include "hc_test.h"

static int64_t call(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2) {
    return fake_hypercall(v, nr, a0, a1, a2);
}

static void numbers_without_a_row(void **state) {
    static const uint64_t there[] = {7, 12, 13, 17, 18, 20, 21, 24, 29, 32, 34, 35, 36, 42};
    for (uint64_t nr = 0; nr < 300; nr++) {
        bool row = false;
        for (size_t i = 0; i < ARRAY_SIZE(there); i++)
            row |= there[i] == nr;
        if (!row)
            assert_int_equal(call(V0, nr, 0, 0, 0), -ENOSYS);
    }
    assert_int_equal(call(V0, ~0ULL, 0, 0, 0), -ENOSYS);
    assert_int_equal(call(V0, 1ULL << 32 | 17, 0, 0, 0), -ENOSYS);
    // Sub-ops that nobody has.
    for (uint64_t nr = 0; nr < 48; nr++) {
        if (nr != __HYPERVISOR_multicall && nr != __HYPERVISOR_platform_op)
            assert_true(call(U0, nr, 0x3f, BAD_VA, 0) < 0);
    }
}

static void version(void **state) {
    const uint64_t nr = __HYPERVISOR_xen_version;
    assert_int_equal(call(V0, nr, XENVER_version, 0, 0), 4 << 16 | 17);
    assert_int_equal(call(V0, nr, 0xabc00000000ULL, 0, 0), 4 << 16 | 17); // cmd is an int
    struct xen_feature_info f = {.submap_idx = 0};
    put_arg(V0, &f, sizeof(f));
    assert_int_equal(call(V0, nr, XENVER_get_features, ARG, 0), 0);
    struct xen_feature_info *got = fake_guest_ptr(ARG);
    assert_int_equal(got->submap, 0x26805); // what real Xen answers its Dom0
    put_arg(U0, &f, sizeof(f));
    assert_int_equal(call(U0, nr, XENVER_get_features, ARG, 0), 0);
    got = fake_guest_ptr(ARG);
    assert_int_equal(got->submap, 0x16005);
    got->submap_idx = 1;
    assert_int_equal(call(U0, nr, XENVER_get_features, ARG, 0), -EINVAL);
    assert_int_equal(call(V0, nr, XENVER_pagesize, 0, 0), 4096);
    assert_int_equal(call(V0, nr, XENVER_pagesize, ARG, 0), -EINVAL);
    assert_int_equal(call(V0, nr, XENVER_capabilities, ARG, 0), 0);
    assert_string_equal(fake_guest_ptr(ARG), "xen-3.0-aarch64 xen-3.0-armv7l ");
    assert_int_equal(call(V0, nr, XENVER_commandline, ARG, 0), 0);
    assert_string_equal(fake_guest_ptr(ARG), boot_commandline);
    assert_int_equal(call(U0, nr, XENVER_commandline, ARG, 0), 0);
    assert_string_equal(fake_guest_ptr(ARG), "<denied>");
    assert_int_equal(call(V0, nr, XENVER_changeset, ARG, 0), 0);
    assert_string_equal(fake_guest_ptr(ARG), "deadbeef0102030405060708090a0b0c0d0e0f10");
    assert_int_equal(call(V0, nr, 11, ARG, 0), -ENOSYS);
    assert_int_equal(call(V0, nr, XENVER_capabilities, BAD_VA, 0), -EFAULT);
}

static void build_id_sizes(void **state) {
    const uint64_t nr = __HYPERVISOR_xen_version;
    static const struct {
        uint32_t len;
        int64_t want;
    } cases[] = {{0, -EINVAL}, {19, -ENOBUFS}, {20, 20}, {~0U, 20}};
    assert_int_equal(call(V0, nr, XENVER_build_id, 0, 0), 20);
    assert_int_equal(call(U0, nr, XENVER_build_id, 0, 0), -EPERM);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        put_arg(V0, &cases[i].len, 4);
        assert_int_equal(call(V0, nr, XENVER_build_id, ARG, 0), cases[i].want);
    }
    assert_memory_equal((char *)fake_guest_ptr(ARG) + 4, build_id, 20);
}

// R3: each byte that is written is the same whatever was in the buffer before.
static void no_stale_bytes_leave(void **state) {
    static const uint32_t subs[] = {
        XENVER_extraversion,        XENVER_compile_info, XENVER_capabilities, XENVER_changeset,
        XENVER_platform_parameters, XENVER_guest_handle, XENVER_commandline};
    for (size_t i = 0; i < ARRAY_SIZE(subs); i++) {
        uint8_t once[2048];
        fake_current = V0;
        memset(fake_guest_ptr(ARG), 0x5a, 2048);
        assert_int_equal(call(V0, __HYPERVISOR_xen_version, subs[i], ARG, 0), 0);
        memcpy(once, fake_guest_ptr(ARG), sizeof(once));
        memset(fake_guest_ptr(ARG), 0xa5, 2048);
        assert_int_equal(call(V0, __HYPERVISOR_xen_version, subs[i], ARG, 0), 0);
        uint8_t *twice = fake_guest_ptr(ARG);
        for (size_t k = 0; k < sizeof(once); k++)
            assert_true(once[k] == twice[k] || (once[k] == 0x5a && twice[k] == 0xa5));
    }
}

static void console(void **state) {
    const uint64_t nr = __HYPERVISOR_console_io;
    char text[1000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 26);
    put_arg(V0, text, sizeof(text));
    fake_did.console_room = 200; // full in between: nothing lost, nothing doubled
    assert_int_equal(call(V0, nr, CONSOLEIO_write, sizeof(text), ARG), 0);
    assert_int_equal(fake_did.console_len, sizeof(text));
    assert_memory_equal(fake_did.console, text, sizeof(text));
    assert_int_equal(call(V0, nr, CONSOLEIO_write, 0, BAD_VA), 0);
    assert_int_equal(call(V0, nr, CONSOLEIO_write, 1, BAD_VA), -EFAULT);
    assert_int_equal(call(V0, nr, CONSOLEIO_write, 1ULL << 31, ARG), -EINVAL);
    put_arg(U0, "one\ntwo\x1b[2J\n\n", 14);
    assert_int_equal(call(U0, nr, CONSOLEIO_write, 14, ARG), 0);
    assert_int_equal(fake_did.guest_lines, 3); // "one", "two.[2J", the terminator as "."
    assert_int_equal(fake_did.console_len, sizeof(text));
    fake_did.input = "hello";
    assert_int_equal(call(U0, nr, CONSOLEIO_read, 16, ARG), -EPERM);
    assert_int_equal(call(V0, nr, CONSOLEIO_read, 3, ARG), 3);
    assert_int_equal(call(V0, nr, CONSOLEIO_read, 16, ARG), 2);
    assert_memory_equal(fake_guest_ptr(ARG), "lo", 2);
    assert_int_equal(call(V0, nr, CONSOLEIO_read, 16, ARG), 0);
    assert_int_equal(call(V0, nr, 2, 16, ARG), -ENOSYS);
}

static int64_t register_info(struct vcpu *v, uint32_t id, uint64_t gfn, uint32_t offset) {
    struct vcpu_register_vcpu_info r = {.mfn = gfn, .offset = offset};
    put_arg(v, &r, sizeof(r));
    return call(v, __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, id, ARG);
}

static void vcpu_info_registration(void **state) {
    struct vcpu *v1 = fake_d0->vcpu[1];
    for (uint32_t off = 1; off < 64; off++) { // XSA-327
        if (off % 8)
            assert_int_equal(register_info(V0, 0, FAKE_FIRST + 60, off), -ENXIO);
    }
    assert_int_equal(register_info(V0, 0, FAKE_FIRST + 60, 4096 - 40), -ENXIO);
    assert_int_equal(register_info(V0, 0, FAKE_FIRST + 60, ~0U - 7), -ENXIO);
    assert_int_equal(register_info(V0, 0, FAKE_DEVICE, 0), -EINVAL);
    assert_int_equal(register_info(V0, 0, ~0ULL, 0), -EINVAL);
    assert_int_equal(register_info(V0, 4, FAKE_FIRST + 60, 0), -ENOENT);
    assert_int_equal(register_info(V0, 1, FAKE_FIRST + 60, 0), -EINVAL); // it runs
    assert_int_equal(fake_pins, 0);
    fake_d0->shared_info->vcpu_info[0].time.version = 0x77;
    assert_int_equal(register_info(V0, 0, FAKE_FIRST + 60, 4096 - 48), 0);
    struct vcpu_info *info = (void *)(fake_frame(FAKE_FIRST + 60) + 4096 - 48);
    assert_ptr_equal(V0->info, info);
    assert_int_equal(info->time.version, 0x77);
    assert_int_equal(info->evtchn_upcall_pending, 1);
    assert_int_equal(page_of(mfn_of(FAKE_FIRST + 60))->refs, 2);
    assert_int_equal(register_info(V0, 0, FAKE_FIRST + 61, 0), -EINVAL); // once
    assert_int_equal(page_of(mfn_of(FAKE_FIRST + 61))->refs, 1);
    v1->state = VCPU_OFFLINE;
    assert_int_equal(register_info(V0, 1, FAKE_FIRST + 60, 64), 0);
    // The guest gives the page away meanwhile: what we write to stays ours.
    assert_int_equal(page_of(mfn_of(FAKE_FIRST + 60))->refs, 3);
}

static void runstate(void **state) {
    const uint64_t nr = __HYPERVISOR_vcpu_op;
    struct vcpu_register_runstate_memory_area a = {.addr.p = LIST + 8};
    U0->runstate.time[1] = 1234;
    put_arg(U0, &a, sizeof(a));
    assert_int_equal(call(U0, nr, VCPUOP_register_runstate_memory_area, 0, ARG), 0);
    struct vcpu_runstate_info *r = fake_guest_ptr(LIST + 8);
    assert_ptr_equal(U0->runstate_map, r);
    assert_int_equal(r->time[1], 1234);
    for (uint64_t off = 1; off < 8; off++) {
        a.addr.p = LIST + off;
        put_arg(U0, &a, sizeof(a));
        assert_int_equal(call(U0, nr, VCPUOP_register_runstate_memory_area, 0, ARG), -EINVAL);
    }
    a.addr.p = LIST + 4096 - 40;
    put_arg(U0, &a, sizeof(a));
    assert_int_equal(call(U0, nr, VCPUOP_register_runstate_memory_area, 0, ARG), -EINVAL);
    a.addr.p = BAD_VA;
    put_arg(U0, &a, sizeof(a));
    assert_int_equal(call(U0, nr, VCPUOP_register_runstate_memory_area, 0, ARG), -EFAULT);
    assert_int_equal(fake_pins, 1);
    a.addr.p = 0; // again, elsewhere or nowhere
    put_arg(U0, &a, sizeof(a));
    assert_int_equal(call(U0, nr, VCPUOP_register_runstate_memory_area, 0, ARG), 0);
    assert_null(U0->runstate_map);
    assert_int_equal(fake_pins, 0);
    assert_int_equal(call(U0, nr, VCPUOP_get_runstate_info, 1, ARG), 0);
    assert_int_equal(call(U0, nr, VCPUOP_is_up, 1, 0), 1);
    assert_int_equal(call(U0, nr, VCPUOP_is_up, 2, 0), -ENOENT);
    static const uint32_t others[] = {0, 1, 2, 6, 7, 8, 9, 11, 12, 13, 14, ~0U};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        assert_int_equal(call(U0, nr, others[i], 0, ARG), -EINVAL);
}

static void sched(void **state) {
    const uint64_t nr = __HYPERVISOR_sched_op;
    struct sched_shutdown s = {.reason = SHUTDOWN_reboot};
    assert_int_equal(call(V0, nr, SCHEDOP_yield, 0, 0), 0);
    assert_int_equal(fake_did.yields, 1);
    assert_int_equal(call(V0, nr, SCHEDOP_block, 0, 0), 0);
    assert_int_equal(V0->state, VCPU_BLOCKED);
    V0->state = VCPU_RUNNING;
    assert_int_equal(call(V0, nr, SCHEDOP_shutdown, BAD_VA, 0), -EFAULT);
    assert_int_equal(fake_did.shutdowns, 0);
    struct sched_remote_shutdown rs = {.domain_id = 1, .reason = SHUTDOWN_crash};
    put_arg(U0, &rs, sizeof(rs));
    assert_int_equal(call(U0, nr, SCHEDOP_remote_shutdown, ARG, 0), -EPERM);
    struct sched_pin_override pin = {.pcpu = 0};
    put_arg(U0, &pin, sizeof(pin));
    assert_int_equal(call(U0, nr, SCHEDOP_pin_override, ARG, 0), -EPERM);
    put_arg(V0, &pin, sizeof(pin));
    assert_int_equal(call(V0, nr, SCHEDOP_pin_override, ARG, 0), 0);
    pin.pcpu = 4;
    put_arg(V0, &pin, sizeof(pin));
    assert_int_equal(call(V0, nr, SCHEDOP_pin_override, ARG, 0), -EINVAL);
    assert_int_equal(call(V0, nr, SCHEDOP_watchdog, BAD_VA, 0), -EFAULT);
    assert_int_equal(call(V0, nr, 8, ARG, 0), -ENOSYS);
    put_arg(V0, &s, sizeof(s));
    assert_int_equal(call(V0, nr, SCHEDOP_shutdown_code, ARG, 0), 0);
    assert_int_equal(fake_d0->shutdown_reason, SHUTDOWN_reboot);
    assert_int_equal(fake_did.shutdowns, 0);
    put_arg(V0, &rs, sizeof(rs));
    assert_int_equal(call(V0, nr, SCHEDOP_remote_shutdown, ARG, 0), 0);
    assert_true(fake_d1->shut);
    put_arg(V0, &s, sizeof(s));
    assert_int_equal(call(V0, nr, SCHEDOP_shutdown, ARG, 0), 0);
    assert_int_equal(fake_did.reason, SHUTDOWN_reboot);
}

static int64_t param(struct vcpu *v, uint32_t op, domid_t dom, uint32_t index, uint64_t *value) {
    struct xen_hvm_param p = {.domid = dom, .index = index, .value = *value};
    put_arg(v, &p, sizeof(p));
    int64_t ret = call(v, __HYPERVISOR_hvm_op, op, ARG, 0);
    *value = ((struct xen_hvm_param *)fake_guest_ptr(ARG))->value;
    return ret;
}

static void hvm_params(void **state) {
    uint64_t value = 0x1234;
    assert_int_equal(param(V0, HVMOP_set_param, 1, HVM_PARAM_STORE_EVTCHN, &value), 0);
    value = 0;
    assert_int_equal(param(U0, HVMOP_get_param, DOMID_SELF, HVM_PARAM_STORE_EVTCHN, &value), 0);
    assert_int_equal(value, 0x1234);
    assert_int_equal(param(U0, HVMOP_set_param, DOMID_SELF, HVM_PARAM_STORE_EVTCHN, &value),
                     -EPERM);
    assert_int_equal(param(U0, HVMOP_get_param, 0, HVM_PARAM_STORE_EVTCHN, &value), -EPERM);
    assert_int_equal(param(U0, HVMOP_get_param, 5, HVM_PARAM_STORE_EVTCHN, &value), -ESRCH);
    assert_int_equal(param(U0, HVMOP_get_param, DOMID_SELF, HVM_PARAM_MONITOR_RING_PFN, &value),
                     -EPERM);
    assert_int_equal(param(V0, HVMOP_get_param, DOMID_SELF, HVM_PARAM_STORE_EVTCHN, &value), 0);
    assert_int_equal(value, 0); // Linux: I host the store
    static const uint32_t bad[] = {3, 4, 13, 38, 39, 40, 1U << 31, ~0U};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(param(V0, HVMOP_get_param, 1, bad[i], &value), -EINVAL);
    assert_int_equal(call(V0, __HYPERVISOR_hvm_op, HVMOP_pagetable_dying, ARG, 0), -ENOSYS);
    assert_int_equal(call(U0, __HYPERVISOR_hvm_op, HVMOP_guest_request_vm_event, ARG, 0), -EINVAL);
    assert_int_equal(call(U0, __HYPERVISOR_hvm_op, HVMOP_guest_request_vm_event, 0, 0), 0);
}

static void wall_clock(void **state) {
    struct xen_platform_op op = {.cmd = XENPF_settime64,
                                 .interface_version = XENPF_INTERFACE_VERSION};
    struct shared_info *s = fake_d1->shared_info;
    op.u.settime64 = (struct xenpf_settime64){.secs = 1ULL << 32, .nsecs = 5, .system_time = 6};
    put_arg(U0, &op, sizeof(op));
    assert_int_equal(call(U0, __HYPERVISOR_platform_op, ARG, 0, 0), -EPERM);
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), 0);
    assert_int_equal(s->wc_sec, ~0U);
    assert_int_equal(s->wc_sec_hi, 0);
    assert_int_equal(s->wc_nsec, 999999999);
    assert_int_equal(s->wc_version, 2);
    s->wc_version = 7; // the guest may scribble; it ends even
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), 0);
    assert_int_equal(s->wc_version, 8);
    op.u.settime64.mbz = 1;
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), -EINVAL);
    op.u.settime64 = (struct xenpf_settime64){.secs = ~0ULL};
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), -EINVAL);
    op.u.settime64 = (struct xenpf_settime64){.secs = 1, .system_time = 2000000000};
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), 0);
    assert_int_equal(s->wc_sec, 0);
    op.interface_version++;
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), -EACCES);
    op.interface_version--;
    op.cmd = XENPF_get_symbol;
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(call(V0, __HYPERVISOR_platform_op, ARG, 0, 0), -ENOSYS);
}

static void assists(void **state) {
    const uint64_t nr = __HYPERVISOR_vm_assist;
    assert_int_equal(call(U0, nr, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag, 0), 0);
    assert_int_equal(fake_d1->vm_assist, 1U << VMASST_TYPE_runstate_update_flag);
    assert_int_equal(call(U0, nr, VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag, 0), 0);
    assert_int_equal(fake_d1->vm_assist, 0);
    assert_int_equal(call(U0, nr, VMASST_CMD_enable, 0, 0), -EINVAL);
    assert_int_equal(call(U0, nr, VMASST_CMD_enable, 64, 0), -EINVAL);
    assert_int_equal(call(U0, nr, 2, VMASST_TYPE_runstate_update_flag, 0), -ENOSYS);
    assert_int_equal(call(U0, nr, 2, 0, 0), -EINVAL);
}

static struct multicall_entry *entries(struct vcpu *v, unsigned n) {
    fake_current = v;
    struct multicall_entry *e = fake_guest_ptr(ARG);
    memset(e, 0, n * sizeof(*e));
    for (unsigned i = 0; i < n; i++) {
        e[i].op = __HYPERVISOR_xen_version;
        e[i].result = 0x5a5a5a5a5a5a5a5aULL;
    }
    return e;
}

static void multicalls(void **state) {
    const uint64_t nr = __HYPERVISOR_multicall;
    struct multicall_entry *e = entries(V0, 30);
    assert_int_equal(call(V0, nr, ARG, 30, 0), 0);
    assert_int_equal(fake_did.retries, 3);
    for (unsigned i = 0; i < 30; i++)
        assert_int_equal(e[i].result, 4 << 16 | 17);
    e = entries(V0, 3); // nested, unknown, failing: all 64 bits written back
    e[0].op = __HYPERVISOR_multicall;
    e[1].op = 1ULL << 40;
    e[2].args[0] = 77;
    assert_int_equal(call(V0, nr, ARG, 3, 0), 0);
    assert_int_equal((int64_t)e[0].result, -EINVAL);
    assert_int_equal((int64_t)e[1].result, -ENOSYS);
    assert_int_equal((int64_t)e[2].result, -ENOSYS);
    e = entries(U0, 1); // the rows' permission holds here too
    e[0].op = __HYPERVISOR_platform_op;
    assert_int_equal(call(U0, nr, ARG, 1, 0), 0);
    assert_int_equal((int64_t)e[0].result, -EPERM);
    assert_int_equal(call(V0, nr, BAD_VA, 1, 0), -EFAULT);
    assert_int_equal(call(V0, nr, BAD_VA, 0, 0), 0);
    assert_int_equal(call(V0, nr, ARG, ~0U, 0), -EFAULT); // runs out of memory, step by step
}

// R13: an entry that is continued gives what it would have given alone.
static void multicall_with_continuation(void **state) {
    struct multicall_entry *e = entries(V0, 2);
    fake_current = V0;
    memset(fake_guest_ptr(LIST), 'x', 1000);
    e[0] = (struct multicall_entry){.op = __HYPERVISOR_console_io, .args = {0, 1000, LIST}};
    fake_did.console_room = 300;
    assert_int_equal(call(V0, __HYPERVISOR_multicall, ARG, 2, 0), 0);
    assert_int_equal(e[0].result, 0);
    assert_int_equal(e[1].result, 4 << 16 | 17);
    assert_int_equal(fake_did.console_len, 1000);
}

// XSA-213: nothing runs after an entry that stopped the caller or put it to sleep.
static void multicall_stops_with_its_caller(void **state) {
    int64_t ret;
    struct multicall_entry *e = entries(V0, 3);
    e[0] = (struct multicall_entry){.op = __HYPERVISOR_sched_op, .args = {SCHEDOP_block}};
    fake_hypercall_start(V0, __HYPERVISOR_multicall, ARG, 3, 0);
    assert_false(fake_hypercall_step(V0, &ret));
    assert_int_equal(e[0].result, 0);
    assert_int_equal(e[1].result, 0x5a5a5a5a5a5a5a5aULL);
    V0->state = VCPU_RUNNING; // woken
    assert_true(fake_hypercall_step(V0, &ret));
    assert_int_equal(ret, 0);
    assert_int_equal(e[2].result, 4 << 16 | 17);
    e = entries(V0, 2);
    memcpy(fake_guest_ptr(LIST), &(struct sched_shutdown){.reason = 0}, 4);
    e[0] = (struct multicall_entry){.op = __HYPERVISOR_sched_op, .args = {SCHEDOP_shutdown, LIST}};
    fake_hypercall_start(V0, __HYPERVISOR_multicall, ARG, 2, 0);
    assert_false(fake_hypercall_step(V0, &ret));
    assert_int_equal(e[1].result, 0x5a5a5a5a5a5a5a5aULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_without_a_row, setup, teardown),
        cmocka_unit_test_setup_teardown(version, setup, teardown),
        cmocka_unit_test_setup_teardown(build_id_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(no_stale_bytes_leave, setup, teardown),
        cmocka_unit_test_setup_teardown(console, setup, teardown),
        cmocka_unit_test_setup_teardown(vcpu_info_registration, setup, teardown),
        cmocka_unit_test_setup_teardown(runstate, setup, teardown),
        cmocka_unit_test_setup_teardown(sched, setup, teardown),
        cmocka_unit_test_setup_teardown(hvm_params, setup, teardown),
        cmocka_unit_test_setup_teardown(wall_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(assists, setup, teardown),
        cmocka_unit_test_setup_teardown(multicalls, setup, teardown),
        cmocka_unit_test_setup_teardown(multicall_with_continuation, setup, teardown),
        cmocka_unit_test_setup_teardown(multicall_stops_with_its_caller, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
