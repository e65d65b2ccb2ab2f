// SPDX-License-Identifier: Apache-2.0
// What tests of the control side share: one domctl or sysctl to its end.
#pragma once
#include "hc_test.h"
#include <xen/domctl.h>
#include <xen/sysctl.h>

static struct xen_domctl dom;
static struct xen_sysctl sys;

// One domctl in `dom` to its end; `dom` is then what the caller sees.
static inline int64_t domctl(struct vcpu *v, uint32_t cmd, domid_t domain) {
    dom.cmd = cmd;
    dom.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    dom.domain = domain;
    void *p = put_arg(v, &dom, sizeof(dom));
    int64_t ret = fake_hypercall(v, __HYPERVISOR_domctl, ARG, 0, 0);
    memcpy(&dom, p, sizeof(dom));
    return ret;
}
#define DOMCTL(cmd, domain) domctl(V0, XEN_DOMCTL_##cmd, domain)

static inline int64_t sysctl(struct vcpu *v, uint32_t cmd) {
    sys.cmd = cmd;
    sys.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    void *p = put_arg(v, &sys, sizeof(sys));
    int64_t ret = fake_hypercall(v, __HYPERVISOR_sysctl, ARG, 0, 0);
    memcpy(&sys, p, sizeof(sys));
    return ret;
}
#define SYSCTL(cmd) sysctl(V0, XEN_SYSCTL_##cmd)

static inline void *list_at(void) {
    fake_current = V0;
    return fake_guest_ptr(LIST);
}

static inline int clear(void **state) {
    memset(&dom, 0, sizeof(dom));
    memset(&sys, 0, sizeof(sys));
    return setup(state);
}

#define T(f) cmocka_unit_test_setup_teardown(f, clear, teardown)
