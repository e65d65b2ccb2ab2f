// SPDX-License-Identifier: Apache-2.0
// A domain: its vCPUs, memory map, event channels, grants. Created and destroyed as a table of
// parts with rollback (core/domain.c). `lock` (LOCK_DOMAIN) guards the life cycle.
#pragma once
#include <arm64/state.h>
#include <core/evtchn.h>
#include <core/grant.h>
#include <core/lock.h>
#include <core/p2m.h>
#include <core/quota.h>
#include <core/sealed.h>
#include <core/vcpu.h>
#include <xen/hvm_params.h>
#include <xen/xen.h>

#define DOMAIN_WATCHDOGS 2
#define DOMAIN_IO_RANGES 8

enum domain_life {
    DOMAIN_ALIVE,
    DOMAIN_DYING, // destroydomain has begun: what it holds is given back step by step
    DOMAIN_DEAD,  // holds nothing; its frames may still be held by others
};

// Token bucket for what a guest makes us print (R23): lines, refilled 1 a second.
struct log_bucket {
    uint64_t last_ns;
    uint32_t tokens;
    uint32_t dropped;
};

// Frames taken for an extent of memory_op, scrubbed and given to the domain over several steps.
struct page_fill {
    struct page *block; // NULL: none
    uint8_t order;
    uint32_t done; // frames scrubbed and given
};

// Frames of device registers, [first, end).
struct io_range {
    uint64_t first, end;
};

struct domain {
    domid_t id;
    uint8_t life;            // enum domain_life
    uint8_t dying_step;      // of destruction, core/domain_death.c
    bool in_step;            // a CPU is in a step of destruction
    bool shut;               // it asked to stop, or was stopped
    uint8_t shutdown_reason; // SHUTDOWN_* once `shut`
    uint32_t pause_count;    // by the control domain; it runs while this is 0
    bool begun;              // it has been let run once: what it is made of is fixed
    bool privileged;         // Dom0: the control and hardware domain
    bool xs_domain;          // runs the store for others
    bool direct_mapped;      // gfn == mfn for its RAM
    uint32_t nr_vcpus;       // vcpu[0 .. nr_vcpus-1] exist, not NULL
    struct vcpu *vcpu[MAX_VCPUS];
    struct arch_domain arch; // near: looked at by most traps
    struct sched_domain sched;
    spinlock_t lock;
    uint64_t tot_pages; // RAM frames owned, by others' references too; atomic
    uint64_t max_pages; // the most it may own
    uint64_t claimed;   // frames set aside for it, under LOCK_FRAME (core/page.c)
    struct page_fill fill;
    struct p2m p2m;
    struct quota quota;    // its memory at EL2, this struct included
    uint32_t paging_pages; // what the toolstack set aside for its map
    uint32_t epoch;        // when it was taken out of the table (core/domain_death.c)
    struct evtchn_domain evtchn;
    struct grant_table grant;
    struct shared_info *shared_info; // PAGE_SHARED, EL2-mapped
    // What the toolstack has noted down (hypercall/domctl_state.c).
    uint8_t handle[16];         // UUID
    uint32_t target;            // domid + 1 of whom it may act on, 0: nobody
    port_t suspend_port;        // its own, told of SHUTDOWN_suspend; 0: none
    struct pinned monitor_ring; // vm_event_op's, and its port
    port_t monitor_port;
    struct vnuma *vnuma;                     // hypercall/vnuma.c; NULL: none was ever given
    bool debugged;                           // reported back, nothing else
    int64_t time_offset_s;                   // of its wall clock
    struct timer watchdog[DOMAIN_WATCHDOGS]; // SCHEDOP_watchdog's, used while fn is set
    struct io_range io[DOMAIN_IO_RANGES]; // device frames it may have mapped; empty ones are unused
    uint64_t hvm_param[HVM_NR_PARAMS];
    uint32_t vm_assist;
    struct log_bucket bucket;
    struct sealed sealed; // of a static domain
};

struct domain_config {
    domid_t id; // DOMID_INVALID: any that is free
    bool privileged, direct_mapped;
    uint32_t nr_vcpus, nr_spis;
    uint32_t cpupool;
    uint64_t max_pages;
    uint32_t quota_pages;                           // at EL2, besides the objects
    uint32_t max_evtchn_port;                       // UINT32_MAX: the default
    uint32_t max_grant_frames, max_maptrack_frames; // UINT32_MAX: the default
    bool xs_domain;                                 // runs the store for others
    bool vpmu;                                      // has performance monitors
    uint8_t handle[16];
};

// Dom0; NULL before it is built.
extern struct domain *dom0;

// Creates all parts, paused once, vCPUs offline; on failure nothing is left. *out only on success.
// -EEXIST: the id is in use; -ENOMEM; -ENFILE: MAX_DOMAINS are there.
int domain_create(const struct domain_config *cfg, struct domain **out) must_check;
// The domain with this id (DOMID_SELF is the caller's to resolve), NULL if none; a dying domain is
// still found. The pointer is good until this CPU next passes the exit room: memory is given back
// only after that.
struct domain *domain_get(domid_t id);
// The one with the lowest id >= `from`, NULL after the last: for lists in ascending order.
struct domain *domain_next(uint32_t from);
// DOMID_SELF or the current domain's own id -> current; another id -> that domain, if any.
struct domain *domain_resolve(struct vcpu *v, domid_t id);
// vCPU `id` or NULL; the only way to index d->vcpu by a guest's number (R5).
struct vcpu *domain_vcpu(struct domain *d, uint32_t id);

// By the control domain, counted: its vCPUs stop before their next instruction; -EINVAL when it is
// not paused. Take LOCK_DOMAIN.
void domain_pause(struct domain *d);
int domain_unpause(struct domain *d) must_check;
// Are all its vCPUs' registers in memory, for good while it is paused? False: asked for; again
// later.
bool domain_at_rest(struct domain *d);
// The guest asked to stop (SHUTDOWN_*): all vCPUs stop; for Dom0 the machine reboots or powers off.
void domain_shutdown(struct domain *d, uint8_t reason);
// The first half of it: true when it was not shut before. Nothing else happens.
bool domain_stop(struct domain *d, uint8_t reason);
// The machine goes down, for a reason SHUTDOWN_* of `who`: power off, or reboot (`noreboot`: halt).
noreturn void machine_down(const char *who, uint8_t reason);
// Back from SHUTDOWN_suspend and the like: it runs on where it stopped.
void domain_resume(struct domain *d);
// A guest did what ends only itself: logs `why`, then shutdown(SHUTDOWN_crash).
void domain_crash(struct domain *d, const char *why);

// core/domain_death.c
// One bounded step of destruction; true when all is given back that is not held by others. The
// first one is the point of no return. Not for Dom0.
bool domain_destroy_step(struct domain *d) must_check;
// A frame of `d` went back, or was let go of by somebody else: if `d` is dead and that was the
// last, it is reaped from the exit room. Any lock may be held.
void domain_maybe_gone(struct domain *d);
// Exit room only: takes gone domains out of the table and, when every CPU has
// passed the exit room since, frees their memory, one block a call. Takes LOCK_DOMAIN_LIST.
void domain_reap(void);
// What a vCPU had registered is not written any more; its pages are let go of. It is at rest.
void domain_release_areas(struct vcpu *v);
// Its vCPUs leave the scheduler, their timers are off. They are at rest.
void domain_vcpus_remove(struct domain *d);

// A zeroed page of the domain's quota, NULL when it is used up; and back. Take LOCK_QUOTA.
void *domain_page_get(struct domain *d) must_check;
void domain_page_put(struct domain *d, void *page);
