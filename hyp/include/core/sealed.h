// SPDX-License-Identifier: Apache-2.0
// The sealed image of a static domain: kernel, ramdisk and device tree where the loader put them,
// in memory that nobody gets, from which its own memory is filled; and what else is needed to put
// the domain back when it stops. One user at a time: boot, or the restart (core/restart.c).
#pragma once
#include <core/addr.h>
#include <core/timer.h>
#include <core/types.h>

struct domain;

#define SEALED_PIECES 3
#define SEALED_MORE 1
#define SEALED_RANGES 8
#define SEALED_LINKS 8
#define SEALED_RESETS 16

// What happens when the domain stops: docs/static-domains.md.
enum restart_action { ACTION_HALT, ACTION_RESTART, ACTION_RESTART_GROUP, ACTION_PANIC };

struct restart_policy {
    uint8_t on_crash, on_hang, on_shutdown; // enum restart_action
    uint32_t limit;                         // restarts, then it halts; 0 = no limit
    uint32_t group;                         // whose members restart together
};

static inline bool restart_is(uint8_t action) {
    return action == ACTION_RESTART || action == ACTION_RESTART_GROUP;
}
static inline bool restart_wanted(const struct restart_policy *p) {
    return restart_is(p->on_crash) || restart_is(p->on_hang) || restart_is(p->on_shutdown);
}

struct sealed_piece {
    pa_t from;
    uint64_t size;
    ipa_t to;
};

// A static event channel of the domain.
struct sealed_link {
    port_t port, peer_port;
    domid_t peer;
};

// A step towards a device of its own at rest, which reads and writes no memory any more.
struct device_reset {
    pa_t at;                      // a register of 32 bits
    uint32_t write, mask, wanted; // written; then it is read until these bits have this value
};

struct sealed_range {
    uint64_t gfn, count;
    bool ram; // its own, else shared with others
};

struct sealed {
    struct sealed_piece piece[SEALED_PIECES];
    uint8_t nr, at;  // at: the one being copied
    uint64_t copied; // bytes of it
    ipa_t entry, fdt;
    struct restart_policy policy;
    struct sealed_range range[SEALED_RANGES];
    struct sealed_link link[SEALED_LINKS];
    struct device_reset reset[SEALED_RESETS];
    uint8_t nr_ranges, nr_links, nr_resets;
    bool xenstore; // its port is the first that is unbound
    // The restart, which one CPU at a time carries on:
    uint8_t state;    // BUSY or IDLE, core/restart.c
    uint8_t step;     // row of its table
    uint64_t cursor;  // of the step
    uint32_t epoch;   // quiesce_begin
    uint64_t busy_ns; // in its steps
    uint32_t restarts;
    struct timer timer;
};

// Copies the next SEALED_STEP pages. 0: all is there; SEALED_MORE; -EFAULT: the domain has no RAM
// there.
int sealed_load_step(struct domain *d) must_check;

// core/restart.c
// The domain stopped with SHUTDOWN_*: true when its policy puts it back, which has begun. No lock
// held.
bool restart_begin(struct domain *d, uint8_t reason);
// For destruction, once the domain is DYING: true while a restart is still in its last step.
bool restart_busy(struct domain *d) must_check;
