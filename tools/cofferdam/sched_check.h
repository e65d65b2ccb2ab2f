// SPDX-License-Identifier: Apache-2.0
// A schedule as read by `cofferdam sched-check`. The analyses complain to the report about what
// cannot hold, and print the figures of what does.
#pragma once
#include "model.h"

struct reservation { // a vCPU under rtds, or `count` of them alike
    struct place at;
    struct text name;
    struct number period, budget, core, count, sleeps;
};
struct rtds_pool {
    struct place at;
    struct text name;
    struct number cores;
    struct list vcpus; // struct reservation
};
struct flight_window {
    struct place at;
    struct text partition;
    struct number vcpu, core, start, length;
};
struct flight {
    struct place at;
    struct text name;
    struct number cores, major_frame;
    struct list windows; // struct flight_window
};
struct timing {
    struct place at;
    struct number version;
    struct list rtds, arinc653;
};

// sched_check_rtds.c, sched_check_arinc.c
void check_rtds(const struct rtds_pool *p, struct report *r);
void check_flight(const struct flight *f, struct report *r);
