// SPDX-License-Identifier: Apache-2.0
// The trace buffers of the Xen ABI (xen/trace.h): a ring for each CPU that Dom0 maps and empties.
// Only its own CPU writes a ring, interrupts masked, so a record takes no lock and may be made
// anywhere. Worst case: two records and the padding before them.
#pragma once
#include <arch/cpu.h>
#include <core/addr.h>
#include <core/percpu.h>
#include <core/types.h>
#include <xen/trace.h>

struct page;
struct vcpu;

// One record of `event` with the words that follow, if this CPU records its class. While it records
// nothing this is a load and a branch.
#define trace(event, ...)                                                                          \
    do {                                                                                           \
        if (unlikely(this_cpu()->trace)) {                                                         \
            const uint32_t trace_words[] = {__VA_ARGS__};                                          \
            trace_write((event), ARRAY_SIZE(trace_words), trace_words);                            \
        }                                                                                          \
    } while (0)
// At most TRACE_EXTRA_MAX words.
void trace_write(uint32_t event, unsigned n, const uint32_t *words);
// A vCPU as records name it in one word; NULL: this CPU's idling.
uint32_t trace_vcpu(const struct vcpu *v);
// A vCPU (NULL: this CPU's idling) changes its RUNSTATE_*, which may be a wake-up or its like.
void trace_runstate(const struct vcpu *v, uint32_t from, uint32_t to);
// This CPU goes over from one vCPU to another before that one's state changes; NULL: it idles.
// `until`: when its slice ends (ns; UINT64_MAX: no end).
void trace_switch(const struct vcpu *prev, const struct vcpu *next, uint64_t until);
// In the exit room of this CPU: what trace_control and a half full ring have put off.
void trace_pass(struct percpu *c);

// The control domain's side, each takes LOCK_TRACE.
#define TRACE_MORE 1
// Buffers of `pages` a CPU, once and for good, as many as fit: 0, TRACE_MORE (the same call goes
// on), -EINVAL for none or another size than there is, -EBUSY when they are there, -ENOMEM.
int trace_set_size(uint32_t pages) must_check;
void trace_set_cpus(uint32_t cpus);
void trace_set_events(uint32_t mask);
// -EINVAL: there are no buffers.
int trace_set_on(bool on) must_check;
struct trace_info {
    uint32_t events;
    uint32_t size; // bytes of struct t_info and its lists; 0: no buffers
    mfn_t at;
};
struct trace_info trace_info(void);
