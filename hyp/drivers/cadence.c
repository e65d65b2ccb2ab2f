// SPDX-License-Identifier: Apache-2.0
// Cadence UART of the Xilinx Zynq families (Xilinx UG1085, UG585). The firmware's rate is kept.
// Register accesses only; the console holds its lock.

#include <drivers/uart.h>

#define CR 0x00
#define IER 0x08
#define IDR 0x0c
#define ISR 0x14
#define RXWM 0x20
#define SR 0x2c
#define FIFO 0x30
#define CR_TX_RX_EN 0x14u
#define CR_TX_RX_DIS 0x28u
#define SR_RXEMPTY 0x02u
#define SR_TXFULL 0x10u
#define INT_ALL 0x3fffu
#define INT_RX 0x01u // RTRIG: as many bytes as RXWM says
#define INT_TX 0x08u // TEMPTY

static volatile uint32_t *reg(volatile void *base, unsigned offset) {
    return (volatile uint32_t *)(volatile void *)((volatile char *)base + offset);
}

static void cadence_init(volatile void *base, uint32_t reg_shift, uint32_t io_width) {
    (void)reg_shift;
    (void)io_width;
    *reg(base, IDR) = INT_ALL;
    *reg(base, RXWM) = 1;
    *reg(base, CR) = (*reg(base, CR) & ~CR_TX_RX_DIS) | CR_TX_RX_EN;
    *reg(base, ISR) = INT_ALL;
}

static bool cadence_tx_ready(volatile void *base) { return !(*reg(base, SR) & SR_TXFULL); }

static void cadence_tx(volatile void *base, uint8_t c) { *reg(base, FIFO) = c; }

static int cadence_rx(volatile void *base) {
    return (*reg(base, SR) & SR_RXEMPTY) ? -1 : (int)(*reg(base, FIFO) & 0xff);
}

// Before the FIFOs are served: what happens from then on sets its bit again.
static void cadence_irq_ack(volatile void *base) { *reg(base, ISR) = *reg(base, ISR); }

static void cadence_irq_enable(volatile void *base, bool rx, bool tx) {
    uint32_t on = (rx ? INT_RX : 0) | (tx ? INT_TX : 0);
    *reg(base, IDR) = INT_ALL & ~on;
    *reg(base, IER) = on;
}

const struct uart_ops uart_cadence = {
    .compatible = {"cdns,uart-r1p12", "cdns,uart-r1p8", "xlnx,xuartps"},
    .init = cadence_init,
    .tx_ready = cadence_tx_ready,
    .tx = cadence_tx,
    .rx = cadence_rx,
    .irq_ack = cadence_irq_ack,
    .irq_enable = cadence_irq_enable,
};
