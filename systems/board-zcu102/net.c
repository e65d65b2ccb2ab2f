// SPDX-License-Identifier: Apache-2.0
// Has the board's Ethernet controller (Cadence GEM, Zynq UltraScale+ TRM chapter 34): sends one
// frame. Its registers answer, it reads this guest's memory, its interrupt arrives, and what is
// behind its page is not this guest's.

#include "rt.h"

#define GEM 0xff0e0000ULL // also where this guest sees it
#define GEM_INTID 95U
#define CONTROL 0x00U
#define CONTROL_TX_ENABLE (1U << 3)
#define CONTROL_TX_START (1U << 9)
#define TX_QUEUE 0x1cU
#define TX_QUEUE_1 0x440U
#define INT_STATUS 0x24U
#define INT_ENABLE 0x28U
#define INT_DISABLE 0x2cU
#define INT_TX_COMPLETE (1U << 7)
#define MODULE_ID 0xfcU
#define DESC_USED (1U << 31)
#define DESC_WRAP (1U << 30)
#define DESC_LAST (1U << 15)
#define FRAME_BYTES 60U

// One descriptor of each queue; the second queue has nothing to send.
static volatile uint32_t queue[2][16] __attribute__((aligned(64)));
static uint8_t frame[64]
    __attribute__((aligned(64))) = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0, 0, 0, 0, 1};
static volatile uint64_t rang;

static void on_interrupt(uint32_t intid) {
    (void)intid;
    rt_write32(GEM + INT_DISABLE, INT_TX_COMPLETE);
    rt_write32(GEM + INT_STATUS, rt_read32(GEM + INT_STATUS)); // read or written: it falls
    rang++;
}

// The controller does not look into caches.
static void sync_line(const volatile void *at) {
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(at) : "memory");
}

static void send(void) {
    queue[0][0] = (uint32_t)(uintptr_t)frame;
    queue[0][1] = DESC_WRAP | DESC_LAST | FRAME_BYTES;
    queue[1][1] = DESC_USED | DESC_WRAP;
    sync_line(frame);
    sync_line(queue[0]);
    sync_line(queue[1]);
    rt_write32(GEM + TX_QUEUE, (uint32_t)(uintptr_t)queue[0]);
    rt_write32(GEM + TX_QUEUE_1, (uint32_t)(uintptr_t)queue[1]);
    rt_write32(GEM + INT_ENABLE, INT_TX_COMPLETE);
    rt_write32(GEM + CONTROL, CONTROL_TX_ENABLE);
    rt_write32(GEM + CONTROL, CONTROL_TX_ENABLE | CONTROL_TX_START);
}

void rt_main(void) {
    rt_irq_handler(GEM_INTID, on_interrupt);
    rt_gic_enable(GEM_INTID);
    rt_irq_on();
    send();
    bool arrived = rt_wait_change(&rang, 0, 5U * RT_READ(cntfrq_el0));
    sync_line(queue[0]);
    rt_expect_begin();
    (void)rt_read32(GEM + 0x1000U);
    bool fenced = rt_expect_end() != 0;
    rt_printf("@NET module %x, frame %s, interrupt %s, beyond its page %s\n",
              rt_read32(GEM + MODULE_ID) >> 16, (queue[0][1] & DESC_USED) != 0 ? "sent" : "kept",
              arrived ? "arrives" : "lost", fenced ? "nothing" : "something");
}
