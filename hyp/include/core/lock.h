// SPDX-License-Identifier: Apache-2.0
// Ticket spinlocks with a rank each. A lock may be taken only while every held lock has a lower
// rank (equal ranks: by ascending object id, declared with spin_lock_nested). Debug builds and host
// tests check this at run time. EL2 runs with interrupts masked, so a lock never needs to mask
// them.
#pragma once
#include <arch/atomic.h>
#include <core/types.h>

// The one lock order of the hypervisor, outermost first.
enum lock_rank {
    LOCK_DOMAIN_LIST = 1, // core/domain.c: the table of domains
    LOCK_DOMAIN,          // struct domain: life cycle, page list, hypercall-wide state
    LOCK_GRANT,           // a domain's grant table
    LOCK_EVTCHN,          // a domain's event channels (two domains: by domid)
    LOCK_VUART,           // a domain's emulated UART
    LOCK_IRQ,             // core/irq.c: whose an SPI is
    LOCK_P2M,             // a domain's stage-2 tables and their pool
    LOCK_QUOTA,           // a domain's memory at EL2
    LOCK_TRACE,           // core/trace.c: what is traced
    LOCK_FRAME,           // core/page.c: free lists
    LOCK_POOLS,           // sched/pool.c: which pools there are, which CPU is to be whose
    LOCK_SCHED,           // one per pool (two pools: by their place in the table)
    LOCK_VGIC_SPI,        // a domain's SPI routes
    LOCK_VGIC,            // a vCPU's interrupts (two vCPUs: by vcpu id)
    LOCK_GIC,             // drivers/gic*: distributor read-modify-writes
    LOCK_TIMER,           // core/timer.c: one per CPU
    LOCK_MAP,             // arch: EL2's own stage-1 tables
    LOCK_CONSOLE,         // core/console.c: innermost, so that anything may log
};

#if defined(__clang__)
#define THREAD_ATTR(x) __attribute__((x))
#else
#define THREAD_ATTR(x)
#endif
#define CAPABILITY THREAD_ATTR(capability("lock"))
#define REQUIRES(...) THREAD_ATTR(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) THREAD_ATTR(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) THREAD_ATTR(acquire_capability(__VA_ARGS__))
#define RELEASE(...) THREAD_ATTR(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY THREAD_ATTR(no_thread_safety_analysis)

typedef struct CAPABILITY spinlock {
    union {
        struct {
            uint16_t owner; // ticket being served
            uint16_t next;  // ticket to hand out
        };
        uint32_t tickets;
    };
    uint8_t rank; // enum lock_rank
    uint8_t pad[3];
} spinlock_t;

#define SPINLOCK_INIT(r) ((spinlock_t){.rank = (uint8_t)(r)})

static inline void spin_lock_init(spinlock_t *l, enum lock_rank rank) { *l = SPINLOCK_INIT(rank); }

// Takes/releases the lock; fair; bounded by the holders' own bounds. Not from a panic.
void spin_lock(spinlock_t *l) ACQUIRE(l);
void spin_unlock(spinlock_t *l) RELEASE(l);
// The second lock of the same rank; the caller guarantees the ascending order of ids.
void spin_lock_nested(spinlock_t *l) ACQUIRE(l);
// Debug aid and executable documentation: is it held by someone?
bool spin_is_locked(const spinlock_t *l);
// Debug builds: no lock may be held here (end of every hypercall, R7). No-op in release.
#ifdef NDEBUG
static inline void lock_check_none(void) {}
void spin_wait(spinlock_t *l, uint16_t ticket);
// In place, where a switch or a wake-up takes it.
static inline void spin_lock_here(spinlock_t *l) ACQUIRE(l) NO_THREAD_SAFETY {
    uint32_t was = __atomic_fetch_add(&l->tickets, 1U << 16, __ATOMIC_ACQUIRE);
    if (unlikely((uint16_t)was != was >> 16))
        spin_wait(l, (uint16_t)(was >> 16));
}
static inline void spin_unlock_here(spinlock_t *l) RELEASE(l) NO_THREAD_SAFETY {
    store_release(&l->owner, (uint16_t)(l->owner + 1));
}
#else
void lock_check_none(void);
#define spin_lock_here spin_lock
#define spin_unlock_here spin_unlock
#endif
