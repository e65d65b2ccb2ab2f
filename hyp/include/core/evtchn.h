// SPDX-License-Identifier: Apache-2.0
// Event channels: ports of a domain, the two-level and the FIFO delivery ABI (xen/event_channel.h).
// Ports live in buckets of one page each out of the domain's quota; a bucket is published last
// (R14) and stays. Owns LOCK_EVTCHN: a domain's `lock` guards its ports (two domains: by ascending
// domid), its `fifo_lock`, taken inside any `lock`, the FIFO queues. Senders take no lock: what
// they may still look at is given back after a grace period (quiesce_begin).
#pragma once
#include <core/addr.h>
#include <core/lock.h>
#include <core/pin.h>
#include <core/types.h>
#include <lib/bitmap.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

struct domain;
struct vcpu;

enum evtchn_state {
    EVTCHN_FREE,
    EVTCHN_RESERVED,
    EVTCHN_UNBOUND,
    EVTCHN_INTERDOMAIN,
    EVTCHN_VIRQ,
    EVTCHN_IPI,
};

struct evtchn { // 32 bytes
    // What a sender needs, in one word, so that it can read it without a lock. Written under the
    // domain's lock, whole (evtchn_link).
    union {
        struct {
            uint8_t state;        // enum evtchn_state
            uint8_t vcpu;         // notified vCPU
            domid_t remote_domid; // unbound: who may bind; interdomain: the peer
            port_t remote_port;
        };
        uint64_t link;
    };
    uint8_t virq;                     // VIRQ_*
    uint8_t priority;                 // FIFO: 0 highest .. 15
    uint8_t last_vcpu, last_priority; // FIFO: the queue it was last linked on
    bool pending;                     // FIFO: sent before its page of event words existed
    uint16_t port;                    // its own number
    struct domain *domain;            // whose it is; both never change
    struct evtchn *far;               // interdomain: the other end, else NULL
};
_Static_assert(sizeof(struct evtchn) == 32, "128 ports a page");

static inline uint64_t evtchn_link(enum evtchn_state state, uint32_t vcpu, domid_t domid,
                                   port_t port) {
    return state | vcpu << 8 | (uint32_t)domid << 16 | (uint64_t)port << 32;
}

#define EVTCHN_FOR_HYP 0xff // as the notified vCPU
#define EVTCHN_PER_BUCKET 128
#define EVTCHN_MAX_PORTS 4096 // per domain: bounds quota and reset
#define EVTCHN_BUCKETS (EVTCHN_MAX_PORTS / EVTCHN_PER_BUCKET)
#define EVTCHN_FIFO_WORDS_PER_PAGE 1024
#define EVTCHN_FIFO_PAGES (EVTCHN_MAX_PORTS / EVTCHN_FIFO_WORDS_PER_PAGE)
#define EVTCHN_STEP 32      // ports closed or swept per invocation (R11)
#define EVTCHN_POLL_MAX 128 // ports of one SCHEDOP_poll

struct evtchn_domain {
    spinlock_t lock;
    spinlock_t fifo_lock;
    uint32_t fifo;      // ABI in use: 0 two-level, 1 FIFO
    bool missed;        // an event waits for a control block or event page
    bool leaving;       // reset: the event words are given back when `epoch` is through
    bool closed;        // death: nobody sends here when `epoch` is through
    uint32_t epoch;     // quiesce_begin
    uint32_t poll_mask; // vCPUs asleep in SCHEDOP_poll
    uint32_t max_port;  // highest usable port
    uint64_t used[BITMAP_WORDS(EVTCHN_MAX_PORTS)]; // ports that are not free
    struct evtchn *bucket[EVTCHN_BUCKETS];         // release-stored when ready
    port_t virq_port[NR_VIRQS];                    // global VIRQs
    uint32_t *fifo_array[EVTCHN_FIFO_PAGES];       // release-stored when ready
    struct pinned fifo_page[EVTCHN_FIFO_PAGES];
    uint32_t fifo_pages;
};

