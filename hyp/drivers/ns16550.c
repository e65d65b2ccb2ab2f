// SPDX-License-Identifier: Apache-2.0
// NS16550A (National Semiconductor PC16550D), Synopsys DW_apb_uart, and the BCM2835's mini UART,
// which looks like one. Registers are spaced by reg-shift and accessed by reg-io-width. The
// firmware's rate and format are kept. There is one console, so what a UART needs is kept here. The
// console holds its lock.

#include <drivers/uart.h>

enum { RBR = 0, THR = 0, IER = 1, IIR = 2, FCR = 2, MCR = 4, LSR = 5, DW_USR = 0x1f };
#define FCR_FIFO 0x01u // receive trigger at one byte
#define MCR_ON 0x0bu   // DTR, RTS, OUT2 (lets the interrupt out)
#define LSR_DR 0x01u
#define LSR_THRE 0x20u
#define IER_RX 0x01u
#define IER_TX 0x02u
#define IIR_ID 0x0fu
#define IIR_FIFO 0xc0u // both: the FIFOs are on
#define IIR_DW_BUSY 0x07u
#define IIR_TIMEOUT 0x0cu
#define FIFO_DEPTH 16

static uint32_t shift, width;
static unsigned depth; // bytes that fit once THRE is set
static unsigned room;  // of them, left

static uint8_t get(volatile void *base, unsigned r) {
    volatile void *at = (volatile char *)base + ((size_t)r << shift);
    return width == 4 ? (uint8_t)(*(volatile uint32_t *)at) : *(volatile uint8_t *)at;
}

static void set(volatile void *base, unsigned r, uint8_t v) {
    volatile void *at = (volatile char *)base + ((size_t)r << shift);
    if (width == 4)
        *(volatile uint32_t *)at = v;
    else
        *(volatile uint8_t *)at = v;
}

static void ns16550_init(volatile void *base, uint32_t reg_shift, uint32_t io_width) {
    shift = reg_shift & 7;
    width = io_width;
    room = 0;
    set(base, IER, 0);
    set(base, FCR, FCR_FIFO);
    set(base, MCR, MCR_ON);
    depth = (get(base, IIR) & IIR_FIFO) == IIR_FIFO ? FIFO_DEPTH : 1;
}

// Its binding has no reg-shift; here THRE means room for one byte, not an empty FIFO.
static void bcm2835_aux_init(volatile void *base, uint32_t reg_shift, uint32_t io_width) {
    (void)reg_shift;
    (void)io_width;
    ns16550_init(base, 2, 4);
    depth = 1;
}

static bool ns16550_tx_ready(volatile void *base) {
    if (room == 0 && (get(base, LSR) & LSR_THRE))
        room = depth;
    return room > 0;
}

static void ns16550_tx(volatile void *base, uint8_t c) {
    set(base, THR, c);
    if (room > 0)
        room--;
}

static int ns16550_rx(volatile void *base) {
    return (get(base, LSR) & LSR_DR) ? get(base, RBR) : -1;
}

// Reading IIR takes THRE's interrupt away. Two of DW_apb_uart's stay until their register is read:
// busy, and a time-out without a byte.
static void ns16550_irq_ack(volatile void *base) {
    uint8_t id = get(base, IIR) & IIR_ID;
    if (id == IIR_DW_BUSY)
        (void)get(base, DW_USR);
    else if (id == IIR_TIMEOUT && !(get(base, LSR) & LSR_DR))
        (void)get(base, RBR);
}

static void ns16550_irq_enable(volatile void *base, bool rx, bool tx) {
    set(base, IER, (uint8_t)((rx ? IER_RX : 0) | (tx ? IER_TX : 0)));
}

const struct uart_ops uart_ns16550 = {
    .compatible = {"ns16550a", "ns16550", "snps,dw-apb-uart"},
    .init = ns16550_init,
    .tx_ready = ns16550_tx_ready,
    .tx = ns16550_tx,
    .rx = ns16550_rx,
    .irq_ack = ns16550_irq_ack,
    .irq_enable = ns16550_irq_enable,
};

const struct uart_ops uart_bcm2835_aux = {
    .compatible = {"brcm,bcm2835-aux-uart"},
    .init = bcm2835_aux_init,
    .tx_ready = ns16550_tx_ready,
    .tx = ns16550_tx,
    .rx = ns16550_rx,
    .irq_ack = ns16550_irq_ack,
    .irq_enable = ns16550_irq_enable,
};
