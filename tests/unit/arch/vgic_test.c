// SPDX-License-Identifier: Apache-2.0
// arch/arm64/vgic*.c: what a guest sees of its interrupts and registers, on a machine with two list
// registers a CPU, for both GIC versions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/vgic.h>
#include <core/irq.h>

#include "vgic_guest.h" // last: cmocka's fail() is a macro

static unsigned both[] = {2, 3};
#define VERSION (*(unsigned *)*state)

static void software_interrupt(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(0), 40, true);
    vgic_inject(V(0), 40);
    assert_int_equal(fake_guest_ack(0, NULL), 40);
    // Fires again while active: comes again after EOI, once.
    vgic_inject(V(0), 40);
    vgic_inject(V(0), 40);
    nothing(0);
    assert_int_equal(fake_lr_state(0, 40), 3);
    fake_guest_eoi(0, 40);
    take(0, 40);
    nothing(0);
    fake_check();
}

static void disabled_waits(void **state) {
    fake_gic_reset(VERSION);
    vgic_inject(V(0), 40);
    nothing(0);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x204), 1u << 8);
    set_enable(V(0), 40, true);
    assert_int_equal(fake_lr_state(0, 40), 1);
    set_enable(V(0), 40, false);
    nothing(0);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x204), 1u << 8);
    set_enable(V(0), 40, true);
    // The whole distributor off and on.
    fake_write(V(0), FAKE_GICD, 0);
    assert_int_equal(fake_agains, (FAKE_VCPUS * 32 + FAKE_IRQS - 32) / 32 - 1);
    nothing(0);
    fake_write(V(0), FAKE_GICD, 0); // no change
    assert_int_equal(fake_agains, 0);
    fake_write(V(0), FAKE_GICD, 3);
    take(0, 40);
    fake_check();
}

static void more_than_list_registers(void **state) {
    fake_gic_reset(VERSION);
    for (uint32_t id = 40; id < 48; id++) {
        set_enable(V(0), id, true);
        set_priority(V(0), id, (uint8_t)(0xf0 - 8 * (id - 40)));
        vgic_inject(V(0), id);
    }
    fake_check();
    // Most urgent first, although it came last.
    for (uint32_t id = 48; id-- > 40;) {
        take(0, id);
        fake_run(0);
    }
    nothing(0);
    fake_check();
}

static void evicted_comes_back(void **state) {
    fake_gic_reset(VERSION);
    for (uint32_t id = 40; id < 43; id++) {
        set_enable(V(0), id, true);
        set_priority(V(0), id, id < 42 ? 0xa0 : 0x80);
        vgic_inject(V(0), id);
    }
    take(0, 42);
    fake_run(0);
    take(0, 40);
    fake_run(0);
    take(0, 41);
    nothing(0);
    fake_check();
}

// Of equals the one that waits longest, and a new priority counts at once; what is in a list
// register keeps its place until it gives way to one that is more urgent.
static void order_of_the_queue(void **state) {
    static const uint32_t order[] = {40, 47, 46, 42, 41, 45, 44, 43};
    fake_gic_reset(VERSION);
    for (uint32_t id = 40; id < 48; id++) {
        set_enable(V(0), id, true);
        set_priority(V(0), id, 0xa0);
    }
    vgic_inject(V(0), 40);
    vgic_inject(V(0), 41);
    for (uint32_t id = 48; id-- > 42;)
        vgic_inject(V(0), id);
    set_priority(V(0), 45, 0xa8);
    set_priority(V(0), 44, 0xa8);
    set_priority(V(0), 43, 0xf0);
    set_priority(V(0), 47, 0x80);
    fake_check();
    for (unsigned i = 0; i < 8; i++) {
        fake_run(0);
        take(0, order[i]);
    }
    nothing(0);
    fake_check();
}

