// SPDX-License-Identifier: Apache-2.0
// Those who wait, in order: a height-balanced tree in which each node knows the CPUs that anyone
// below it may use. All is under the pool's lock. Worst case: O(log n) for each operation (at most
// 1.45 log2 n levels).

#include <arch/time.h>
#include <core/domain.h>
#include <core/percpu.h>
#include <sched/find.h>

static int height(const struct sched_node *n) { return n ? n->height : 0; }
static uint32_t below(const struct sched_node *n) { return n ? n->below : 0; }

static void refresh(struct sched_node *n) {
    n->height = (uint8_t)(1 + MAX(height(n->kid[0]), height(n->kid[1])));
    n->below = n->may | below(n->kid[0]) | below(n->kid[1]);
}

static void adopt(struct sched_node *n, unsigned side, struct sched_node *kid) {
    n->kid[side] = kid;
    if (kid)
        kid->up = n;
}

// `by`, or nobody, takes the place of n.
static void replace(struct sched_node *n, struct sched_node *by) {
    if (n->up) {
        adopt(n->up, n->up->kid[1] == n, by);
        return;
    }
    n->in->root = by;
    if (by)
        by->up = NULL;
}

// n's kid on `side` comes up in its place.
static struct sched_node *rotate(struct sched_node *n, unsigned side) {
    struct sched_node *kid = n->kid[side];
    replace(n, kid);
    adopt(n, side, kid->kid[!side]);
    adopt(kid, !side, n);
    refresh(n);
    refresh(kid);
    return kid;
}

// From n to the root, after a change of one level in n.
static void balance(struct sched_node *n) {
    for (; n; n = n->up) {
        int lean = height(n->kid[0]) - height(n->kid[1]);
        if (lean >= -1 && lean <= 1) {
            refresh(n);
            continue;
        }
        unsigned side = lean < 0;
        struct sched_node *kid = n->kid[side];
        if (height(kid->kid[!side]) > height(kid->kid[side]))
            rotate(kid, !side);
        n = rotate(n, side);
    }
}

void queue_put(struct sched_queue *q, struct sched_node *n) {
    struct sched_node *up = NULL, **at = &q->root;
    if (likely(!*at)) { // as most often
        *at = n;
        *n = (struct sched_node){
            .in = q, .key = n->key, .may = n->may, .below = n->may, .height = 1};
        return;
    }
    while (*at) {
        up = *at;
        at = &up->kid[n->key >= up->key];
    }
    *at = n;
    n->up = up;
    n->kid[0] = n->kid[1] = NULL;
    n->in = q;
    balance(n);
}

void queue_take(struct sched_node *n) {
    struct sched_node *next = n->kid[1], *from = n->up;
    if (likely(n->height == 1 && !from)) {
        n->in->root = NULL;
        n->in = NULL;
        return;
    }
    if (!n->kid[0] || !n->kid[1]) {
        replace(n, n->kid[0] ? n->kid[0] : n->kid[1]);
    } else {
        while (next->kid[0])
            next = next->kid[0];
        from = next->up == n ? next : next->up;
        replace(next, next->kid[1]);
        adopt(next, 0, n->kid[0]);
        adopt(next, 1, n->kid[1]);
        replace(n, next);
    }
    n->in = NULL;
    balance(from);
}

void queue_allow(struct sched_node *n, uint32_t may) {
    n->may = may;
    for (; n; n = n->up)
        refresh(n);
}

struct sched_node *queue_first_of_many(struct sched_node *n, uint32_t cpus) {
    while (below(n->kid[0]) & cpus || !(n->may & cpus))
        n = n->kid[!(below(n->kid[0]) & cpus)];
    return n;
}

struct vcpu *queue_first_vcpu(const struct sched_queue *q, uint32_t cpus) {
    struct sched_node *n = queue_first(q, cpus);
    return n ? container_of(n, struct vcpu, sched.node) : NULL;
}

void sched_find_cpu(struct sched_pool *p, struct vcpu *v, sched_key_fn *key, int64_t mine,
                    sched_crowd_fn *crowd) {
    sched_find_by(p, v, (struct sched_order){key, mine, crowd, time_ns()});
}

void sched_hand_on(struct sched_pool *p, const struct sched_queue *q, unsigned cpu) {
    uint32_t idle = p->idle & ~p->asked & p->cpus & ~(1U << cpu);
    const struct sched_node *n = unlikely(idle) ? queue_first(q, idle) : NULL;
    if (n)
        sched_ask(p, (unsigned)__builtin_ctz(n->may & idle));
}
