// SPDX-License-Identifier: Apache-2.0
// A guest's GIC driver, versions 2 and 3 (Arm IHI 0048B, IHI 0069): all interrupts group 1 as
// a Non-secure guest sees them, one priority, SPIs left alone until enabled. Any CPU, IRQs masked.

#include "rt.h"

#define GICD_CTLR 0x000U
#define GICD_ISENABLER 0x100U
#define GICD_ICENABLER 0x180U
#define GICD_IPRIORITYR 0x400U
#define GICR_WAKER 0x014U
#define GICR_TYPER 0x008U
#define GICR_SGI_FRAME 0x10000U
#define GICC_CTLR 0x00U
#define GICC_PMR 0x04U
#define GICC_IAR 0x0cU
#define GICC_EOIR 0x10U

#define PRIORITY 0xa0U

uint64_t rt_gic_rd(void) {
    const struct rt_platform *pf = &rt_platform;
    if (pf->gic_version != 3U) {
        return 0;
    }
    uint64_t m = RT_READ(mpidr_el1);
    uint32_t affinity = (uint32_t)(m & 0xffffffU) | (uint32_t)(m >> 8 & 0xff000000U);
    uint64_t rd = pf->gicr;
    while (rd < pf->gicr + pf->gicr_size) {
        uint64_t typer = rt_read64(rd + GICR_TYPER);
        if ((uint32_t)(typer >> 32) == affinity) {
            return rd;
        }
        if ((typer & (1U << 4)) != 0) { // Last
            break;
        }
        rd += (typer & 2U) != 0 ? 0x40000U : 0x20000U; // VLPIS: four frames
    }
    return 0;
}

uint64_t rt_gic_bank(uint32_t intid) {
    if (rt_platform.gic_version == 3U && intid < 32U) {
        return rt_gic_rd() + GICR_SGI_FRAME;
    }
    return rt_platform.gicd;
}

void rt_gic_enable(uint32_t intid) {
    uint64_t bank = rt_gic_bank(intid);
    rt_write8(bank + GICD_IPRIORITYR + intid, PRIORITY);
    rt_write32(bank + GICD_ISENABLER + 4U * (intid / 32U), 1U << intid % 32U);
}

void rt_gic_disable(uint32_t intid) {
    rt_write32(rt_gic_bank(intid) + GICD_ICENABLER + 4U * (intid / 32U), 1U << intid % 32U);
}

void rt_gic_init_cpu(void) {
    if (rt_platform.gic_version == 3U) {
        uint64_t rd = rt_gic_rd();
        rt_write32(rd + GICR_WAKER, 0);
        for (uint32_t i = 0; i < 1000U && (rt_read32(rd + GICR_WAKER) & 4U) != 0; i++) {
            rt_yield();
        }
        RT_WRITE(S3_0_C12_C12_5, 1); // ICC_SRE_EL1
        rt_isb();
        RT_WRITE(S3_0_C4_C6_0, 0xff); // ICC_PMR_EL1
        RT_WRITE(S3_0_C12_C12_4, 0);  // ICC_CTLR_EL1: EOI drops and deactivates
        RT_WRITE(S3_0_C12_C12_7, 1);  // ICC_IGRPEN1_EL1
        rt_isb();
    } else {
        rt_write32(rt_platform.gicc + GICC_PMR, 0xff);
        rt_write32(rt_platform.gicc + GICC_CTLR, 1);
    }
}

void rt_gic_init(void) {
    // v3: ARE_NS and EnableGrp1A as Non-secure; v2: EnableGrp1
    rt_write32(rt_platform.gicd + GICD_CTLR, rt_platform.gic_version == 3U ? 0x12U : 1U);
    rt_gic_init_cpu();
}

uint32_t rt_gic_ack(void) {
    if (rt_platform.gic_version == 3U) {
        return (uint32_t)RT_READ(S3_0_C12_C12_0); // ICC_IAR1_EL1
    }
    return rt_read32(rt_platform.gicc + GICC_IAR); // with the sender's number for an SGI
}

void rt_gic_eoi(uint32_t iar) {
    if (rt_platform.gic_version == 3U) {
        RT_WRITE(S3_0_C12_C12_1, iar); // ICC_EOIR1_EL1
    } else {
        rt_write32(rt_platform.gicc + GICC_EOIR, iar);
    }
}

uint64_t rt_gic_sgi_value(const struct rt_cpu *cpu, uint32_t sgi) {
    if (rt_platform.gic_version == 3U) {
        uint64_t m = cpu->mpidr;
        return (m >> 32 & 0xffU) << 48 | (m >> 16 & 0xffU) << 32 | (m >> 8 & 0xffU) << 16 |
               (uint64_t)sgi << 24 | 1ULL << (m & 0xfU);
    }
    return 1ULL << (16U + cpu->id) | sgi;
}
