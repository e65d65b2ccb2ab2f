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

/** Show page `index` of `space` (XENMAPSPACE_) of this domain at the guest-physical page `at`, in
 * place of what was there. */
static inline int64_t rt_physmap(uint32_t space, uint64_t index, uint64_t at) {
    struct xen_add_to_physmap a = {
        .domid = DOMID_SELF, .space = space, .idx = index, .gpfn = at >> 12};
    return rt_memory(XENMEM_add_to_physmap, &a);
}

// --- event channels (event.c): two-level, all ports to vCPU 0 --------------------------------

/** Map shared_info and take the interrupt; `fn` is called with every port that was sent to, IRQs
 * masked. Returns what the hypervisor answered to the mapping. Needs rt_irq_on() to be called. */
int64_t rt_events_on(void (*fn)(evtchn_port_t port));

/** The page of shared_info, once rt_events_on() was called. */
volatile struct shared_info *rt_shared_info(void);

/** Send an event, after all that was written before. */
static inline int64_t rt_notify(evtchn_port_t port) {
    struct evtchn_send send = {.port = port};
    rt_dsb(); // what it tells of is there before the event
    return rt_evtchn(EVTCHNOP_send, &send);
}

// --- grants (grant.c): the 504 entries of one frame, boot CPU only ----------------------------

/** Show the own grant table at the guest-physical page `at`, where no RAM of use is; NULL if the
 * hypervisor refused. Before rt_grant_give(). */
struct grant_entry_v1 *rt_grants_on(uint64_t at);

/** Let domain `to` map or copy the page; the reference to tell it, or -XEN_ENOSPC. */
int64_t rt_grant_give(domid_t to, const void *page, bool readonly);

/** End a grant; false while the other has it mapped. */
bool rt_grant_take_back(grant_ref_t ref);

/** See the page that `from` granted at the page `at`. Returns 0, a GNTST_ or -XEN_E; the handle is
 * for rt_grant_unmap(). */
int64_t rt_grant_map(domid_t from, grant_ref_t ref, void *at, bool readonly,
                     grant_handle_t *handle);

/** Undo it: nothing is at `at` any more. Returns as rt_grant_map(). */
int64_t rt_grant_unmap(grant_handle_t handle, void *at);
