// SPDX-License-Identifier: Apache-2.0
// Software timers on the EL2 timer: a heap per CPU. Callbacks run from core/exit.c on the CPU the
// timer was set on, no lock held. O(log n).
#pragma once
#include <core/types.h>

#define TIMERS_PER_ROUND 16 // callbacks before a CPU looks at interrupts again

struct timer {
    uint64_t deadline; // ns
    void (*fn)(void *arg);
    void *arg;
    uint16_t slot; // heap index + 1; 0 = not armed
    uint8_t cpu;
};

static inline void timer_init(struct timer *t, void (*fn)(void *), void *arg) {
    *t = (struct timer){.fn = fn, .arg = arg};
}
// Arms (or re-arms) on this CPU for the absolute time `deadline_ns`. Takes LOCK_TIMER.
void timer_set(struct timer *t, uint64_t deadline_ns);
// Disarms; on return the callback does not start any more (it may be running elsewhere).
void timer_cancel(struct timer *t);
// core/exit.c only: runs what is due, re-programs the hardware.
void timer_run_due(void);
// Debug key: one line per armed timer.
void timer_dump(void);
