// SPDX-License-Identifier: Apache-2.0
// A trace buffer that keeps the last record and what the control side was told.
#pragma once
#include <core/trace.h>

extern _Thread_local struct fake_trace {
    uint32_t event, words[TRACE_EXTRA_MAX];
    unsigned n, count;
} fake_trace;
extern uint32_t fake_trace_pages, fake_trace_cpus, fake_trace_events;
extern bool fake_trace_on;