static void remote_injection(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(0), 40, true);
    route(40, 1);
    fake_on(0);
    unsigned kicks = fake_kicks(1);
    vgic_inject(V(0), 40);
    assert_int_equal(fake_kicks(1), kicks + 1);
    nothing(1);
    fake_run(1);
    assert_int_equal(fake_guest_ack(1, NULL), 40);
    // Again, while it is active there.
    vgic_inject(V(0), 40);
    fake_run(1);
    assert_int_equal(fake_lr_state(1, 40), 3);
    // State as another CPU reads it: at the latest after that CPU looked.
    fake_read(V(0), FAKE_GICD + 0x304);
    fake_run(1);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x304), 1u << 8);
    fake_guest_eoi(1, 40);
    take(1, 40);
    fake_read(V(0), FAKE_GICD + 0x304);
    fake_run(1);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x304), 0);
    // Not loaded: waits for the load.
    set_enable(V(0), 41, true);
    route(41, 3);
    vgic_inject(V(0), 41);
    fake_run_all();
    fake_on(1);
    fake_switch(V(3));
    fake_run(1);
    take(1, 41);
    fake_check();
}

static void blocked_wakes(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(0), 40, true);
    assert_false(vgic_has_deliverable(V(0)));
    V(0)->state = VCPU_BLOCKED;
    vgic_inject(V(0), 40); // from a timer callback on its own CPU
    assert_int_equal(V(0)->state, VCPU_RUNNING);
    assert_true(vgic_has_deliverable(V(0)));
    set_priority(V(0), 40, 0x80);
    fake_guest_ack(0, NULL);
    fake_guest_eoi(0, 40);
    vgic_inject(V(0), 40);
    fake_guest_mask(0, 0x80, 3);
    assert_false(vgic_has_deliverable(V(0)));
    fake_guest_mask(0, 0x88, 3);
    assert_true(vgic_has_deliverable(V(0)));
    fake_guest_mask(0, 0xff, VERSION == 3 ? 1 : 2);
    assert_false(vgic_has_deliverable(V(0)));
    fake_guest_mask(0, 0xff, 3);
    take(0, 40);
    V(0)->state = VCPU_BLOCKED;
    fake_on(1);
    vgic_inject(V(0), 40);
    assert_int_equal(V(0)->state, VCPU_RUNNING);
    fake_check();
}

// A private interrupt from another CPU, wherever its vCPU is and whatever it does meanwhile.
static void posted_finds_its_vcpu(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(1), 20, true);
    set_enable(V(3), 20, true);
    // Not loaded anywhere: taken when it is.
    vgic_inject(V(3), 20);
    fake_run_all();
    fake_on(1);
    fake_switch(V(3));
    fake_run(1);
    take(1, 20);
    fake_switch(V(1));
    // Put down to sleep between the post and the kick: woken, and taken when loaded.
    fake_on(0);
    vgic_inject(V(1), 20);
    V(1)->state = VCPU_BLOCKED;
    fake_on(1);
    fake_switch(NULL);
    assert_int_equal(V(1)->state, VCPU_RUNNING);
    fake_switch(V(1));
    fake_run(1);
    take(1, 20);
    // Again into the list register that it has, also asleep: its own CPU wakes it.
    V(1)->state = VCPU_BLOCKED;
    vgic_inject(V(1), 20);
    assert_int_equal(V(1)->state, VCPU_RUNNING);
    take(1, 20);
    // Asleep, and perhaps woken by another at the same time, so that no kick comes: it must look.
    fake_on(0);
    V(1)->state = VCPU_BLOCKED;
    vgic_inject(V(1), 20);
    assert_true(V(1)->pending & (1U << VCPU_VGIC));
    fake_run(1);
    take(1, 20);
    // Two SGIs and a PPI before the one kick is taken.
    fake_on(0);
    unsigned kicks = fake_kicks(1);
    vgic_inject(V(1), 20);
    if (VERSION == 3) {
        (void)vgic_send_v3_sgi(V(0), 2, 1);
        (void)vgic_send_v3_sgi(V(0), 2, 9);
        assert_int_equal(fake_kicks(1), kicks + 1);
    } else {
        // There a kick says which word to look at.
        (void)vgic_send_v2_sgi(V(0), 2, 1);
        (void)vgic_send_v2_sgi(V(0), 2, 9);
        assert_int_equal(fake_kicks(1), kicks + 3);
        (void)vgic_send_v2_sgi(V(0), 2, 2);
        assert_int_equal(fake_kicks(1), kicks + 3);
    }
    fake_run(1);
    for (unsigned i = 0; i < (VERSION == 3 ? 3 : 4); i++) {
        uint32_t id = fake_guest_ack(1, NULL);
        assert_true(id == 1 || id == 9 || id == 20 || (VERSION == 2 && id == 2));
        fake_guest_eoi(1, id);
        fake_run(1);
    }
    nothing(1);
    fake_check();
}

