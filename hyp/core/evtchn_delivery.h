// SPDX-License-Identifier: Apache-2.0
// Between core/evtchn.c (ports) and its two delivery ABIs. All may run on any CPU; the caller holds
// the LOCK_EVTCHN that keeps the port bound.
#pragma once
#include <core/evtchn.h>

// Event bits are set: shows the upcall to the guest unless it is shown already.
void evtchn_mark_upcall(struct vcpu *v);
// Port became pending: by the ABI in use, and wakes pollers.
void evtchn_notify(struct domain *d, struct evtchn *c, port_t port);

void evtchn_2l_set_pending(struct domain *d, struct evtchn *c, port_t port);
void evtchn_2l_clear_pending(struct domain *d, port_t port);
bool evtchn_2l_is_pending(struct domain *d, port_t port);
// Clears the mask; what was pending is delivered.
void evtchn_2l_unmask(struct domain *d, struct evtchn *c, port_t port);

void evtchn_fifo_set_pending(struct domain *d, struct evtchn *c, port_t port);
void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *c, port_t port);
bool evtchn_fifo_is_pending(struct domain *d, struct evtchn *c, port_t port);
void evtchn_fifo_unmask(struct domain *d, struct evtchn *c, port_t port);
// Gives back pages and control blocks; no port is in use. Caller holds the domain's lock.
void evtchn_fifo_teardown(struct domain *d);
