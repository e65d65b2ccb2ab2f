// SPDX-License-Identifier: Apache-2.0
// Rows of interrupts to this vCPU: an SGI to itself, the virtual timer with the vCPU running and
// asleep, a device's SPI. The figure ends at the first instruction of the guest's vector.

#include "bench.h"

#define SGI 1U

static uint32_t seed;

// Numbers in [0, below), the same in each run.
static uint32_t scatter(uint32_t below) {
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % below;
}

static void nothing(uint32_t intid) { (void)intid; }

static void timer_stop(uint32_t intid) {
    (void)intid;
    RT_WRITE(cntv_ctl_el0, 0);
    rt_isb();
}

static bool sgi_setup(void) {
    rt_irq_handler(SGI, nothing);
    rt_gic_enable(SGI);
    rt_irq_on();
    return true;
}

bool timer_setup(void) {
    seed = 1;
    rt_irq_handler(rt_platform.irq_vtimer, timer_stop);
    rt_gic_enable(rt_platform.irq_vtimer);
    rt_irq_on();
    return rt_platform.irq_vtimer != 0;
}

static uint64_t sgi_self(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t value = rt_gic_sgi_value(cpu, SGI);
    uint64_t was = cpu->irq_count, from;
    if (rt_platform.gic_version == 2U) {
        value = 2U << 24 | SGI; // GICD_SGIR's filter "only the requester"
    }
    if (rt_platform.gic_version == 3U) {
        __asm__ volatile("mrs %0, cntvct_el0\n\tmsr S3_0_C12_C11_5, %1"
                         : "=&r"(from)
                         : "r"(value)
                         : "memory");
    } else {
        __asm__ volatile("mrs %0, cntvct_el0\n\tstr %w1, [%2]"
                         : "=&r"(from)
                         : "r"(value), "r"(rt_platform.gicd + 0xf00U)
                         : "memory");
    }
    return rt_wait_change(&cpu->irq_count, was, SHOT_LIMIT) ? cpu->irq_tick - from - 1U
                                                            : SHOT_FAILED;
}

uint64_t timer_arm(uint32_t least, uint32_t spread) {
    uint64_t deadline = rt_now() + least + scatter(spread);
    RT_WRITE(cntv_cval_el0, deadline);
    RT_WRITE(cntv_ctl_el0, 1);
    rt_isb();
    return deadline;
}

static uint64_t vtimer_spin(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t was = cpu->irq_count;
    uint64_t deadline = timer_arm(10000, 10000);
    return rt_wait_change(&cpu->irq_count, was, SHOT_LIMIT) ? cpu->irq_tick - deadline
                                                            : SHOT_FAILED;
}

uint64_t timer_sleep(uint32_t least, uint32_t spread) {
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t was = cpu->irq_count;
    uint64_t deadline = timer_arm(least, spread);
    while (cpu->irq_count == was) {
        rt_wfi();
        if (rt_now() - deadline < SHOT_LIMIT << 1 && rt_now() - deadline > SHOT_LIMIT) {
            return SHOT_FAILED;
        }
    }
    return cpu->irq_tick - deadline;
}

static uint64_t vtimer_wfi(uint32_t nth) {
    (void)nth;
    return timer_sleep(120000, 80000);
}

static uint64_t vtimer_wfi_near(uint32_t nth) {
    (void)nth;
    return timer_sleep(20000, 30000);
}

// The timer fires as soon as the hypervisor has begun to put the vCPU to sleep.
static uint64_t wfi_round_trip(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t was = cpu->irq_count, from;
    uint64_t deadline = rt_now() + 20U;
    RT_WRITE(cntv_cval_el0, deadline);
    RT_WRITE(cntv_ctl_el0, 1);
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\twfi" : "=r"(from)::"memory");
    if (from >= deadline || !rt_wait_change(&cpu->irq_count, was, SHOT_LIMIT)) {
        return SHOT_FAILED;
    }
    return cpu->irq_tick - from - 1U;
}

#define RTC_DR 0x00U // PL031 (Arm DDI 0224)
#define RTC_MR 0x04U
#define RTC_IMSC 0x10U
#define RTC_ICR 0x1cU
#define UART_IER 0x08U // Cadence UART (Xilinx UG1087)
#define UART_IDR 0x0cU
#define UART_ISR 0x14U
#define UART_TX_EMPTY 8U

static void device_quiet(uint32_t intid) {
    (void)intid;
    if (rt_platform.rtc != 0) {
        rt_write32(rt_platform.rtc + RTC_ICR, 1);
    } else {
        rt_write32(rt_platform.cadence + UART_IDR, UINT32_MAX);
        rt_write32(rt_platform.cadence + UART_ISR, UART_TX_EMPTY);
    }
}

static bool spi_setup(void) {
    if (rt_platform.irq_device == 0) {
        return false;
    }
    if (rt_platform.rtc != 0) {
        rt_write32(rt_platform.rtc + RTC_IMSC, 1);
    }
    device_quiet(0);
    rt_irq_handler(rt_platform.irq_device, device_quiet);
    rt_gic_enable(rt_platform.irq_device);
    rt_irq_on();
    return true;
}

// The store that lets the device raise its line: an alarm for this very second, or the mask of what
// is so already.
static uint64_t spi_spin(uint32_t nth) {
    (void)nth;
    struct rt_cpu *cpu = rt_this_cpu();
    uint64_t was = cpu->irq_count, rtc = rt_platform.rtc, from;
    uint64_t at = rtc != 0 ? rtc + RTC_MR : rt_platform.cadence + UART_IER;
    uint32_t value = rtc != 0 ? rt_read32(rtc + RTC_DR) : UART_TX_EMPTY;
    __asm__ volatile("mrs %0, cntvct_el0\n\tstr %w1, [%2]"
                     : "=&r"(from)
                     : "r"(value), "r"(at)
                     : "memory");
    return rt_wait_change(&cpu->irq_count, was, SHOT_LIMIT) ? cpu->irq_tick - from - 1U
                                                            : SHOT_FAILED;
}

const struct row irq_rows[] = {
    {"sgi_self", sgi_setup, sgi_self, rt_irq_off, 256},
    {"vtimer_spin", timer_setup, vtimer_spin, rt_irq_off, 1000},
    {"vtimer_wfi", timer_setup, vtimer_wfi, rt_irq_off, 1000},
    {"vtimer_wfi_near", timer_setup, vtimer_wfi_near, rt_irq_off, 1000},
    {"wfi_round_trip", timer_setup, wfi_round_trip, rt_irq_off, 256},
    {NULL, NULL, NULL, NULL, 0},
};

// Once more, fewer, under another scheduler.
const struct row timer_rows[] = {
    {"vtimer_spin", timer_setup, vtimer_spin, rt_irq_off, 256},
    {"vtimer_wfi", timer_setup, vtimer_wfi, rt_irq_off, 256},
    {"vtimer_wfi_near", timer_setup, vtimer_wfi_near, rt_irq_off, 256},
    {"wfi_round_trip", timer_setup, wfi_round_trip, rt_irq_off, 256},
    {NULL, NULL, NULL, NULL, 0},
};

const struct row spi_rows[] = {
    {"spi_spin", spi_setup, spi_spin, rt_irq_off, 256},
    {NULL, NULL, NULL, NULL, 0},
};
