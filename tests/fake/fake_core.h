// SPDX-License-Identifier: Apache-2.0
// Two domains for tests of the hypercall room: the control domain d0 (direct-mapped, 4 vCPUs) and
// d1 (2 vCPUs). Locks, page states and everything under test are the real files; maps, pools, the
// scheduler and the vGIC are recorded. Guest memory is fake_guest.c's.
#pragma once
#include <core/domain.h>

#define FAKE_FRAMES 256
#define FAKE_FIRST 0x100ULL    // d0: frames FIRST .. FIRST+127, gfn == mfn
#define FAKE_D1_FIRST 0x180ULL // d1: the rest but 32 free ones, at gfn FAKE_D1_GFN
#define FAKE_D1_GFN 0x1000ULL
#define FAKE_OWNED 112      // frames each domain owns
#define FAKE_DEVICE 0x50ULL // d0: device registers mapped 1:1
#define FAKE_IRQ 50u

extern struct domain *fake_d0, *fake_d1;
extern struct vcpu *fake_current;
extern uint64_t fake_now;
extern struct {
    unsigned shutdowns, retries, upcalls, yields, wakes, guest_lines;
    uint8_t reason;
    char console[4096];
    size_t console_len, console_room;
    const char *input;
} fake_did;

// The n-th call from now fails (1 = the next), 0 = none.
extern unsigned fake_fail_pool, fake_fail_map, fake_fail_unmap, fake_fail_pin;
extern int fake_pool_pages; // out now
extern int fake_pins;       // pinned maps now

// fake_control.c
extern struct fake_control {
    unsigned not_at_rest; // times that a vCPU says so
    unsigned vuart_news;
    const struct domain *irq_owner; // of FAKE_IRQ, the one that guests may have
    uint64_t log_len, forgotten;
    char keys[64];              // that were pressed
    struct domain_config asked; // of domain_create
    struct domain *made;        // its answer, NULL: no memory
    bool pmu;                   // guests may have performance monitors
} fake_control;
// The policy of the one pool.
void fake_policy(uint32_t id);
void fake_control_reset(void);

void fake_core_reset(void);
void fake_core_teardown(void); // destroys events and grants of both; then counts must be back
// Lets go of what the domain maps of others, as its destruction would.
void fake_unmap_foreign(struct domain *d);
uint8_t *fake_frame(uint64_t mfn);
// One hypercall to its end through the real dispatcher, continuations included.
int64_t fake_hypercall(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2);
// Its steps, one a call; true when it is finished (*ret).
void fake_hypercall_start(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2);
bool fake_hypercall_step(struct vcpu *v, int64_t *ret);
// What the exit room would do with a pending upcall.
void fake_exit(struct vcpu *v);

// Grace periods (quiesce_begin): of these CPUs, each of which calls fake_exit_room now and then.
extern struct percpu *fake_cpus;
extern unsigned fake_nr_cpus;
void fake_exit_room(void);