static void lowered(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(0), 20, true);
    vgic_inject(V(0), 20);
    vgic_lower(V(0), 20);
    nothing(0);
    vgic_inject(V(0), 20);
    take(0, 20);
    // Remote: the event that comes after the withdrawal stays.
    fake_on(1);
    vgic_inject(V(0), 20);
    fake_run(0);
    vgic_lower(V(0), 20);
    vgic_inject(V(0), 20);
    fake_run(0);
    take(0, 20);
    nothing(0);
    // What was asked from afar comes before what its own CPU injects next.
    vgic_inject(V(0), 20);
    fake_run(0);
    vgic_lower(V(0), 20);
    take(0, 20); // it had it already
    fake_on(0);
    vgic_inject(V(0), 20);
    fake_run(0);
    take(0, 20);
    fake_check();
}

static void fake_irq(irq_t irq, void *arg) {
    (void)irq;
    (void)arg;
}

static void hardware_spi(void **state) {
    fake_gic_reset(VERSION);
    assert_int_equal(irq_assign(50, D), 0);
    fake_line(50, true);
    fake_run(0);
    nothing(0);
    set_enable(V(0), 50, true);
    assert_true(fake_phys_enabled(50));
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, NULL), 50);
    assert_true(fake_phys_active(50));
    fake_run(0);
    fake_line(50, false);
    fake_guest_eoi(0, 50);
    assert_false(fake_phys_active(50));
    fake_run(0);
    nothing(0);
    // Disabled while it waits in the list register; the line goes low meanwhile.
    fake_line(50, true);
    fake_run(0);
    assert_int_equal(fake_lr_state(0, 50), 1);
    set_enable(V(0), 50, false);
    assert_int_equal(fake_lr_state(0, 50), 0);
    fake_line(50, false);
    set_enable(V(0), 50, true);
    nothing(0);
    assert_false(fake_phys_active(50));
    // Pending by register is pending in the GIC.
    fake_write(V(0), FAKE_GICD + 0x204, 1u << 18);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x204), 1u << 18);
    fake_run(0);
    take(0, 50);
    // Trigger: while disabled only.
    fake_write(V(0), FAKE_GICD + 0xc0c, 2u << 4);
    assert_false(fake_phys_edge(50));
    set_enable(V(0), 50, false);
    fake_write(V(0), FAKE_GICD + 0xc0c, 2u << 4);
    assert_true(fake_phys_edge(50));
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0xc0c), 2u << 4);
    fake_check();
}

// What a domain leaves behind does not reach the next; EL2's and what the GIC has not are for none.
static void hardware_spi_released(void **state) {
    static struct domain next;
    fake_gic_reset(VERSION);
    next = *D;
    for (irq_t irq = 40; irq < 58; irq++)
        assert_int_equal(irq_assign(irq, D), 0);
    set_enable(V(0), 50, true);
    fake_line(50, true);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, NULL), 50);
    assert_int_equal(irq_assign(50, &next), -EBUSY);
    assert_false(irq_release_step(D)); // more than a step takes
    assert_true(irq_release_step(D));
    assert_true(irq_release_step(D));
    assert_false(fake_phys_enabled(50));
    assert_false(fake_phys_active(50));
    assert_true(irq_is_guests(50));
    assert_int_equal(irq_assign(50, &next), 0);
    assert_true(irq_release_step(D)); // no longer its own
    assert_int_equal(irq_assign(50, D), -EBUSY);
    assert_false(irq_is_guests(27));
    assert_false(irq_is_guests(gic_nr_irqs));
    assert_false(irq_is_guests(~0u));
    assert_int_equal(irq_take(50, fake_irq, NULL, "EL2"), -EBUSY);
    assert_int_equal(irq_assign(50, &next), -EEXIST);
    assert_true(irq_release_step(&next));
    assert_int_equal(irq_take(60, fake_irq, NULL, "EL2"), 0);
    assert_false(irq_is_guests(60));
}

