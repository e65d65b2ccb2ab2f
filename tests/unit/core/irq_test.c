// SPDX-License-Identifier: Apache-2.0
// core/irq.c: the budget of an assigned interrupt. Who may have which one is in arch/vgic_test.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arch/vgic.h>
#include <core/irq.h>
#include <core/options.h>

#include "fake_gic.h"

#include <cmocka.h> // last: its fail() is a macro

#define D (&fake_domain)
#define MS 1000000ULL
#define PERIOD (10 * MS)

// How many of `n` edges of SPI `irq` reach the guest of vCPU 0 on `cpu`.
static unsigned storm(unsigned cpu, irq_t irq, unsigned n) {
    unsigned came = 0;
    fake_on(cpu);
    for (unsigned i = 0; i < n; i++) {
        fake_edge(irq);
        fake_run(cpu);
        if (fake_guest_ack(cpu, NULL) != irq)
            continue;
        fake_guest_eoi(cpu, irq);
        came++;
    }
    return came;
}

static void begin(uint32_t budget) {
    fake_gic_reset(3);
    fake_guest_lines = 0;
    options.irq_budget = budget;
    for (irq_t irq = 50; irq < 52; irq++)
        assert_int_equal(irq_assign(irq, D), 0);
    fake_write(&fake_vcpu[0], FAKE_GICD + 0xc0c, 0xffffffff); // edges
    fake_write(&fake_vcpu[0], FAKE_GICD + 0x104, 3u << 18);
}

static void a_storm_is_held_back(void **state) {
    begin(20);
    fake_time(7 * PERIOD);
    // The first 20 may be those of periods that are over; then as many, whatever comes.
    assert_int_equal(storm(0, 50, 1000), 40);
    assert_int_equal(fake_guest_lines, 1);
    assert_int_equal(storm(0, 51, 10), 10); // another one is not concerned
    fake_time(8 * PERIOD - 1);
    assert_int_equal(storm(0, 50, 10), 0);
    // What came meanwhile comes once, and then the next budget.
    fake_time(8 * PERIOD);
    assert_int_equal(storm(0, 50, 1000), 20);
    for (unsigned i = 9; i < 20; i++) {
        fake_time(i * PERIOD + i);
        assert_int_equal(storm(0, 50, 100), 20);
    }
    assert_int_equal(fake_guest_lines, 1);
    fake_time(20 * PERIOD);
    assert_int_equal(fake_guest_ack(0, NULL), FAKE_SPURIOUS);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, NULL), 50);
    fake_guest_eoi(0, 50);
}

static void what_is_within_its_budget_is_not(void **state) {
    begin(20);
    for (unsigned i = 1; i < 100; i++) {
        fake_time(i * PERIOD);
        assert_int_equal(storm(0, 50, 20), 20);
    }
    assert_int_equal(fake_guest_lines, 0);
}

static void no_budget(void **state) {
    begin(0);
    assert_int_equal(storm(0, 50, 5000), 5000);
}

// Disabled, enabled and moved to another CPU by the guest: held back still.
static void the_guest_cannot_undo_it(void **state) {
    begin(20);
    fake_time(PERIOD);
    (void)storm(0, 50, 100);
    fake_write(&fake_vcpu[0], FAKE_GICD + 0x184, 1u << 18);
    fake_write(&fake_vcpu[0], FAKE_GICD + 0x104, 1u << 18);
    assert_int_equal(storm(0, 50, 100), 0);
    fake_on(1);
    fake_switch(NULL);
    fake_on(0);
    fake_switch(NULL);
    fake_on(1);
    fake_switch(&fake_vcpu[0]);
    assert_int_equal(fake_phys_target(50), 1);
    assert_int_equal(storm(1, 50, 100), 0);
    fake_time(2 * PERIOD);
    assert_int_equal(storm(1, 50, 100), 20);
    fake_time(3 * PERIOD);
    assert_int_equal(storm(1, 50, 5), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_is_held_back),
        cmocka_unit_test(what_is_within_its_budget_is_not),
        cmocka_unit_test(no_budget),
        cmocka_unit_test(the_guest_cannot_undo_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
