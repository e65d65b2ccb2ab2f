// SPDX-License-Identifier: Apache-2.0
// pv/console.c: what goes in comes out, over the ends of the ring and of its indices; a full ring
// takes no more; indices that the other side made up lead nowhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pv/console.h>

static struct xencons_interface *ring_at(uint32_t index) {
    struct xencons_interface *ring = calloc(1, sizeof(*ring)); // exact: ASan guards the end
    ring->in_cons = ring->in_prod = ring->out_cons = ring->out_prod = index;
    return ring;
}

static void carries_text_over_the_ends(void **state) {
    static const uint32_t starts[] = {0, 2040, UINT32_MAX - 5};
    for (unsigned i = 0; i < 3; i++) {
        struct xencons_interface *ring = ring_at(starts[i]);
        char back[32] = "";
        assert_int_equal(pv_console_write(ring, "fourteen chars", 14), 14);
        for (unsigned c = 0; c < 14; c++)
            assert_int_equal(ring->out[(starts[i] + c) % 2048], "fourteen chars"[c]);
        for (unsigned c = 0; c < 14; c++)
            ring->in[(starts[i] + c) % 1024] = "what was typed"[c];
        ring->in_prod += 14;
        assert_int_equal(pv_console_read(ring, back, 4), 4);
        assert_int_equal(pv_console_read(ring, back + 4, 28), 10);
        assert_string_equal(back, "what was typed");
        assert_int_equal(pv_console_read(ring, back, 32), 0);
        free(ring);
    }
}

static void a_full_ring_takes_no_more(void **state) {
    struct xencons_interface *ring = ring_at(7);
    static char text[3000];
    assert_int_equal(pv_console_write(ring, text, 3000), 2048);
    assert_int_equal(pv_console_write(ring, text, 1), 0);
    ring->out_cons += 5;
    assert_int_equal(pv_console_write(ring, text, 3000), 5);
    assert_int_equal(ring->out_prod - ring->out_cons, 2048);
    free(ring);
}

static void made_up_indices_lead_nowhere(void **state) {
    static const uint32_t wrong[] = {1, 5000, 1U << 31};
    struct xencons_interface *ring = ring_at(0);
    char back[4] = "abc";
    for (unsigned i = 0; i < 3; i++) {
        ring->out_cons = wrong[i]; // ahead of what was written
        assert_int_equal(pv_console_write(ring, "x", 1), 0);
        ring->in_prod = wrong[i] + 1024; // more than there is room for
        assert_int_equal(pv_console_read(ring, back, 3), 0);
    }
    assert_int_equal(ring->out_prod, 0);
    free(ring);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_text_over_the_ends),
        cmocka_unit_test(a_full_ring_takes_no_more),
        cmocka_unit_test(made_up_indices_lead_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
