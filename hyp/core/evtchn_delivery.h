// SPDX-License-Identifier: Apache-2.0
// Between core/evtchn.c (ports), core/evtchn_send.c and the FIFO ABI. All may run on any CPU, also
// of a sender, who has no lock and finds the port closed under its hands.
#pragma once
#include <core/evtchn.h>

// Event bits are set: shows the upcall to the guest unless it is shown already.
void evtchn_mark_upcall(struct vcpu *v);
// Port became pending: by the ABI in use, and wakes pollers.
void evtchn_notify(struct domain *d, struct evtchn *c, port_t port);

void evtchn_2l_clear_pending(struct domain *d, port_t port);
bool evtchn_2l_is_pending(struct domain *d, port_t port);
// Clears the mask; what was pending is delivered.
void evtchn_2l_unmask(struct domain *d, struct evtchn *c, port_t port);

void evtchn_fifo_set_pending(struct domain *d, struct evtchn *c, port_t port);
void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *c, port_t port);
bool evtchn_fifo_is_pending(struct domain *d, struct evtchn *c, port_t port);
void evtchn_fifo_unmask(struct domain *d, struct evtchn *c, port_t port);
// No port is in use: senders find neither words nor control blocks from now on, and a grace period
// later the pages go back. True: call again. Caller holds the domain's lock.
bool evtchn_fifo_leave(struct domain *d);
