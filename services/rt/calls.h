// SPDX-License-Identifier: Apache-2.0
// The hypercall families of guests, by one argument structure each; the answer is 0 or more, or
// -XEN_E of xen/errno.h. Any CPU.
#pragma once

#include "rt.h"
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define RT_NR(array) (sizeof(array) / sizeof((array)[0]))

static inline int64_t rt_evtchn(uint32_t op, void *arg) {
    return rt_hypercall(__HYPERVISOR_event_channel_op, op, (uintptr_t)arg, 0, 0, 0);
}

static inline int64_t rt_memory(uint32_t op, void *arg) {
    return rt_hypercall(__HYPERVISOR_memory_op, op, (uintptr_t)arg, 0, 0, 0);
}

static inline int64_t rt_grant(uint32_t op, void *list, uint32_t count) {
    return rt_hypercall(__HYPERVISOR_grant_table_op, op, (uintptr_t)list, count, 0, 0);
}

static inline int64_t rt_sched(uint32_t op, void *arg) {
    return rt_hypercall(__HYPERVISOR_sched_op, op, (uintptr_t)arg, 0, 0, 0);
}

static inline int64_t rt_vcpu_op(uint32_t op, uint32_t vcpu, void *arg) {
    return rt_hypercall(__HYPERVISOR_vcpu_op, op, vcpu, (uintptr_t)arg, 0, 0);
}

/** Frame number of a page of the identity map. */
static inline uint64_t rt_gfn(const volatile void *page) { return (uintptr_t)page >> 12; }

// event.c: the two-level event channel interrupt of vCPU 0.

/** Map shared_info and take the interrupt; `fn` is called with every port that was sent to, IRQs
 * masked. Returns what the hypervisor answered to the mapping. */
int64_t rt_events_on(void (*fn)(evtchn_port_t port));

/** The page of shared_info, once rt_events_on() was called. */
volatile struct shared_info *rt_shared_info(void);