struct evtchn_vcpu {
    struct evtchn_fifo_control_block *control; // release-stored when ready
    struct pinned control_page;
    port_t tail[EVTCHN_FIFO_MAX_QUEUES]; // FIFO queue tails
    uint32_t sweep_next; // continuation of init_control and expand_array: next port to look at
};

// Its part of domain creation (core/domain.c): 0 or -ENOMEM.
int evtchn_create(struct domain *d) must_check;
// The highest usable port from now on; UINT32_MAX: as many as there can be. Before the first.
void evtchn_set_limit(struct domain *d, uint32_t max_port);

// The port's entry, NULL beyond max_port or where no bucket is; state may be EVTCHN_FREE (R5).
struct evtchn *evtchn_get(struct domain *d, port_t port);

// What the EVTCHNOPs do, XSM asked for already. 0 or -E as the ABI has it; takes LOCK_EVTCHN.
int evtchn_alloc_unbound(struct domain *d, domid_t remote, port_t *port) must_check;
// A port of `d` for EL2 itself: what the peer sends goes to vuart_notified. The domain cannot use
// it.
int evtchn_alloc_for_hyp(struct domain *d, domid_t remote, port_t *port) must_check;
int evtchn_bind_interdomain(struct domain *local, struct domain *remote, port_t remote_port,
                            port_t *port) must_check;
// Both ends at ports < EVTCHN_MAX_PORTS that are free, or unbound and meant for the other. -EBUSY.
int evtchn_bind_static(struct domain *a, port_t port_a, struct domain *b, port_t port_b) must_check;
int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu, port_t *port) must_check;
int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, port_t *port) must_check;
int evtchn_close(struct domain *d, port_t port) must_check;
int64_t evtchn_send(struct domain *d, port_t port) must_check;
// Fills status, vcpu and u of a zeroed struct.
int evtchn_status(struct domain *d, struct evtchn_status *s) must_check;
int evtchn_bind_vcpu(struct domain *d, port_t port, uint32_t vcpu) must_check;
int evtchn_unmask(struct domain *d, port_t port) must_check;
int evtchn_set_priority(struct domain *d, port_t port, uint32_t priority) must_check;
// Closes at most EVTCHN_STEP ports; true: call again. Without ports left: back to two-level.
bool evtchn_reset_step(struct domain *d) must_check;

// One step of destruction: ports close, the other ends stay unbound; true: all have, and no sender
// looks at anything of this domain any more.
bool evtchn_relinquish_step(struct domain *d) must_check;

// core/evtchn_fifo.c: control block of a vCPU (the first switches the domain to FIFO), event words.
int evtchn_fifo_init_control(struct domain *d, uint32_t vcpu, gfn_t gfn,
                             uint32_t offset) must_check;
int evtchn_fifo_expand(struct domain *d, gfn_t gfn) must_check;
// Queues events that had to wait for one of the two; EVTCHN_STEP ports a call, progress in the
// calling vCPU `v`; true: more are left.
bool evtchn_fifo_sweep(struct vcpu *v) must_check;

// SCHEDOP_poll: puts the current vCPU to sleep until one of `n` <= EVTCHN_POLL_MAX ports is
// pending, an upcall is due or `timeout` (system time in ns, 0 = none) has passed. -EINVAL for a
// port that is none.
int evtchn_poll(struct vcpu *v, const port_t *ports, uint32_t n, uint64_t timeout) must_check;

// A VIRQ for `v` (per-vCPU ones) or its domain (global ones). Any CPU. Takes LOCK_EVTCHN.
void evtchn_raise_virq(struct vcpu *v, uint32_t virq);
// `d` is the default handler.
void evtchn_raise_global_virq(struct domain *d, uint32_t virq);
// Names who gets a global VIRQ from now on; -EINVAL if it is none.
int evtchn_set_virq_handler(struct domain *d, uint32_t virq) must_check;
// Has the vCPU a pending upcall? For block and poll.
bool evtchn_upcall_pending(struct vcpu *v);
// The vCPU registered its vcpu_info (v->info is the new one): pending events are shown to it there.
void evtchn_vcpu_info_changed(struct vcpu *v);
void evtchn_dump(struct domain *d);
