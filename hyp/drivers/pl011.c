// SPDX-License-Identifier: Apache-2.0
// Arm PrimeCell UART PL011 (Arm DDI 0183) and its subset, the SBSA generic UART (Arm BSA appendix
// B), which has no control registers. The firmware's rate is kept. Register accesses only; the
// console holds its lock.

#include <drivers/uart.h>

#define DR 0x00
#define FR 0x18
#define LCR_H 0x2c
#define CR 0x30
#define IMSC 0x38
#define ICR 0x44
#define FR_RXFE 0x10u
#define FR_TXFF 0x20u
#define LCR_8BITS_FIFO 0x70u // WLEN, FEN
#define CR_UARTEN 0x001u
#define CR_TXE_RXE 0x300u
#define INT_RX 0x50u // receive, receive time-out: gone when the FIFO is read empty
#define INT_TX 0x20u // transmit FIFO fell to its trigger: gone when cleared
#define INT_ERRORS 0x780u

static volatile uint32_t *reg(volatile void *base, unsigned offset) {
    return (volatile uint32_t *)(volatile void *)((volatile char *)base + offset);
}

static void sbsa_init(volatile void *base, uint32_t reg_shift, uint32_t io_width) {
    (void)reg_shift;
    (void)io_width;
    *reg(base, IMSC) = 0;
    *reg(base, ICR) = INT_TX | INT_ERRORS;
}

static void pl011_init(volatile void *base, uint32_t reg_shift, uint32_t io_width) {
    sbsa_init(base, reg_shift, io_width);
    // LCR_H may be written only while the UART is off; one that firmware runs is left as it is.
    if (!(*reg(base, CR) & CR_UARTEN))
        *reg(base, LCR_H) |= LCR_8BITS_FIFO;
    *reg(base, CR) |= CR_UARTEN | CR_TXE_RXE;
}

static bool pl011_tx_ready(volatile void *base) { return !(*reg(base, FR) & FR_TXFF); }

static void pl011_tx(volatile void *base, uint8_t c) { *reg(base, DR) = c; }

static int pl011_rx(volatile void *base) {
    return (*reg(base, FR) & FR_RXFE) ? -1 : (int)(*reg(base, DR) & 0xff);
}

// The receive interrupts are not cleared here: what arrives between would be lost until the next
// byte.
static void pl011_irq_ack(volatile void *base) { *reg(base, ICR) = INT_TX | INT_ERRORS; }

static void pl011_irq_enable(volatile void *base, bool rx, bool tx) {
    *reg(base, IMSC) = (rx ? INT_RX : 0) | (tx ? INT_TX : 0);
}

const struct uart_ops uart_pl011 = {
    .compatible = {"arm,pl011"},
    .init = pl011_init,
    .tx_ready = pl011_tx_ready,
    .tx = pl011_tx,
    .rx = pl011_rx,
    .irq_ack = pl011_irq_ack,
    .irq_enable = pl011_irq_enable,
};

const struct uart_ops uart_sbsa = {
    .compatible = {"arm,sbsa-uart"},
    .init = sbsa_init,
    .tx_ready = pl011_tx_ready,
    .tx = pl011_tx,
    .rx = pl011_rx,
    .irq_ack = pl011_irq_ack,
    .irq_enable = pl011_irq_enable,
};
