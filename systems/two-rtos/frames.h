// SPDX-License-Identifier: Apache-2.0
// What sensor and control agree on: the memory that they share, and who writes what.
#pragma once

#include "calls.h"

#define FRAMES_AT 0x70000000ULL // as two-rtos.yaml has it
#define CONTROL_PORT 10U
#define SENSOR_PORT 11U
#define FRAMES_A_LIFE 100U
#define LIVES 3U

struct frames {
    volatile uint64_t lives;  // sensor: how often it began
    volatile uint64_t number; // sensor: of the frame, from 1 in each life
    volatile uint64_t value;  // sensor: what it measured
    volatile uint64_t taken;  // control: the number of the last frame that it took
};

static inline struct frames *frames(void) { return (struct frames *)FRAMES_AT; }

static inline void ring(uint32_t port) {
    struct evtchn_send send = {.port = port};
    rt_dsb(); // the frame is there before the event
    (void)rt_evtchn(EVTCHNOP_send, &send);
}