static void hardware_active_by_register(void **state) {
    fake_gic_reset(VERSION);
    assert_int_equal(irq_assign(50, D), 0);
    set_enable(V(0), 50, true);
    fake_write(V(0), FAKE_GICD + 0x304, 1u << 18);
    assert_true(fake_phys_active(50));
    assert_int_equal(fake_lr_state(0, 50), 2);
    fake_line(50, true);
    fake_run(0);
    nothing(0);
    fake_write(V(0), FAKE_GICD + 0x384, 1u << 18);
    assert_int_equal(fake_lr_state(0, 50), 0);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, NULL), 50);
    // From another CPU while it is active here.
    fake_on(1);
    fake_write(V(1), FAKE_GICD + 0x384, 1u << 18);
    fake_line(50, false);
    fake_run(0);
    assert_false(fake_phys_active(50));
    assert_int_equal(fake_lr_state(0, 50), 0);
    // ISACTIVER while it waits in the list register.
    fake_line(50, true);
    fake_run(0);
    fake_on(0);
    fake_write(V(0), FAKE_GICD + 0x304, 1u << 18);
    assert_int_equal(fake_lr_state(0, 50), 2);
    fake_guest_eoi(0, 50);
    fake_run(0);
    fake_line(50, false);
    take(0, 50);
    // A software one with no free list register.
    fake_write(V(0), FAKE_GICD + 0x304, 7);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x304), 7);
    fake_write(V(0), FAKE_GICD + 0x384, 7);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x304), 0);
    fake_check();
}

static void vtimer(void **state) {
    fake_gic_reset(VERSION);
    set_enable(V(0), 27, true);
    for (unsigned i = 0; i < 3; i++) {
        fake_vtimer_line(V(0), true);
        fake_run(0);
        assert_int_equal(fake_guest_ack(0, NULL), 27);
        fake_run(0);
        fake_vtimer_line(V(0), false);
        fake_guest_eoi(0, 27);
        fake_run(0);
        nothing(0);
    }
    // Active over a switch; meanwhile the other's timer fires.
    fake_vtimer_line(V(0), true);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, NULL), 27);
    fake_switch(V(3));
    set_enable(V(3), 27, true);
    fake_vtimer_line(V(3), true);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, NULL), 27);
    fake_vtimer_line(V(3), false);
    fake_guest_eoi(0, 27);
    fake_switch(V(0));
    nothing(0);
    fake_vtimer_line(V(0), false);
    fake_guest_eoi(0, 27);
    fake_run(0);
    nothing(0);
    // Its list register is taken by another and it comes back.
    for (uint32_t id = 40; id < 42; id++) {
        set_enable(V(0), id, true);
        vgic_inject(V(0), id);
    }
    fake_vtimer_line(V(0), true);
    fake_run(0);
    fake_vtimer_line(V(0), false);
    unsigned seen = 0;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t id = fake_guest_ack(0, NULL);
        seen |= id == 27 ? 1 : id == 40 ? 2 : id == 41 ? 4 : 8;
        fake_guest_eoi(0, id);
        fake_run(0);
    }
    assert_int_equal(seen, 7);
    // Pending by register from another vCPU.
    fake_on(1);
    fake_write(V(1), fake_bank(V(1), 27) + 0x200, 1u << 27);
    fake_run(1);
    nothing(1);
    set_enable(V(1), 27, true);
    fake_run(1);
    if (VERSION == 3) {
        fake_write(V(1), fake_bank(V(0), 27) + 0x200, 1u << 27);
        fake_run(0);
        take(0, 27);
    }
    fake_check();
}

