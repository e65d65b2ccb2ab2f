// SPDX-License-Identifier: Apache-2.0
// The exit room as its callers see it: the check that every trap ends with is inline, the work is
// not.
#pragma once
#include <arch/atomic.h>
#include <arch/cpu.h>
#include <core/percpu.h>
#include <core/vcpu.h>

// Does what is pending and chooses who runs; see exit_to_guest.
struct vcpu *exit_slow(struct percpu *c, struct vcpu *v);
// The end of every trap: softirq work, scheduler, virtual-interrupt sync; returns the vCPU to run,
// loaded.
static inline struct vcpu *exit_to_guest(struct vcpu *v) {
    struct percpu *c = this_cpu();
    if (likely(!(peek_word(&c->pending) | peek_word(&v->pending))))
        return v;
    return exit_slow(c, v);
}
// The boot CPU's and every secondary's last step: schedules for the first time, never returns.
noreturn void exit_enter_first(void);
