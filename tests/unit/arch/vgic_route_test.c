// SPDX-License-Identifier: Apache-2.0
// arch/arm64/vgic_route.c: SPIs go where the guest routes them, assigned ones to where that vCPU
// is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <arch/vgic.h>
#include <core/irq.h>

#include "vgic_guest.h" // last: cmocka's fail() is a macro

static unsigned both[] = {2, 3};
#define VERSION (*(unsigned *)*state)

static void move(unsigned from, unsigned to) {
    struct vcpu *v = fake_loaded(from);
    fake_on(from);
    fake_switch(NULL);
    fake_on(to);
    fake_switch(v);
    fake_check();
}

static void vcpu2_moved(void) { V(2)->arch.vgic.spis_at = &percpus[0]; }

static void spis_follow(void **state) {
    fake_gic_reset(VERSION);
    for (irq_t irq = 50; irq < 54; irq++)
        assert_int_equal(irq_assign(irq, D), 0);
    set_enable(V(0), 50, true);
    set_enable(V(0), 51, true);
    set_enable(V(0), 53, true);
    route(51, 1);
    fake_on(1);
    fake_switch(NULL);
    fake_line(50, true); // on its way when its vCPU leaves
    move(0, 1);
    assert_int_equal(fake_phys_target(50), 1);
    assert_int_equal(fake_phys_target(51), 1); // where vCPU 1 was last
    assert_int_equal(fake_phys_target(52), 0); // not enabled
    assert_int_equal(fake_phys_target(53), 1);
    fake_run(0);
    fake_run(1);
    assert_int_equal(fake_guest_ack(1, NULL), 50);
    // In the guest's hands while it moves: it ends there, once, and comes again there.
    move(1, 0);
    fake_guest_eoi(0, 50);
    assert_false(fake_phys_active(50));
    fake_run_all();
    fake_line(50, false);
    take(0, 50);
    fake_run_all();
    nothing(0);
    // Enabled while its vCPU is away from where it was when it was assigned.
    move(0, 1);
    fake_on(1);
    set_enable(V(0), 52, true);
    assert_int_equal(fake_phys_target(52), 1);
    // No other CPU has to do with one that comes now.
    unsigned kicks = fake_kicks(0) + fake_kicks(1) + fake_kicks(2);
    fake_line(52, true);
    fake_run(1);
    fake_line(52, false);
    take(1, 52);
    assert_int_equal(fake_kicks(0) + fake_kicks(1) + fake_kicks(2), kicks);
    // To a vCPU that leaves at the same moment.
    fake_on(1);
    fake_meanwhile = vcpu2_moved;
    uint64_t value = VERSION == 3 ? 2 : 4;
    fake_mmio(V(0), FAKE_GICD + (VERSION == 3 ? 0x6000 + 8 * 53 : 0x800 + 53), VERSION == 3 ? 8 : 1,
              true, &value);
    assert_int_equal(fake_phys_target(53), 0);
    vgic_quiet(D);
    for (size_t i = 0; i < ARRAY_SIZE(D->arch.vgic.hw_enabled); i++)
        assert_int_equal(D->arch.vgic.hw_enabled[i], 0);
}

static void routes_move(void **state) {
    fake_gic_reset(VERSION);
    assert_int_equal(irq_assign(50, D), 0);
    set_enable(V(0), 50, true);
    route(50, 2);
    assert_int_equal(fake_phys_target(50), 2);
    fake_line(50, true);
    fake_run(2);
    assert_int_equal(fake_guest_ack(2, NULL), 50);
    // Moved while active: finished where it is, the next one goes to the new vCPU.
    route(50, 1);
    assert_int_equal(fake_phys_target(50), 1);
    fake_run_all();
    nothing(1);
    fake_guest_eoi(2, 50);
    fake_run_all();
    fake_line(50, false);
    take(1, 50);
    nothing(2);
    // Acknowledged on a CPU where its vCPU no longer is.
    fake_on(1);
    fake_switch(V(3));
    fake_on(2);
    fake_switch(V(1));
    fake_line(50, true);
    fake_run(1);
    fake_run(2);
    fake_line(50, false);
    take(2, 50);
    // A software one that waits goes along.
    fake_on(0);
    fake_run_all();
    set_enable(V(0), 60, true);
    route(60, 3);
    vgic_inject(V(0), 60);
    route(60, 0);
    fake_run_all();
    take(0, 60);
    nothing(1);
    // One stuck to a far list register follows in the end.
    route(60, 1);
    vgic_inject(V(0), 60);
    fake_run_all();
    assert_int_equal(fake_guest_ack(2, NULL), 60);
    route(60, 0);
    fake_run_all();
    fake_guest_eoi(2, 60);
    fake_on(0);
    vgic_inject(V(0), 60);
    fake_run_all();
    take(0, 60);
    fake_check();
}

#define ON(test, version)                                                                          \
    { #test " v" #version, test, NULL, NULL, &both[version - 2] }

int main(void) {
    const struct CMUnitTest tests[] = {
        ON(routes_move, 2),
        ON(routes_move, 3),
        ON(spis_follow, 2),
        ON(spis_follow, 3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
