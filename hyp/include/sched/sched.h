// SPDX-License-Identifier: Apache-2.0
// Scheduler room: sched/core.c (run states, wake, block, pause) and one policy file each behind
// struct sched_ops. A pool is a set of CPUs under one policy
// and one lock, LOCK_SCHED; policies are called with it held and keep what they need in the pool
// and in what every vCPU and domain has for them.
#pragma once
#include <core/lock.h>
#include <core/timer.h>
#include <core/types.h>

struct vcpu;
struct domain;
struct sched_table;
struct timetable;

#define SCHED_NOWHERE 0xff // no CPU
#define SCHED_WEIGHT 256   // of a domain at first
#define NR_POOLS NR_CPUS
#define SCHED_ANY UINT32_MAX // any pool id, any CPU
#define SCHED_MORE 1         // not done yet, ask again

// sched/queue.c: an ordered set (a balanced tree). A node says on which CPUs it may be used, so
// that the first for a CPU is found in O(log n) whatever the affinities are.
struct sched_node {
    struct sched_node *up, *kid[2];
    struct sched_queue *in; // NULL: in none
    int64_t key;            // lowest first, among equals who came first
    uint32_t may, below;    // masks of CPUs: its own, and of it and all below
    uint8_t height;
};
struct sched_queue {
    struct sched_node *root;
};

struct sched_pool {
    spinlock_t lock;             // LOCK_SCHED
    uint64_t now;                // when it was taken, by sched_lock_pool
    const struct sched_ops *ops; // NULL: there is no such pool
    uint32_t id;
    uint32_t cpus;  // mask of its CPUs
    uint32_t idle;  // ... that run nobody
    uint32_t asked; // ... that were asked to choose and have not yet
    uint32_t nr_domains;
    struct vcpu *members;        // all vCPUs of its domains
    struct sched_queue queue;    // policy: those that wait, in its order
    struct sched_queue later;    // rtds: those without budget, by its return
    struct sched_queue spare;    // rtds: ... that take what is left over
    struct vcpu *home[NR_CPUS];  // null: whose CPU it is
    struct timetable *timetable; // arinc653: its own
    int64_t clock;               // fair: virtual time; null, rtds: a count
    struct timer timer;          // the policy's, see sched_ops.tick
    uint64_t armed;              // for when it is set, UINT64_MAX: it is not
    uint32_t ratelimit_us, slice_us, migration_us;
};

// What struct vcpu has for the scheduler. Under the pool's lock.
struct sched_vcpu {
    struct sched_node node;    // in a queue of the policy
    struct vcpu *next_member;  // in pool->members
    uint32_t hard, soft;       // CPUs where it may run, and where it had better
    uint32_t kept;             // `hard` as it was before sched_pin_override, 0: no override
    uint8_t loaded_on;         // the CPU that has its registers, or SCHED_NOWHERE
    bool parked;               // fair: its domain's cap is used up
    uint64_t since;            // accounted up to here
    uint64_t started;          // when it was last put on a CPU
    struct {                   // rtds, ns
        struct sched_node due; // in pool->later
        uint64_t period, budget, left, deadline;
        bool extra;
    } rt;
};

// What struct domain has.
struct sched_domain {
    struct sched_pool *pool;
    bool moving;          // paused on its way to another pool
    uint16_t weight, cap; // cap: percent of one CPU, 0 = none
    int64_t budget;       // fair: ns left of this period
    struct timer refill;
};

struct sched_ops {
    const char *name;                   // as in `sched=`
    uint32_t id;                        // XEN_SCHEDULER_*
    void (*init)(struct sched_pool *p); // NULL, or: a pool of it begins
    // A vCPU comes (not runnable) and goes (at rest, not runnable).
    void (*insert)(struct sched_pool *p, struct vcpu *v);
    void (*remove)(struct sched_pool *p, struct vcpu *v);
    // It has become runnable: find it a CPU (sched_ask) or a place in the queue.
    void (*wake)(struct sched_pool *p, struct vcpu *v);
    // It is not runnable any more; it may be queued, or run still.
    void (*sleep)(struct sched_pool *p, struct vcpu *v);
    // Who runs next on `cpu`; NULL = idle. `now` is in percpu.running, queue it if it gives way.
    // *until: when to ask again (ns), UINT64_MAX = when something changes.
    struct vcpu *(*pick)(struct sched_pool *p, unsigned cpu, uint64_t *until);
    // Affinities of a member have changed, or its registers are in memory now.
    void (*changed)(struct sched_pool *p, struct vcpu *v);
    // NULL, or: a CPU has just come (it is in p->cpus) or is about to go (it is not).
    void (*cpu)(struct sched_pool *p, unsigned cpu);
    // NULL, or: the pool's timer is due.
    void (*tick)(struct sched_pool *p);
    // NULL, or: v, which runs, lets others go first.
    void (*yield)(struct sched_pool *p, struct vcpu *v);
};

