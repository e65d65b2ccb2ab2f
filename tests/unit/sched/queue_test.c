// SPDX-License-Identifier: Apache-2.0
// sched/queue.c against a plain array: the first by key and arrival for every mask, whatever comes
// and goes, and the tree stays as low as it promises.
#include "sim.h"

#define NODES 600

static struct sched_node node[NODES];
static uint64_t arrival[NODES];
static struct sched_queue q;

static struct sched_node *expected(uint32_t cpus) {
    struct sched_node *best = NULL;
    for (unsigned i = 0; i < NODES; i++) {
        struct sched_node *n = &node[i];
        if (n->in && (n->may & cpus) &&
            (!best || n->key < best->key ||
             (n->key == best->key && arrival[i] < arrival[best - node])))
            best = n;
    }
    return best;
}

static unsigned check(const struct sched_node *n, unsigned *count) {
    if (!n)
        return 0;
    unsigned a = check(n->kid[0], count), b = check(n->kid[1], count);
    assert_true(a <= b + 1 && b <= a + 1);
    assert_true(!n->kid[0] || n->kid[0]->up == n);
    assert_true(!n->kid[1] || n->kid[1]->up == n);
    assert_int_equal(n->height, 1 + (a > b ? a : b));
    (*count)++;
    return n->height;
}

static void as_an_array_would(void **state) {
    uint64_t clock = 0;
    unsigned in = 0;
    (void)state;
    sim_seed = 3;
    for (unsigned step = 0; step < 60000; step++) {
        unsigned i = sim_random(NODES), count = 0;
        struct sched_node *n = &node[i];
        if (!n->in) {
            n->key = sim_random(40);
            n->may = sim_random(256);
            arrival[i] = clock++;
            queue_put(&q, n);
            in++;
        } else if (sim_random(3)) {
            queue_take(n);
            in--;
        } else {
            queue_allow(n, sim_random(256));
        }
        uint32_t cpus = 1U << sim_random(8);
        assert_ptr_equal(queue_first(&q, cpus), expected(cpus));
        if (step % 100 == 0) {
            check(q.root, &count);
            assert_int_equal(count, in);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_an_array_would)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