// XSA-117, XSA-225: all filters, masks and INTIDs, with fewer vCPUs than bits.
static void sgi_v2(void **state) {
    fake_gic_reset(2);
    for (uint32_t filter = 0; filter < 4; filter++) {
        for (uint32_t list = 0; list < 256; list++) {
            uint32_t expect = filter == 0 ? list & 15 : filter == 1 ? 13 : filter == 2 ? 2 : 0;
            fake_on(1);
            fake_write(V(1), FAKE_GICD + 0xf00, filter << 24 | list << 16 | (list & 15));
            fake_run_all();
            for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
                unsigned source = 9;
                uint32_t id = fake_guest_ack(cpu, &source);
                assert_int_equal(id, expect >> cpu & 1 ? (list & 15) : FAKE_SPURIOUS);
                if (id != FAKE_SPURIOUS)
                    assert_int_equal(source, 1);
                fake_guest_eoi(cpu, id);
            }
            fake_on(0);
            fake_switch(V(3));
            fake_run(0);
            if (expect & 8)
                take(0, list & 15);
            nothing(0);
            fake_switch(V(0));
        }
    }
    fake_check();
    (void)state;
}

// Two sources: one after the other, also when the second comes while the first is active.
static void sgi_v2_sources(void **state) {
    fake_gic_reset(2);
    fake_on(1);
    fake_write(V(1), FAKE_GICD + 0xf00, 1u << 16 | 5);
    fake_on(0);
    fake_run(0);
    unsigned source;
    assert_int_equal(fake_guest_ack(0, &source), 5);
    assert_int_equal(source, 1);
    fake_on(2);
    fake_write(V(2), FAKE_GICD + 0xf00, 1u << 16 | 5);
    fake_on(0);
    fake_write(V(0), FAKE_GICD + 0xf00, 1u << 16 | 5);
    fake_run(0);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0xf14), 0x0500);
    nothing(0);
    fake_guest_eoi(0, 5);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, &source), 5);
    assert_int_equal(source, 0);
    fake_guest_eoi(0, 5);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, &source), 5);
    assert_int_equal(source, 2);
    fake_guest_eoi(0, 5);
    fake_run(0);
    nothing(0);
    // Set and cleared by register.
    fake_write(V(0), FAKE_GICD + 0xf24, 0xff00);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0xf24), 0x0f00);
    fake_write(V(0), FAKE_GICD + 0xf14, 0x0700);
    fake_run(0);
    assert_int_equal(fake_guest_ack(0, &source), 5);
    assert_int_equal(source, 3);
    fake_guest_eoi(0, 5);
    fake_run(0);
    nothing(0);
    fake_check();
    (void)state;
}

static void sgi_v3(void **state) {
    fake_gic_reset(3);
    for (uint64_t field = 0; field < 64; field++) {
        for (uint32_t list = 0; list < 65536; list += list < 16 ? 1 : 4111) {
            // Aff3, Aff2, Aff1, RS one bit each, IRM, and an unused bit.
            uint64_t value = list | (field & 1) << 16 | (field >> 1 & 1) << 32 |
                             (field >> 2 & 1) << 48 | (field >> 3 & 1) << 44 |
                             (field >> 4 & 1) << 40 | (field >> 5 & 1) << 63 | 7u << 24;
            uint32_t expect = field & 16 ? 14 : field & 15 ? 0 : list & 15;
            fake_on(0);
            vgic_sgi1r(V(0), value);
            fake_run_all();
            for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
                if (expect >> cpu & 1)
                    take(cpu, 7);
                nothing(cpu);
            }
            fake_switch(V(3));
            fake_run(0);
            if (expect & 8)
                take(0, 7);
            nothing(0);
            fake_switch(V(0));
        }
    }
    fake_check();
    (void)state;
}

static void registers_v2(void **state) {
    fake_gic_reset(2);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 4), (FAKE_IRQS / 32 - 1) | (FAKE_VCPUS - 1) << 5);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0xfe8) >> 4, 2);
    assert_int_equal(fake_read(V(2), FAKE_GICD + 0x800), 0x04040404);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0xc00), 0xaaaaaaaa);
    fake_write(V(0), FAKE_GICD + 0x820, 0x08040201);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x820), 0x08040201);
    assert_int_equal(vgic_has_deliverable(V(0)), 0);
    fake_write(V(0), FAKE_GICD + 0x820, 0xf0);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x820), 0);
    // No target: waits.
    set_enable(V(0), 32, true);
    vgic_inject(V(0), 32);
    nothing(0);
    fake_write(V(0), FAKE_GICD + 0x820, 1);
    take(0, 32);
    // Group 1 is another enable bit.
    fake_write(V(0), FAKE_GICD + 0x84, ~0u);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x84), ~0u);
    fake_write(V(0), FAKE_GICD, 1);
    vgic_inject(V(0), 32);
    nothing(0);
    fake_write(V(0), FAKE_GICD + 0x84, 0);
    take(0, 32);
    (void)state;
}