extern const struct sched_ops sched_null, sched_credit, sched_credit2, sched_rtds, sched_arinc653;
extern struct sched_pool sched_pools[NR_POOLS], sched_limbo;

// What is in this build (sched/policies.c; static profile: policies_static.c), the default first;
// NULL ends it.
extern const struct sched_ops *const sched_policies[];
// The policy by its name or id; NULL if it is not in this build.
const struct sched_ops *sched_find(const char *name);
const struct sched_ops *sched_find_id(uint32_t id);
// Boot: pool 0 with this policy.
void sched_init(const struct sched_ops *ops);
// Boot, on that CPU, others wait: it joins a pool.
void sched_init_cpu(unsigned cpu, struct sched_pool *p);

// sched/pool.c: the pools. The one with this id; the one with the lowest id from there up. NULL if
// there is none. A pool that holds a domain stays.
struct sched_pool *sched_pool_get(uint32_t id);
struct sched_pool *sched_pool_next(uint32_t id);
// A pool without CPUs; *id: the one asked for, or SCHED_ANY and then the one it got. -EEXIST,
// -ENOMEM: NR_POOLS are there.
int sched_pool_create(uint32_t *id, const struct sched_ops *ops) must_check;
// -ENOENT, -EBUSY: it has CPUs or domains.
int sched_pool_destroy(uint32_t id) must_check;
// CPU *cpu, or any, leaves its pool for none, or the other way round; its vCPUs go on elsewhere,
// one that must run here alone may run anywhere then. SCHED_MORE: under way, ask sched_cpu_moved.
// -ENOENT: no such pool, -EADDRNOTAVAIL: it has no such CPU, -ENODEV: that is not free; -EBUSY: it
// is the last one of a pool with domains, or on its way elsewhere; -EINVAL: it is the last one of
// pool 0, or none of the machine's.
int sched_pool_remove_cpu(uint32_t id, uint32_t *cpu) must_check;
int sched_pool_add_cpu(uint32_t id, uint32_t *cpu) must_check;
bool sched_cpu_moved(unsigned cpu);
// CPUs that are in no pool.
uint32_t sched_free_cpus(void);
// d goes on in another pool, anywhere there, with that policy's defaults. SCHED_MORE: it is brought
// to rest, call again. -ENOENT: no such pool, or without CPUs; -EINVAL: d is dying.
int sched_domain_move(struct domain *d, uint32_t id) must_check;
// This CPU, with nobody loaded, enters the pool that wants it.
void sched_join(void);

// Its part of a domain's creation, before the vCPUs are inserted; and of its end.
// -ESRCH: no such pool; -ENODEV: it has no CPU.
int sched_domain_create(struct domain *d, uint32_t pool) must_check;
void sched_domain_destroy(struct domain *d);
void sched_vcpu_insert(struct vcpu *v);
void sched_vcpu_remove(struct vcpu *v);

// Takes p->lock and reads the clock, once for all that follows.
void sched_lock_pool(struct sched_pool *p) ACQUIRE(&p->lock);
// A domain's pool, locked, however often the domain moves meanwhile.
struct sched_pool *sched_lock(struct domain *d);
void sched_unlock(struct sched_pool *p);
// sched/pool.c: with the pool's lock.
void sched_enter(struct sched_pool *p, struct vcpu *v);
void sched_leave(struct sched_pool *p, struct vcpu *v);
// Policies: arms the pool's timer, unless it is due earlier.
void sched_arm(struct sched_pool *p, uint64_t deadline);
// Policies: may v run on `cpu` as far as affinity and its registers' place go?
bool sched_usable(const struct vcpu *v, unsigned cpu);
// Policies: has a CPU been given to v, whatever its state is since?
bool sched_runs(const struct vcpu *v);
// Policies: `cpu` shall choose again.
void sched_ask(struct sched_pool *p, unsigned cpu);
// Policies: this CPU, where one has run alone, chooses again at `until`.
void sched_slice(uint64_t until);

