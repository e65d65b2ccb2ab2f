// SPDX-License-Identifier: Apache-2.0
// core/trace.h as other rooms see it.
#include "fake_trace.h"
#include <core/errno.h>
#include <string.h>

_Thread_local struct fake_trace fake_trace;
uint32_t fake_trace_pages, fake_trace_cpus, fake_trace_events;
bool fake_trace_on;

void trace_write(uint32_t event, unsigned n, const uint32_t *words) {
    fake_trace.event = event;
    fake_trace.n = n;
    fake_trace.count++;
    memcpy(fake_trace.words, words, n * sizeof(*words));
}
uint32_t trace_vcpu(const struct vcpu *v) { return v ? 0x12345 : 0x7fff0000; }
void trace_runstate(const struct vcpu *v, uint32_t from, uint32_t to) {
    trace(TRC_SCHED_RUNSTATE_CHANGE | from << 8 | to << 4, trace_vcpu(v));
}
void trace_switch(const struct vcpu *prev, const struct vcpu *next, uint64_t until) {
    trace(TRC_SCHED_SWITCH, prev != NULL, next != NULL, (uint32_t)until);
}
void trace_pass(struct percpu *c) { (void)c; }

// Done at the second call.
int trace_set_size(uint32_t pages) {
    if (fake_trace_pages)
        return fake_trace_events++ ? -EBUSY : 0;
    fake_trace_events = 0;
    fake_trace_pages = pages;
    return pages ? TRACE_MORE : -EINVAL;
}
void trace_set_cpus(uint32_t cpus) { fake_trace_cpus = cpus; }
void trace_set_events(uint32_t mask) { fake_trace_events = mask; }
int trace_set_on(bool on) {
    fake_trace_on = on;
    return 0;
}
struct trace_info trace_info(void) {
    return (struct trace_info){.events = fake_trace_events, .size = 4096, .at = {0x58400}};
}
