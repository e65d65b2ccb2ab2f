// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: event_channel_op(cmd, arg), the 2-level and FIFO port
// layouts. Data and numbers only, nothing to call.
#pragma once

#include "xen.h"

#define EVTCHNOP_bind_interdomain 0U
#define EVTCHNOP_bind_virq 1U
#define EVTCHNOP_bind_pirq 2U
#define EVTCHNOP_close 3U
#define EVTCHNOP_send 4U
#define EVTCHNOP_status 5U
#define EVTCHNOP_alloc_unbound 6U
#define EVTCHNOP_bind_ipi 7U
#define EVTCHNOP_bind_vcpu 8U
#define EVTCHNOP_unmask 9U
#define EVTCHNOP_reset 10U
#define EVTCHNOP_init_control 11U
#define EVTCHNOP_expand_array 12U
#define EVTCHNOP_set_priority 13U

typedef uint32_t evtchn_port_t;

/** Make a port in `dom` that `remote_dom` may bind to. */
struct evtchn_alloc_unbound {
    domid_t dom, remote_dom;
    evtchn_port_t port; // out
};
XEN_ABI_SIZE(struct evtchn_alloc_unbound, 8);
XEN_ABI_OFFSET(struct evtchn_alloc_unbound, port, 4);

/** Connect a new local port to an unbound port of `remote_dom`. */
struct evtchn_bind_interdomain {
    domid_t remote_dom;
    uint16_t _pad0;
    evtchn_port_t remote_port;
    evtchn_port_t local_port; // out
};
XEN_ABI_SIZE(struct evtchn_bind_interdomain, 12);
XEN_ABI_OFFSET(struct evtchn_bind_interdomain, remote_port, 4);
XEN_ABI_OFFSET(struct evtchn_bind_interdomain, local_port, 8);

/** Make a port for a VIRQ; `vcpu` is 0 for a global one. */
struct evtchn_bind_virq {
    uint32_t virq;
    uint32_t vcpu;
    evtchn_port_t port; // out
};
XEN_ABI_SIZE(struct evtchn_bind_virq, 12);
XEN_ABI_OFFSET(struct evtchn_bind_virq, port, 8);

#define BIND_PIRQ__WILL_SHARE 1U

/** Make a port for a physical interrupt (x86 only). */
struct evtchn_bind_pirq {
    uint32_t pirq;
    uint32_t flags; // BIND_PIRQ__*
    evtchn_port_t port;
};
XEN_ABI_SIZE(struct evtchn_bind_pirq, 12);
XEN_ABI_OFFSET(struct evtchn_bind_pirq, port, 8);

/** Make a port by which the vCPUs of the caller signal each other. */
struct evtchn_bind_ipi {
    uint32_t vcpu;
    evtchn_port_t port; // out
};
XEN_ABI_SIZE(struct evtchn_bind_ipi, 8);
XEN_ABI_OFFSET(struct evtchn_bind_ipi, port, 4);

/** Free a port; its peer becomes unbound. */
struct evtchn_close {
    evtchn_port_t port;
};
XEN_ABI_SIZE(struct evtchn_close, 4);

/** Signal the other end of a port. */
struct evtchn_send {
    evtchn_port_t port;
};
XEN_ABI_SIZE(struct evtchn_send, 4);

#define EVTCHNSTAT_closed 0U
#define EVTCHNSTAT_unbound 1U
#define EVTCHNSTAT_interdomain 2U
#define EVTCHNSTAT_pirq 3U
#define EVTCHNSTAT_virq 4U
#define EVTCHNSTAT_ipi 5U

/** Ask what a port is. */
struct evtchn_status {
    domid_t dom;
    uint16_t _pad0;
    evtchn_port_t port;
    uint32_t status; // out: EVTCHNSTAT_*, which picks the member of u
    uint32_t vcpu;   // out: vCPU that is notified
    union {
        struct {
            domid_t dom;
        } unbound;
        struct {
            domid_t dom;
            uint16_t _pad0;
            evtchn_port_t port;
        } interdomain;
        uint32_t pirq;
        uint32_t virq;
    } u;
};
XEN_ABI_SIZE(struct evtchn_status, 24);
XEN_ABI_OFFSET(struct evtchn_status, port, 4);
XEN_ABI_OFFSET(struct evtchn_status, u, 16);

/** Choose the vCPU that a port notifies. */
struct evtchn_bind_vcpu {
    evtchn_port_t port;
    uint32_t vcpu;
};
XEN_ABI_SIZE(struct evtchn_bind_vcpu, 8);
XEN_ABI_OFFSET(struct evtchn_bind_vcpu, vcpu, 4);

/** Clear the mask bit of a port and deliver what was pending. */
struct evtchn_unmask {
    evtchn_port_t port;
};
XEN_ABI_SIZE(struct evtchn_unmask, 4);

/** Close every port of a domain and fall back to the 2-level layout. */
struct evtchn_reset {
    domid_t dom;
};
XEN_ABI_SIZE(struct evtchn_reset, 2);

/** Switch to the FIFO layout and hand over the control block of one vCPU. */
struct evtchn_init_control {
    uint64_t control_gfn;
    uint32_t offset; // of the control block in its page, a multiple of 8
    uint32_t vcpu;
    uint8_t link_bits; // out
    uint8_t _pad[7];
};
XEN_ABI_SIZE(struct evtchn_init_control, 24);
XEN_ABI_OFFSET(struct evtchn_init_control, link_bits, 16);

/** Add one page of event words. */
struct evtchn_expand_array {
    uint64_t array_gfn;
};
XEN_ABI_SIZE(struct evtchn_expand_array, 8);

/** Set the queue of a port, EVTCHN_FIFO_PRIORITY_*. */
struct evtchn_set_priority {
    evtchn_port_t port;
    uint32_t priority;
};
XEN_ABI_SIZE(struct evtchn_set_priority, 8);
XEN_ABI_OFFSET(struct evtchn_set_priority, priority, 4);

#define EVTCHN_2L_NR_CHANNELS 4096U

// FIFO: 0 is served first.
#define EVTCHN_FIFO_PRIORITY_MAX 0
#define EVTCHN_FIFO_PRIORITY_DEFAULT 7
#define EVTCHN_FIFO_PRIORITY_MIN 15
#define EVTCHN_FIFO_MAX_QUEUES (EVTCHN_FIFO_PRIORITY_MIN + 1)

// Bit numbers of an event word; the link to the next port is in the low bits.
typedef uint32_t event_word_t;
#define EVTCHN_FIFO_PENDING 31
#define EVTCHN_FIFO_MASKED 30
#define EVTCHN_FIFO_LINKED 29
#define EVTCHN_FIFO_BUSY 28
#define EVTCHN_FIFO_LINK_BITS 17
#define EVTCHN_FIFO_LINK_MASK ((1U << EVTCHN_FIFO_LINK_BITS) - 1U)
#define EVTCHN_FIFO_NR_CHANNELS (1U << EVTCHN_FIFO_LINK_BITS)

/** Per-vCPU heads of the FIFO queues. */
struct evtchn_fifo_control_block {
    uint32_t ready; // bit per queue that is not empty
    uint32_t _rsvd;
    event_word_t head[EVTCHN_FIFO_MAX_QUEUES];
};
XEN_ABI_SIZE(struct evtchn_fifo_control_block, 72);
XEN_ABI_OFFSET(struct evtchn_fifo_control_block, head, 8);