// For how long v has run, ns. Takes LOCK_SCHED.
uint64_t sched_run_time(struct vcpu *v);
// For how long vCPUs have run on `cpu`. Takes LOCK_SCHED.
uint64_t sched_busy_ns(unsigned cpu);
// Exit room only: decides who runs on this CPU now and updates run states. NULL = idle; then
// *put_down says that the vCPU that is loaded cannot stay.
struct vcpu *sched_pick(bool *put_down);
// Exit room only: v's registers, last in this CPU, are in memory now.
void sched_put_down(struct vcpu *v);

// Where v may run and had better run; -EINVAL when no CPU of its pool is in `hard`, -EBUSY while it
// is overridden.
int sched_set_affinity(struct vcpu *v, const uint32_t *hard, const uint32_t *soft) must_check;
// SCHEDOP_pin_override: v must run on `cpu`, a negative one ends that. -EINVAL: not of its pool, or
// there is nothing to end; -EBUSY: it is so already.
int sched_pin_override(struct vcpu *v, int32_t cpu) must_check;
// The runstate area that v's guest reads, NULL for none.
void sched_set_runstate_map(struct vcpu *v, void *map);

// Ordered sets, with the pool's lock. The first one whose mask meets `cpus`, or NULL. key and may
// are set before it is put in; to change them take it out, but for may: queue_allow.
void queue_put(struct sched_queue *q, struct sched_node *n);
void queue_take(struct sched_node *n);
void queue_allow(struct sched_node *n, uint32_t may);
struct sched_node *queue_first_of_many(struct sched_node *n, uint32_t cpus);
static inline struct sched_node *queue_first(const struct sched_queue *q, uint32_t cpus) {
    struct sched_node *n = q->root;
    if (!n || !(n->below & cpus))
        return NULL;
    return likely(n->height == 1) ? n : queue_first_of_many(n, cpus);
}
struct vcpu *queue_first_vcpu(const struct sched_queue *q, uint32_t cpus);
// Some CPU shall run v, which waits: where it was, an idle one (soft affinity first), or the one
// whose vCPU is last by the policy's key, as it is now, if that is beyond `mine`. If it is not, and
// that vCPU (its key: `last`) has run alone, with no end: `crowd` (NULL: it never is so) is told.
typedef int64_t sched_key_fn(const struct vcpu *v, uint64_t now);
typedef void sched_crowd_fn(struct sched_pool *p, unsigned cpu, struct vcpu *v, int64_t last);
void sched_find_cpu(struct sched_pool *p, struct vcpu *v, sched_key_fn *key, int64_t mine,
                    sched_crowd_fn *crowd);
// `cpu` has chosen, maybe not the one it was asked to: if one still waits whom an idle CPU could
// take, that one is asked.
void sched_hand_on(struct sched_pool *p, const struct sched_queue *q, unsigned cpu);

// credit, credit2: weight 1 to 65535, cap in percent of one CPU, 0 none. Take LOCK_SCHED.
void sched_fair_set(struct domain *d, uint16_t weight, uint16_t cap);
// sched/fair.c: what the two policies are made of.
void fair_insert(struct sched_pool *p, struct vcpu *v);
void fair_remove(struct sched_pool *p, struct vcpu *v);
void fair_wake(struct sched_pool *p, struct vcpu *v);
void fair_sleep(struct sched_pool *p, struct vcpu *v);
void fair_changed(struct sched_pool *p, struct vcpu *v);
void fair_yield(struct sched_pool *p, struct vcpu *v);
struct vcpu *fair_pick(struct sched_pool *p, unsigned cpu, uint64_t *until);

// rtds: in ns, 0 < budget <= period; from the next period on. Take LOCK_SCHED.
void sched_rtds_set(struct vcpu *v, uint64_t period, uint64_t budget, bool extra);
void sched_rtds_get(struct vcpu *v, uint64_t *period, uint64_t *budget, bool *extra);

// arinc653: windows of a frame, ordered by CPU, then by start; ns from the frame's start.
#define ARINC_WINDOWS 64
struct sched_window {
    uint64_t start, end;
    struct vcpu *vcpu; // resolved by the policy, NULL while there is none
    uint8_t handle[16];
    uint32_t vcpu_id, cpu;
};
struct sched_table {
    uint64_t frame;
    uint32_t nr;
    struct sched_window window[ARINC_WINDOWS];
};
// It takes effect when the frame that runs is over. -EINVAL: a window is empty, overlaps another of
// its CPU or of its vCPU, ends after the frame, or is on a CPU that the pool has not.
int sched_arinc_set(struct sched_pool *p, struct sched_table *t) must_check;
// The one that is in effect or waits for the end of the frame.
void sched_arinc_get(struct sched_pool *p, struct sched_table *t);
void sched_dump(void);