static void registers_v3(void **state) {
    fake_gic_reset(3);
    assert_int_equal(fake_read(V(0), FAKE_GICD), 0x53);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 4) & 0x1f, FAKE_IRQS / 32 - 1);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0xffe8) >> 4, 3);
    // Private interrupts are the redistributors'.
    fake_write(V(0), FAKE_GICD + 0x100, ~0u);
    assert_int_equal(fake_read(V(0), FAKE_GICD + 0x100), 0);
    assert_int_equal(fake_read(V(0), fake_bank(V(1), 0) + 0x100), 0xffff);
    assert_int_equal(fake_read(V(0), fake_bank(V(1), 0) + 0x104), 0);
    // Three redistributors in the first region, the last in the second.
    for (unsigned i = 0; i < FAKE_VCPUS; i++) {
        uint64_t typer;
        assert_int_equal(fake_mmio(V(0), FAKE_GICR_OF(V(i)) + 8, 8, false, &typer), TRAP_SKIP);
        assert_int_equal(typer, (uint64_t)i << 32 | i << 8 | (i >= 2 ? 16 : 0));
        assert_int_equal(fake_read(V(0), FAKE_GICR_OF(V(i)) + 12), i);
        assert_int_equal(V(i)->arch.vgic.redist_base, FAKE_GICR_OF(V(i)));
    }
    assert_int_equal(fake_read(V(0), FAKE_GICR + 4 * 0x20000 + 8), 0);
    assert_int_equal(fake_read(V(0), FAKE_GICR + 0x14), 6);
    fake_write(V(0), FAKE_GICR + 0x14, 0);
    assert_int_equal(fake_read(V(0), FAKE_GICR + 0x14), 0);
    assert_int_equal(fake_read(V(0), FAKE_GICR + 0xffe8), 0x3b);
    // IROUTER in halves, and to nobody.
    uint64_t at = FAKE_GICD + 0x6000 + 8 * 40, value = 2;
    set_enable(V(0), 40, true);
    fake_write(V(0), at, 2);
    assert_int_equal(fake_read(V(0), at), 2);
    fake_write(V(0), at + 4, 1); // Aff3: there is none
    assert_int_equal(fake_mmio(V(0), at, 8, false, &value), TRAP_SKIP);
    assert_int_equal(value, 0x100000002);
    vgic_inject(V(0), 40);
    fake_run_all();
    nothing(2);
    fake_write(V(0), at + 4, 0);
    fake_run_all();
    take(2, 40);
    value = BIT(31);
    assert_int_equal(fake_mmio(V(0), at, 8, true, &value), TRAP_SKIP);
    assert_int_equal(fake_read(V(0), at), 0x80000000);
    vgic_inject(V(0), 40);
    fake_run_all();
    take(2, 40);
    (void)state;
}

// Every offset and size: an answer, or an abort for the guest; never anything else (XSA-117).
static void every_access(void **state) {
    fake_gic_reset(VERSION);
    for (unsigned range = 0; range < fake_domain.arch.nr_mmio; range++) {
        const struct mmio_range *r = &fake_domain.arch.mmio[range];
        for (unsigned size = 1; size <= 8; size *= 2) {
            for (uint64_t offset = 0; offset < r->size; offset += size) {
                uint64_t value = 0xffffffffffffffff;
                fake_mmio(V(0), r->base + offset, size, offset & 32, &value);
            }
        }
        fake_run_all();
        fake_check();
    }
    uint64_t value = 0;
    assert_int_equal(fake_mmio(V(0), FAKE_GICD + 0x100, 1, false, &value), TRAP_INJECT);
    assert_int_equal(fake_mmio(V(0), FAKE_GICD + 0x100, 8, true, &value), TRAP_INJECT);
    assert_int_equal(fake_mmio(V(0), FAKE_GICD + 0x404, 2, true, &value), TRAP_INJECT);
    assert_int_equal(fake_mmio(V(0), FAKE_GICD + 0xe04, 4, false, &value), TRAP_SKIP);
    assert_int_equal(value, 0);
}

