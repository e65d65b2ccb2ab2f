// SPDX-License-Identifier: Apache-2.0
// What the static profile has not, for those who would call it: traces, debug keys, names in
// backtraces, grants, event channels by FIFO, domains that end. Nobody gets as far as to have one:
// the hypercalls that begin it have no row or fail here.
#include "domain_table.h"
#include "evtchn_delivery.h"
#include <core/console.h>
#include <core/domain.h>
#include <core/grant.h>
#include <core/symbols.h>
#include <core/trace.h>

const char *symbol_at(uint64_t offset, uint64_t *from_start) {
    (void)offset;
    (void)from_start;
    return NULL;
}

void debugkey_handle(char key) { (void)key; }

void trace_write(uint32_t event, unsigned n, const uint32_t *words) {
    (void)event;
    (void)n;
    (void)words;
}
uint32_t trace_vcpu(const struct vcpu *v) {
    (void)v;
    return 0;
}
void trace_runstate(const struct vcpu *v, uint32_t from, uint32_t to) {
    (void)v;
    (void)from;
    (void)to;
}
void trace_switch(const struct vcpu *prev, const struct vcpu *next, uint64_t until) {
    (void)prev;
    (void)next;
    (void)until;
}
void trace_pass(struct percpu *c) { (void)c; }

int grant_create(struct domain *d) {
    (void)d;
    return 0;
}
void grant_set_limits(struct domain *d, uint32_t frames, uint32_t maptrack_frames) {
    (void)d;
    (void)frames;
    (void)maptrack_frames;
}
bool grant_frames_lent(struct domain *d) {
    (void)d;
    return false;
}
bool grant_relinquish_step(struct domain *d) {
    (void)d;
    return true;
}

void evtchn_fifo_set_pending(struct domain *d, struct evtchn *c, port_t port) {
    (void)d;
    (void)c;
    (void)port;
}
void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *c, port_t port) {
    (void)d;
    (void)c;
    (void)port;
}
bool evtchn_fifo_is_pending(struct domain *d, struct evtchn *c, port_t port) {
    (void)d;
    (void)c;
    (void)port;
    return false;
}
void evtchn_fifo_unmask(struct domain *d, struct evtchn *c, port_t port) {
    (void)d;
    (void)c;
    (void)port;
}
bool evtchn_fifo_leave(struct domain *d) {
    (void)d;
    return false;
}

void domain_reap(void) {}
void domain_forget(struct quota_block *b) { (void)b; } // boot ends there
