// SPDX-License-Identifier: Apache-2.0
// Ports of ARINC 653 part 1 over shared memory, one writer and one reader each: a sampling port
// keeps the last message, a queuing port all, in order. Zeroed memory is an empty port.
#pragma once

#include "rt.h"

#define COMMANDS 50U
#define QUEUE 8U

struct sampling {
    uint64_t turn; // odd while it is written
    uint64_t value, check;
};

static inline void sampling_write(struct sampling *p, uint64_t value) {
    uint64_t turn = p->turn;
    __atomic_store_n(&p->turn, turn + 1U, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&p->value, value, __ATOMIC_RELAXED);
    __atomic_store_n(&p->check, ~value, __ATOMIC_RELAXED);
    __atomic_store_n(&p->turn, turn + 2U, __ATOMIC_RELEASE);
}

/** A message that is whole; false: none yet, or it is being written. */
static inline bool sampling_read(struct sampling *p, uint64_t *value, uint64_t *check) {
    uint64_t turn = __atomic_load_n(&p->turn, __ATOMIC_ACQUIRE);
    *value = __atomic_load_n(&p->value, __ATOMIC_RELAXED);
    *check = __atomic_load_n(&p->check, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return turn != 0 && (turn & 1U) == 0 && __atomic_load_n(&p->turn, __ATOMIC_RELAXED) == turn;
}

struct queuing {
    uint64_t sent, taken; // messages so far, of the writer and of the reader
    uint64_t slot[QUEUE];
};

/** False: it is full. */
static inline bool queuing_send(struct queuing *q, uint64_t message) {
    uint64_t sent = q->sent;
    if (sent - __atomic_load_n(&q->taken, __ATOMIC_ACQUIRE) >= QUEUE) {
        return false;
    }
    q->slot[sent % QUEUE] = message;
    __atomic_store_n(&q->sent, sent + 1U, __ATOMIC_RELEASE);
    return true;
}

/** False: it is empty. */
static inline bool queuing_receive(struct queuing *q, uint64_t *message) {
    uint64_t taken = q->taken;
    if (__atomic_load_n(&q->sent, __ATOMIC_ACQUIRE) == taken) {
        return false;
    }
    *message = q->slot[taken % QUEUE];
    __atomic_store_n(&q->taken, taken + 1U, __ATOMIC_RELEASE);
    return true;
}

/** A port by the name of its link. */
static inline void *port(const char *link) {
    const struct rt_shared *m = rt_shared_memory(link);
    return m != NULL ? (void *)(uintptr_t)m->address : NULL;
}
