// SPDX-License-Identifier: Apache-2.0
// A virtual CPU. `arch` is first: vectors.S saves the guest's registers at its start. Run states
// belong to sched/core.c; `pending` is atomic, everything else is its own CPU's while it runs.
#pragma once
#include <arch/atomic.h>
#include <arm64/state.h>
#include <core/evtchn.h>
#include <core/timer.h>
#include <core/types.h>
#include <sched/sched.h>
#include <xen/vcpu.h>

struct domain;
struct vcpu_info;

enum vcpu_state { VCPU_OFFLINE, VCPU_BLOCKED, VCPU_RUNNABLE, VCPU_RUNNING };

// Why core/exit.c must look at this vCPU before it runs; set with vcpu_raise().
enum vcpu_work {
    VCPU_VGIC, // interrupts wait for list registers
    VCPU_STOP, // its domain stops: deschedule
    VCPU_WORK_COUNT
};

struct vcpu {
    struct arch_vcpu arch; // first member, see above
    struct domain *domain;
    uint32_t id;
    uint32_t pending;   // bits of enum vcpu_work
    uint32_t state;     // enum vcpu_state, under the sched lock of `cpu`
    uint32_t cpu;       // where it runs or last ran
    uint32_t paused;    // pause count; not run while > 0
    bool initialised;   // it has, or had, registers to start with
    bool held;          // paused while the toolstack handles its registers
    bool polling;       // blocked in SCHEDOP_poll
    uint32_t poll_port; // the port when polling a single one, else 0
    struct timer poll_timer;
    struct timer periodic_timer;
    uint64_t periodic_ns;
    struct vcpu_info *info; // where event flags live: in shared_info or registered
    bool info_registered;
    struct pinned info_page; // the page a registered one lies in
    struct evtchn_vcpu evtchn;
    void *runstate_map;          // registered runstate area in EL2, NULL if none
    struct pinned runstate_page; // the page it lies in
    struct vcpu_runstate_info runstate;
    port_t virq_port[NR_VIRQS]; // per-vCPU VIRQs; 0 = unbound (others in evtchn_domain)
    struct sched_vcpu sched;
};

// The vCPU whose context this CPU holds (struct percpu.loaded).
static inline struct vcpu *current_vcpu(void);

// Marks work and, if it runs elsewhere, kicks that CPU; if it sleeps, wakes it for events and vGIC
// work.
void vcpu_raise(struct vcpu *v, enum vcpu_work work);

// sched/core.c
// Makes a blocked vCPU runnable. Any CPU. Takes LOCK_SCHED. Idempotent.
void vcpu_wake(struct vcpu *v);
// Current vCPU gives the CPU away until woken; takes effect in core/exit.c. Not blocked if a
// deliverable interrupt is already there.
void vcpu_block(struct vcpu *v);
// Online (PSCI CPU_ON) / offline (CPU_OFF, shutdown).
void vcpu_online(struct vcpu *v);
void vcpu_offline(struct vcpu *v);
void vcpu_yield(struct vcpu *v);
// Counted: it stops before its next instruction / goes on when the count is 0 again. Any CPU.
void vcpu_pause(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
// Are its registers in memory and nowhere else? For a paused or offline one. False: its CPU has
// been asked to put it down; ask again by a continuation.
bool vcpu_at_rest(struct vcpu *v);

// Scheduling policies, under the pool's lock: where v might run as far as affinity and its
// registers' place go; has it work and is it not paused?
// The place is given up without the lock: one look at it is one word.
static inline uint8_t sched_place(const struct vcpu *v) {
    return load_relaxed(&v->sched.loaded_on);
}
static inline uint32_t sched_mask(uint8_t at) { return at == SCHED_NOWHERE ? ~0U : 1U << at; }
static inline uint32_t sched_may(const struct vcpu *v) {
    return v->sched.hard & sched_mask(sched_place(v));
}
static inline bool sched_can_run(const struct vcpu *v) {
    return (v->state == VCPU_RUNNABLE || v->state == VCPU_RUNNING) && v->paused == 0;
}

#include <core/vcpu_inline.h>
