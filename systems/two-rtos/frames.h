// SPDX-License-Identifier: Apache-2.0
// What sensor and control agree on: the memory that they share, and who writes what.
#pragma once

#include "calls.h"

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

/** The link of this name in two-rtos.yaml, without which there is nothing to do. */
static inline struct frames *frames(void) {
    const struct rt_shared *link = rt_shared_memory("frames");
    if (link == NULL) {
        rt_printf("no link: frames\n");
        rt_shutdown(SHUTDOWN_poweroff);
    }
    return (struct frames *)(uintptr_t)link->address;
}