// A guest finds its controller where the Xen ABI says, whatever the host's layout is.
static void a_guest_has_the_abis_layout(void **state) {
    uint64_t value;
    fake_gic_reset(VERSION);
    D->privileged = false;
    D->arch.nr_mmio = 0;
    vgic_host_layout.vcpu_base = 0xf9060000, vgic_host_layout.vcpu_size = 0x20000;
    assert_int_equal(vgic_create(D, 0), 0);
    assert_int_equal(fake_mmio(V(0), GUEST_GICD_BASE + 4, 4, false, &value), TRAP_SKIP);
    assert_int_equal(value & 31, 0); // no SPIs
    if (VERSION == 2) {
        assert_int_equal(fake_gicv[0], 0xf9060);
        assert_int_equal(fake_gicv[1], 0xf9070); // frames of 64 KiB
        return;
    }
    for (unsigned i = 0; i < FAKE_VCPUS; i++) {
        assert_int_equal(vgic_vcpu_create(V(i)), 0);
        uint64_t typer = GUEST_GICV3_GICR0_BASE + i * 0x20000 + 8;
        assert_int_equal(fake_mmio(V(0), typer, 8, false, &value), TRAP_SKIP);
        assert_int_equal(value >> 32, i);
        assert_int_equal(value >> 4 & 1, i + 1 == FAKE_VCPUS);
    }
}

static void creation_fails_clean(void **state) {
    fake_gic_reset(VERSION);
    assert_int_not_equal(vgic_create(D, MAX_SPIS + 1), 0);
    assert_int_not_equal(irq_assign(5, D), 0);
    assert_int_not_equal(irq_assign(4000, D), 0);
    D->arch.nr_mmio = MMIO_RANGES;
    assert_int_not_equal(vgic_create(D, 32), 0);
    if (VERSION == 3) {
        vgic_host_layout.redist_size[1] = 0;
        assert_int_not_equal(vgic_vcpu_create(V(3)), 0);
    }
}

#define ON(test, n)                                                                                \
    { #test " v" #n, test, NULL, NULL, &both[n - 2] }

int main(void) {
    const struct CMUnitTest tests[] = {
        ON(software_interrupt, 2),
        ON(software_interrupt, 3),
        ON(disabled_waits, 2),
        ON(disabled_waits, 3),
        ON(more_than_list_registers, 2),
        ON(more_than_list_registers, 3),
        ON(evicted_comes_back, 2),
        ON(evicted_comes_back, 3),
        ON(order_of_the_queue, 2),
        ON(order_of_the_queue, 3),
        ON(remote_injection, 2),
        ON(remote_injection, 3),
        ON(blocked_wakes, 2),
        ON(blocked_wakes, 3),
        ON(posted_finds_its_vcpu, 2),
        ON(posted_finds_its_vcpu, 3),
        ON(lowered, 2),
        ON(lowered, 3),
        ON(hardware_spi, 2),
        ON(hardware_spi, 3),
        ON(hardware_spi_released, 2),
        ON(hardware_spi_released, 3),
        ON(hardware_active_by_register, 2),
        ON(hardware_active_by_register, 3),
        ON(vtimer, 2),
        ON(vtimer, 3),
        cmocka_unit_test(sgi_v2),
        cmocka_unit_test(sgi_v2_sources),
        cmocka_unit_test(sgi_v3),
        cmocka_unit_test(registers_v2),
        cmocka_unit_test(registers_v3),
        ON(every_access, 2),
        ON(every_access, 3),
        ON(a_guest_has_the_abis_layout, 2),
        ON(a_guest_has_the_abis_layout, 3),
        ON(creation_fails_clean, 2),
        ON(creation_fails_clean, 3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
