// SPDX-License-Identifier: Apache-2.0
// Identification registers for guests (HCR_EL2.TID3): one row a register, the fields that are
// passed on. A field is kept only if EL2 switches its state or it has none (R19); what is not named
// reads as zero.

#include <arch/boot.h>
#include <arch/vcpu.h>
#include <arm64/idreg.h>
#include <arm64/sysreg.h>
#include <lib/string.h>

#define F(lsb) (0xfULL << (lsb)) // a four-bit field
#define ALL (~0ULL)
#define PMU_VERSION_MAX 8 // v8.8; later ones have registers that pmu.c does not know

uint64_t idreg_value[2][8][8];

struct idreg_row {
    uint8_t crm, op2;
    uint64_t (*read)(void);
    uint64_t keep;
};

static const struct idreg_row rows[] = {
    {1, 0, read_id_pfr0_el1, F(0) | F(4) | F(8) | F(12) | F(16)}, // no AMU, RAS
    {1, 1, read_id_pfr1_el1, ALL & ~F(12) & ~F(28)}, // no Virtualization; GIC set below
    {1, 2, read_id_dfr0_el1, F(0) | F(8)},           // self-hosted debug; no PMU, no trace
    {1, 3, read_id_afr0_el1, 0},
    {1, 4, read_id_mmfr0_el1, ALL},
    {1, 5, read_id_mmfr1_el1, ALL},
    {1, 6, read_id_mmfr2_el1, ALL},
    {1, 7, read_id_mmfr3_el1, ALL},
    {2, 0, read_id_isar0_el1, ALL},
    {2, 1, read_id_isar1_el1, ALL},
    {2, 2, read_id_isar2_el1, ALL},
    {2, 3, read_id_isar3_el1, ALL},
    {2, 4, read_id_isar4_el1, ALL},
    {2, 5, read_id_isar5_el1, ALL},
    {2, 6, read_id_mmfr4_el1, ALL & ~F(0)}, // no SpecSEI
    {2, 7, read_id_isar6_el1, ALL},
    {3, 0, read_mvfr0_el1, ALL},
    {3, 1, read_mvfr1_el1, ALL},
    {3, 2, read_mvfr2_el1, ALL},
    {3, 4, read_id_pfr2_el1, F(0) | F(4)}, // CSV3, SSBS; no RAS_frac
    {3, 5, read_id_dfr1_el1, 0},
    {3, 6, read_id_mmfr5_el1, F(0)}, // ETS
    // EL0, EL1, FP, AdvSIMD, DIT, CSV3. EL2, EL3, RAS, SVE, SEL2, MPAM, AMU have state that is not
    // switched; CSV2 is cut below.
    {4, 0, read_id_aa64pfr0_el1, F(0) | F(4) | F(16) | F(20) | F(48) | F(60)},
    {4, 1, read_id_aa64pfr1_el1, F(0) | F(4)},                  // BTI, SSBS; no MTE, SME, NMI
    {5, 0, read_id_aa64dfr0_el1, F(0) | F(12) | F(20) | F(28)}, // version and counts only
    {6, 0, read_id_aa64isar0_el1, ALL & ~F(24)},                // no TME
    // No pointer authentication (keys), no LS64, no XS; the rest has no state.
    {6, 1, read_id_aa64isar1_el1,
     F(0) | F(12) | F(16) | F(20) | F(32) | F(36) | F(40) | F(44) | F(48) | F(52)},
    {6, 2, read_id_aa64isar2_el1, F(4) | F(20) | F(28)}, // RPRES, BC, CLRBHB
    // No FGT, ECV, stage-2 granules.
    {7, 0, read_id_aa64mmfr0_el1,
     F(0) | F(4) | F(8) | F(12) | F(16) | F(20) | F(24) | F(28) | F(44)},
    // HAFDBS, HPDS, PAN, ETS, nTLBPA; nothing of EL2's.
    {7, 1, read_id_aa64mmfr1_el1, F(0) | F(12) | F(20) | F(36) | F(48)},
    // CnP, UAO, LSM, VARange, CCIDX, ST, AT, TTL, BBM, E0PD.
    {7, 2, read_id_aa64mmfr2_el1,
     F(0) | F(4) | F(8) | F(16) | F(20) | F(28) | F(32) | F(48) | F(52) | F(60)},
};

// PMUVer and PerfMon; 0xf is a PMU of no version.
static uint64_t pmu_version(uint64_t field) {
    return field == 0xf ? 0 : MIN(field, (uint64_t)PMU_VERSION_MAX);
}

bool arch_has_pmu(void) { return FIELD(idreg_value[1][5][0], 11, 8) != 0; }

void guest_features_init(bool gicv3) {
    uint64_t(*value)[8] = idreg_value[0];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        value[rows[i].crm][rows[i].op2] = rows[i].read() & rows[i].keep;
    // Guests have no double lock: DoubleLock reads 0b1111, the counts of
    // breakpoints stay as they are because the field has no value for "none".
    uint64_t csv2 = FIELD(read_id_aa64pfr0_el1(), 59, 56);
    value[4][0] |= (csv2 ? 1ULL : 0) << 56; // CSV2_2 would offer SCXTNUM_ELx
    value[5][0] |= 0xfULL << 36;
    if (gicv3) {
        value[4][0] |= 1ULL << 24;
        value[1][1] |= 1ULL << 28;
    }
    memcpy(idreg_value[1], value, sizeof(idreg_value[1]));
    idreg_value[1][5][0] |= pmu_version(FIELD(read_id_aa64dfr0_el1(), 11, 8)) << 8;
    idreg_value[1][1][2] |= pmu_version(FIELD(read_id_dfr0_el1(), 27, 24)) << 24;
}
