// SPDX-License-Identifier: Apache-2.0
// HCR_EL2, MDCR_EL2, CPTR_EL2, CNTHCTL_EL2, VTCR_EL2: what a guest traps on (Arm ARM D17.2).
#pragma once
#include <core/types.h>

#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1) // set/way invalidation cleans as well: no line of another guest is lost
#define HCR_PTW BIT(2)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_FB BIT(9)
#define HCR_BSU_INNER (1ULL << 10)
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_RW BIT(31)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_TEA BIT(37)

#define HCR_GUEST                                                                                  \
    (HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU_INNER |          \
     HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR | HCR_TEA)

// Debug, PMU and trace registers trap: TPMCR, TPM, TDA, TDOSA, TDRA, TTRF.
#define MDCR_GUEST (BIT(5) | BIT(6) | BIT(9) | BIT(10) | BIT(11) | BIT(19))
#define MDCR_PMU (BIT(5) | BIT(6)) // TPMCR, TPM: not for guests that have a PMU
#define MDCR_HPMD BIT(17)          // from FEAT_PMUv3p1 on: no events of EL2
#define MDCR_HCCD BIT(23)          // from FEAT_PMUv3p5 on: nor its cycles
// RES1 bits, trace, SVE, SME and activity monitors trap; FP and SIMD do not.
#define CPTR_GUEST (0x33ffULL | BIT(20) | BIT(30))
#define CNTHCTL_GUEST BIT(0) // EL1PCTEN: the counter is readable; CNTP_* traps
// Guests have no CP15 c15; Jazelle, ThumbEE do not exist.
#define HSTR_GUEST BIT(15)
