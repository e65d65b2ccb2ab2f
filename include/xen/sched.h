// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: sched_op(cmd, arg). Data and numbers only, nothing to
// call.
#pragma once

#include "event_channel.h"

#define SCHEDOP_yield 0U
#define SCHEDOP_block 1U
#define SCHEDOP_shutdown 2U
#define SCHEDOP_poll 3U
#define SCHEDOP_remote_shutdown 4U
#define SCHEDOP_shutdown_code 5U
#define SCHEDOP_watchdog 6U
#define SCHEDOP_pin_override 7U

#define SHUTDOWN_poweroff 0U
#define SHUTDOWN_reboot 1U
#define SHUTDOWN_suspend 2U
#define SHUTDOWN_crash 3U
#define SHUTDOWN_watchdog 4U
#define SHUTDOWN_soft_reset 5U
#define SHUTDOWN_MAX 5U

/** shutdown, shutdown_code. */
struct sched_shutdown {
    uint32_t reason; // SHUTDOWN_*
};
XEN_ABI_SIZE(struct sched_shutdown, 4);

/** poll: sleep until a port is pending. */
struct sched_poll {
    xen_guest_handle_t ports; // evtchn_port_t
    uint32_t nr_ports;
    uint32_t _pad0;
    uint64_t timeout; // system time in ns, 0: none
};
XEN_ABI_SIZE(struct sched_poll, 24);
XEN_ABI_OFFSET(struct sched_poll, timeout, 16);

/** remote_shutdown. */
struct sched_remote_shutdown {
    domid_t domain_id;
    uint16_t _pad0;
    uint32_t reason; // SHUTDOWN_*
};
XEN_ABI_SIZE(struct sched_remote_shutdown, 8);
XEN_ABI_OFFSET(struct sched_remote_shutdown, reason, 4);

/** watchdog: id 0 asks for a new one, which is the result. */
struct sched_watchdog {
    uint32_t id;
    uint32_t timeout; // s, 0: disarm
};
XEN_ABI_SIZE(struct sched_watchdog, 8);
XEN_ABI_OFFSET(struct sched_watchdog, timeout, 4);

/** pin_override: negative ends it. */
struct sched_pin_override {
    int32_t pcpu;
};
XEN_ABI_SIZE(struct sched_pin_override, 4);
