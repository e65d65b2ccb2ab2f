// SPDX-License-Identifier: Apache-2.0
// A guest to copy (docs/guests.md): says who it is, ticks ten times a second, sends itself an event
// at each tick and echoes those of others, and powers off when q is typed.

#include "calls.h"

#define TICK_US 100000U

static volatile uint64_t happened, ticks, answers;
static evtchn_port_t here; // one end of a channel whose other end is this guest's, too

// What comes from elsewhere goes back.
static void on_event(evtchn_port_t port) {
    if (port == here) {
        answers++;
    } else {
        (void)rt_notify(port);
    }
    happened++;
}

static void on_tick(void) {
    ticks++;
    happened++;
    (void)rt_notify(here); // arrives at the other end, whose echo comes back
}

static bool open_channel(void) {
    struct evtchn_alloc_unbound first = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    if (rt_events_on(on_event) != 0 || rt_evtchn(EVTCHNOP_alloc_unbound, &first) != 0) {
        return false;
    }
    struct evtchn_bind_interdomain second = {.remote_dom = DOMID_SELF, .remote_port = first.port};
    here = first.port;
    return rt_evtchn(EVTCHNOP_bind_interdomain, &second) == 0;
}

void rt_main(void) {
    uint64_t said = 0;
    char key = '\0';
    rt_printf("@HELLO %lu MiB, %u vCPU, GICv%u\n", rt_platform.ram_size >> 20, rt_platform.nr_cpus,
              rt_platform.gic_version);
    if (!open_channel()) {
        rt_printf("@HELLO has no event channels\n");
        return;
    }
    rt_irq_on();
    rt_timer_every(TICK_US, on_tick);
    while (key != 'q') {
        uint64_t seen = happened;
        if (answers >= said + 10U && ticks >= said + 10U) {
            said += 10U;
            rt_printf("@HELLO %lu ticks, all answered\n", said);
        }
        (void)rt_console_read(&key, 1);
        rt_wait(&happened, seen);
    }
    rt_printf("@HELLO good bye\n");
}
