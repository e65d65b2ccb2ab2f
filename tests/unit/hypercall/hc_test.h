// SPDX-License-Identifier: Apache-2.0
// What the hypercall tests share: arguments in guest memory, and calls by family.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <core/build.h>
#include <core/errno.h>
#include <core/page.h>
#include <xen/grant_table.h>
#include <xen/hvm_op.h>
#include <xen/memory.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/version.h>

#include "fake_core.h"
#include "fake_guest.h"

#include <cmocka.h> // last: its fail() is a macro

#define ARG FAKE_VA             // argument struct
#define LIST (FAKE_VA + 0x1000) // lists that it names
#define BAD_VA 0x1000ULL        // where no guest memory is

#define V0 (fake_d0->vcpu[0])
#define U0 (fake_d1->vcpu[0])

static inline int setup(void **state) {
    (void)state;
    fake_core_reset();
    return 0;
}

// Every test ends with all pins and references where they were.
static inline int teardown(void **state) {
    (void)state;
    fake_core_teardown();
    assert_int_equal(fake_pins, 0);
    return 0;
}

static inline void *put_arg(struct vcpu *v, const void *arg, size_t len) {
    fake_current = v;
    memcpy(fake_guest_ptr(ARG), arg, len);
    return fake_guest_ptr(ARG);
}

static inline int64_t evtchn_op(struct vcpu *v, uint32_t cmd, void *arg, size_t len) {
    void *p = put_arg(v, arg, len);
    int64_t ret = fake_hypercall(v, __HYPERVISOR_event_channel_op, cmd, ARG, 0);
    memcpy(arg, p, len);
    return ret;
}
#define EVTCHN(v, cmd, arg) evtchn_op(v, EVTCHNOP_##cmd, arg, sizeof(*(arg)))

static inline int64_t grant_op(struct vcpu *v, uint32_t cmd, void *arg, size_t len) {
    void *p = put_arg(v, arg, len);
    int64_t ret = fake_hypercall(v, __HYPERVISOR_grant_table_op, cmd, ARG, 1);
    memcpy(arg, p, len);
    return ret;
}
#define GRANT(v, cmd, arg) grant_op(v, GNTTABOP_##cmd, arg, sizeof(*(arg)))

static inline int64_t memory_op(struct vcpu *v, uint64_t cmd, void *arg, size_t len) {
    void *p = put_arg(v, arg, len);
    int64_t ret = fake_hypercall(v, __HYPERVISOR_memory_op, cmd, ARG, 0);
    memcpy(arg, p, len);
    return ret;
}
#define MEMORY(v, cmd, arg) memory_op(v, XENMEM_##cmd, arg, sizeof(*(arg)))

static inline port_t new_unbound(struct vcpu *v, domid_t remote) {
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = remote};
    assert_int_equal(EVTCHN(v, alloc_unbound, &a), 0);
    return a.port;
}

// A pair of bound ports: returns a's, *b_port is b's.
static inline port_t new_pair(struct vcpu *a, struct vcpu *b, port_t *b_port) {
    port_t p = new_unbound(a, b->domain->id);
    struct evtchn_bind_interdomain bind = {.remote_dom = a->domain->id, .remote_port = p};
    assert_int_equal(EVTCHN(b, bind_interdomain, &bind), 0);
    *b_port = bind.local_port;
    return p;
}

static inline int64_t send(struct vcpu *v, port_t port) {
    struct evtchn_send s = {.port = port};
    return EVTCHN(v, send, &s);
}

static inline int64_t close_port(struct vcpu *v, port_t port) {
    struct evtchn_close c = {.port = port};
    return EVTCHN(v, close, &c);
}
