// SPDX-License-Identifier: Apache-2.0
// arch/arm64/vgic*.c: the short way, on which an interrupt goes into the list register that it has
// without a lock, and what ends it. (fake_check finds out who may go it and must not.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <arch/vgic.h>
#include <arm64/vgic_impl.h>
#include <core/irq.h>

#include "vgic_guest.h" // last: cmocka's fail() is a macro

static unsigned both[] = {2, 3};
#define VERSION (*(unsigned *)*state)

static bool goes_short(uint32_t id) {
    return V(0)->arch.vgic.again[vgic_virq(V(0), id)->lr & 15] != 0;
}

// Once a private interrupt has its list register it goes there without a lock; not after anything
// that its delivery depends on has changed.
static void for_a_private_one(void **state) {
    fake_gic_reset(VERSION);
    assert_false(goes_short(20));
    set_enable(V(0), 20, true);
    for (unsigned again = 0; again < 2; again++) {
        vgic_inject(V(0), 20);
        assert_true(goes_short(20));
        take(0, 20);
        fake_check();
    }
    // A new priority is what the guest sees.
    fake_guest_mask(0, 0x80, 3);
    set_priority(V(0), 20, 0x90);
    assert_false(goes_short(20));
    vgic_inject(V(0), 20);
    nothing(0);
    fake_guest_mask(0, 0xff, 3);
    take(0, 20);
    assert_true(goes_short(20));
    // Disabled, active by register, its group off.
    set_enable(V(0), 20, false);
    vgic_inject(V(0), 20);
    assert_false(goes_short(20));
    nothing(0);
    set_enable(V(0), 20, true);
    take(0, 20);
    fake_write(V(0), fake_bank(V(0), 20) + 0x300, 1u << 20);
    vgic_inject(V(0), 20);
    nothing(0);
    assert_int_equal(fake_lr_state(0, 20), 3);
    fake_guest_eoi(0, 20);
    take(0, 20);
    assert_true(goes_short(20));
    fake_write(V(0), FAKE_GICD, 0);
    vgic_inject(V(0), 20);
    assert_false(goes_short(20));
    nothing(0);
    fake_write(V(0), FAKE_GICD, 3);
    take(0, 20);
    fake_check();
    // Another has its list register.
    for (uint32_t id = 40; id < 40 + FAKE_LRS; id++) {
        set_enable(V(0), id, true);
        vgic_inject(V(0), id);
    }
    assert_false(goes_short(20));
    vgic_inject(V(0), 20);
    for (unsigned i = 0; i <= FAKE_LRS; i++) {
        fake_guest_eoi(0, fake_guest_ack(0, NULL));
        fake_run(0);
    }
    nothing(0);
    fake_check();
}

static void for_a_device(void **state) {
    fake_gic_reset(VERSION);
    assert_int_equal(irq_assign(50, D), 0);
    fake_write(V(0), FAKE_GICD + 0xc0c, 2u << 4);
    set_enable(V(0), 50, true);
    route(50, 0);
    for (unsigned again = 0; again < 2; again++) {
        fake_edge(50);
        fake_run(0);
        assert_true(goes_short(50));
        take(0, 50);
    }
    // Its vCPU was elsewhere meanwhile.
    fake_switch(V(3));
    fake_switch(V(0));
    fake_edge(50);
    fake_run(0);
    take(0, 50);
    fake_check();
    // Routed elsewhere, and back.
    assert_true(goes_short(50));
    route(50, 1);
    assert_false(goes_short(50));
    fake_edge(50);
    fake_run_all();
    nothing(0);
    take(1, 50);
    fake_on(0);
    route(50, 0);
    fake_edge(50);
    fake_run_all();
    nothing(1);
    take(0, 50);
    fake_check();
}

// A switch and back leaves a private interrupt where it is, one that was pending too, and what is
// posted meanwhile comes with the load.
static void after_a_switch(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(0), 20, true);
    vgic_inject(V(0), 20);
    take(0, 20);
    unsigned lr = V(0)->arch.vgic.priv[20].lr;
    fake_switch(V(3));
    fake_check();
    fake_on(1);
    vgic_inject(V(0), 20);
    fake_on(0);
    fake_switch(V(0));
    assert_int_equal(V(0)->arch.vgic.priv[20].lr, lr);
    assert_int_equal(fake_lr_state(0, 20), 1);
    fake_switch(V(3));
    fake_switch(V(0));
    take(0, 20);
    nothing(0);
    // Changed while it was away.
    fake_switch(V(3));
    set_enable(V(0), 20, false);
    vgic_inject(V(0), 20);
    fake_switch(V(0));
    fake_run(0);
    assert_false(goes_short(20));
    nothing(0);
    set_enable(V(0), 20, true);
    fake_run(0);
    take(0, 20);
    fake_check();
}

#define ON(test, version)                                                                          \
    { #test " v" #version, test, NULL, NULL, &both[version - 2] }

int main(void) {
    const struct CMUnitTest tests[] = {
        ON(for_a_private_one, 2), ON(for_a_private_one, 3), ON(for_a_device, 2),
        ON(for_a_device, 3),      ON(after_a_switch, 2),    ON(after_a_switch, 3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
