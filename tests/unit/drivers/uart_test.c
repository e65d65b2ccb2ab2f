// SPDX-License-Identifier: Apache-2.0
// The UART drivers over plain memory: which registers they touch, and that firmware's settings
// stay.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <drivers/uart.h>

#include <cmocka.h>

static uint32_t page[1024];
static volatile void *const base = page;

static uint32_t *reg(unsigned offset) { return &page[offset / 4]; }

static void drivers_are_found(void **state) {
    static const struct {
        const char *name;
        const struct uart_ops *ops;
    } names[] = {
        {"arm,pl011", &uart_pl011},
        {"arm,sbsa-uart", &uart_sbsa},
        {"cdns,uart-r1p8", &uart_cadence},
        {"cdns,uart-r1p12", &uart_cadence},
        {"xlnx,xuartps", &uart_cadence},
        {"ns16550", &uart_ns16550},
        {"ns16550a", &uart_ns16550},
        {"snps,dw-apb-uart", &uart_ns16550},
        {"brcm,bcm2835-aux-uart", &uart_bcm2835_aux},
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        assert_ptr_equal(uart_find(names[i].name), names[i].ops);
    assert_null(uart_find("arm,pl01"));
    assert_null(uart_find(""));
}

static void pl011(void **state) {
    const struct uart_ops *u = &uart_pl011;
    memset(page, 0, sizeof(page));
    u->init(base, 0, 4); // off: format and FIFO are set
    assert_int_equal(*reg(0x2c), 0x70);
    assert_int_equal(*reg(0x30), 0x301);
    *reg(0x2c) = 0x62, *reg(0x30) = 0x8001; // run by firmware: format stays
    u->init(base, 0, 4);
    assert_int_equal(*reg(0x2c), 0x62);
    assert_int_equal(*reg(0x30), 0x8301);
    *reg(0x18) = 0x30;
    assert_false(u->tx_ready(base));
    assert_int_equal(u->rx(base), -1);
    *reg(0x18) = 0;
    assert_true(u->tx_ready(base));
    *reg(0) = 0xf41; // error bits above the byte
    assert_int_equal(u->rx(base), 0x41);
    u->tx(base, 0x5a);
    assert_int_equal(*reg(0), 0x5a);
    u->irq_enable(base, true, true);
    assert_int_equal(*reg(0x38), 0x70);
    u->irq_enable(base, true, false);
    assert_int_equal(*reg(0x38), 0x50);
    u->irq_ack(base);
    assert_int_equal(*reg(0x44) & 0x50, 0); // received bytes keep their interrupt
    assert_int_equal(*reg(0x44) & 0x20, 0x20);
    memset(page, 0, sizeof(page));
    uart_sbsa.init(base, 0, 4);
    assert_true(*reg(0x2c) == 0 && *reg(0x30) == 0);
}

static void cadence(void **state) {
    const struct uart_ops *u = &uart_cadence;
    memset(page, 0, sizeof(page));
    *reg(0) = 0x128; // both disabled; another bit
    u->init(base, 0, 4);
    assert_int_equal(*reg(0), 0x114);
    assert_int_equal(*reg(0x20), 1);
    assert_int_equal(*reg(0x0c), 0x3fff);
    *reg(0x2c) = 0x12;
    assert_true(!u->tx_ready(base) && u->rx(base) == -1);
    *reg(0x2c) = 0;
    *reg(0x30) = 0x41;
    assert_true(u->tx_ready(base) && u->rx(base) == 0x41);
    u->irq_enable(base, true, true);
    assert_int_equal(*reg(0x08), 9);
    u->irq_enable(base, true, false);
    assert_true(*reg(0x08) == 1 && *reg(0x0c) == 0x3ffe);
    *reg(0x14) = 0x2b;
    u->irq_ack(base);
    assert_int_equal(*reg(0x14), 0x2b);
}

// `shift` and `width` 1 or 4.
static void ns16550_at(unsigned shift, unsigned width) {
    const struct uart_ops *u = &uart_ns16550;
    volatile uint8_t *r = (volatile uint8_t *)page;
    memset(page, 0, sizeof(page));
    r[3 << shift] = 0x1b; // LCR of the firmware
    r[2 << shift] = 0xc1; // IIR: FIFOs (and FCR: plain memory, the write sticks)
    u->init(base, shift, width);
    assert_int_equal(r[3 << shift], 0x1b);
    assert_int_equal(r[2 << shift], 0x01);
    assert_int_equal(r[4 << shift], 0x0b);
    r[5 << shift] = 0;
    assert_true(!u->tx_ready(base) && u->rx(base) == -1);
    r[5 << shift] = 0x20;
    assert_true(u->tx_ready(base));
    r[5 << shift] = 0;
    u->tx(base, 'a');
    assert_int_equal(r[0], 'a');
    assert_false(u->tx_ready(base)); // no FIFO seen: one byte a time
    r[5 << shift] = 0x01;
    assert_int_equal(u->rx(base), 'a');
    u->irq_enable(base, true, true);
    assert_int_equal(r[1 << shift], 3);
    u->irq_enable(base, true, false);
    assert_int_equal(r[1 << shift], 1);
    u->irq_ack(base);
}

static void ns16550(void **state) {
    ns16550_at(0, 1);
    ns16550_at(2, 1);
    ns16550_at(2, 4);
    memset(page, 0, sizeof(page));
    uart_bcm2835_aux.init(base, 0, 1); // its spacing is fixed
    assert_int_equal(page[4], 0x0b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_found),
        cmocka_unit_test(pl011),
        cmocka_unit_test(cadence),
        cmocka_unit_test(ns16550),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
