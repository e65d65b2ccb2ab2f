// SPDX-License-Identifier: Apache-2.0
// Ticket spinlocks and the run-time check of the lock order (debug builds and host tests). Fair:
// the wait is bounded by the holders' own bounds. EL2 runs with interrupts masked throughout.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <core/lock.h>
#include <core/log.h>
#include <core/percpu.h>

#ifdef NDEBUG
void spin_wait(spinlock_t *l, uint16_t ticket) {
    while (load_acquire(&l->owner) != ticket)
        cpu_relax();
}

void spin_lock(spinlock_t *l) NO_THREAD_SAFETY { spin_lock_here(l); }
void spin_lock_nested(spinlock_t *l) NO_THREAD_SAFETY { spin_lock_here(l); }
void spin_unlock(spinlock_t *l) NO_THREAD_SAFETY { spin_unlock_here(l); }
#else
static void check_order(const spinlock_t *l, bool nested) {
    struct percpu *c = this_cpu();
    uint8_t top = c->held_count ? c->held_rank[c->held_count - 1] : 0;
    if (l->rank < top || (l->rank == top && !nested))
        panic("lock rank %u taken above rank %u", l->rank, top);
    CHECK(c->held_count < ARRAY_SIZE(c->held_rank));
    c->held_rank[c->held_count++] = l->rank;
}

static void note_release(const spinlock_t *l) {
    struct percpu *c = this_cpu();
    for (uint8_t i = c->held_count; i-- > 0;) {
        if (c->held_rank[i] != l->rank)
            continue;
        for (uint8_t j = i; j + 1 < c->held_count; j++)
            c->held_rank[j] = c->held_rank[j + 1];
        c->held_count--;
        return;
    }
    panic("lock rank %u released but not held", l->rank);
}

void lock_check_none(void) {
    if (this_cpu()->held_count)
        panic("a lock of rank %u is still held", this_cpu()->held_rank[0]);
}

static void acquire(spinlock_t *l) {
    uint16_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
    while (load_acquire(&l->owner) != ticket)
        cpu_relax();
}

void spin_lock(spinlock_t *l) NO_THREAD_SAFETY {
    check_order(l, false);
    acquire(l);
}

void spin_lock_nested(spinlock_t *l) NO_THREAD_SAFETY {
    check_order(l, true);
    acquire(l);
}

void spin_unlock(spinlock_t *l) NO_THREAD_SAFETY {
    note_release(l);
    store_release(&l->owner, (uint16_t)(l->owner + 1));
}
#endif

bool spin_is_locked(const spinlock_t *l) {
    return load_relaxed(&l->owner) != load_relaxed(&l->next);
}
