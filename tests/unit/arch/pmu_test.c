// SPDX-License-Identifier: Apache-2.0
// Performance monitors (arch/arm64/pmu.c): a guest that has them finds them as it left them, counts
// only while it runs, and leaves nothing to others; what it reads of them in its ID registers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arch/boot.h>
#include <arch/vcpu.h>
#include <arm64/hcr.h>
#include <arm64/idreg.h>
#include <arm64/pmu.h>
#include <arm64/sysreg.h>
#include <core/domain.h>

#include <cmocka.h> // last: its fail() is a macro

#define COUNTERS 6
#define N (COUNTERS << 11)

static struct vcpu one, other;

// Set by hand what the hardware would make of reset or of a write to the other register.
static int setup(void **state) {
    (void)state;
    fake_regs_reset();
    memset(&one, 0, sizeof(one));
    memset(&other, 0, sizeof(other));
    write_mdcr_el2(MDCR_GUEST | COUNTERS);
    write_pmcr_el0(N);
    return 0;
}

// The guest programs all of its registers with values made from `seed`.
static void program(uint64_t seed) {
    write_pmcr_el0(N | BIT(6) | BIT(0));
    write_pmccntr_el0(seed), write_pmccfiltr_el0(seed + 1);
    write_pmcntenset_el0(seed + 2), write_pmintenset_el1(seed + 3), write_pmovsset_el0(seed + 4);
    write_pmuserenr_el0(seed + 5);
    for (unsigned n = 0; n < COUNTERS; n++) {
        write_pmselr_el0(n);
        write_pmxevtyper_el0(seed + 100 + n), write_pmxevcntr_el0(seed + 200 + n);
    }
    write_pmselr_el0(3);
}

static void check(uint64_t seed) {
    assert_int_equal(read_pmcr_el0(), N | BIT(6) | BIT(0));
    assert_int_equal(read_pmselr_el0(), 3);
    assert_int_equal(read_pmccntr_el0(), seed);
    assert_int_equal(read_pmccfiltr_el0(), seed + 1);
    assert_int_equal(read_pmcntenset_el0(), seed + 2);
    assert_int_equal(read_pmintenset_el1(), seed + 3);
    assert_int_equal(read_pmovsset_el0(), seed + 4);
    assert_int_equal(read_pmuserenr_el0(), seed + 5);
    for (unsigned n = 0; n < COUNTERS; n++) {
        write_pmselr_el0(n);
        assert_int_equal(read_pmxevtyper_el0(), seed + 100 + n);
        assert_int_equal(read_pmxevcntr_el0(), seed + 200 + n);
    }
    write_pmselr_el0(3);
}

static void each_guest_finds_its_own(void **state) {
    (void)state;
    program(1000);
    pmu_save(&one);
    program(5000);
    pmu_save(&other);
    pmu_load(&one);
    check(1000);
    pmu_save(&one);
    pmu_load(&other);
    check(5000);
}

static void nothing_counts_and_all_traps_without_it(void **state) {
    (void)state;
    program(1000);
    write_mdcr_el2(read_mdcr_el2() & ~MDCR_PMU);
    pmu_save(&one);
    assert_int_equal(read_pmcr_el0() & BIT(0), 0);
    assert_int_equal(read_mdcr_el2(), MDCR_GUEST | COUNTERS);
    assert_int_equal(fake_pmintenclr_el1.value, 0xffffffff);
    assert_int_equal(read_pmuserenr_el0(), 0);
    pmu_load(&one);
    assert_int_equal(read_mdcr_el2(), (MDCR_GUEST & ~MDCR_PMU) | COUNTERS);
}

// What a bit was set to before is cleared first: the registers to set can only add.
static void old_bits_are_cleared(void **state) {
    (void)state;
    pmu_load(&one);
    assert_int_equal(fake_pmcntenclr_el0.value, 0xffffffff);
    assert_int_equal(fake_pmovsclr_el0.value, 0xffffffff);
    assert_int_equal(fake_pmintenclr_el1.value, 0xffffffff);
}

static void machine(uint64_t pmuver, uint64_t perfmon) {
    static struct fake_reg *const read[] = {
        &fake_id_pfr0_el1,      &fake_id_pfr1_el1,      &fake_id_afr0_el1,
        &fake_id_mmfr0_el1,     &fake_id_mmfr1_el1,     &fake_id_mmfr2_el1,
        &fake_id_mmfr3_el1,     &fake_id_isar0_el1,     &fake_id_isar1_el1,
        &fake_id_isar2_el1,     &fake_id_isar3_el1,     &fake_id_isar4_el1,
        &fake_id_isar5_el1,     &fake_id_mmfr4_el1,     &fake_id_isar6_el1,
        &fake_mvfr0_el1,        &fake_mvfr1_el1,        &fake_mvfr2_el1,
        &fake_id_pfr2_el1,      &fake_id_dfr1_el1,      &fake_id_mmfr5_el1,
        &fake_id_aa64pfr0_el1,  &fake_id_aa64pfr1_el1,  &fake_id_aa64isar0_el1,
        &fake_id_aa64isar1_el1, &fake_id_aa64isar2_el1, &fake_id_aa64mmfr0_el1,
        &fake_id_aa64mmfr1_el1, &fake_id_aa64mmfr2_el1};
    for (size_t i = 0; i < ARRAY_SIZE(read); i++)
        fake_reg_write(read[i], "id", 0);
    fake_reg_write(&fake_id_aa64dfr0_el1, "id_aa64dfr0_el1", pmuver << 8 | 6);
    fake_reg_write(&fake_id_dfr0_el1, "id_dfr0_el1", perfmon << 24 | 6);
    guest_features_init(true);
}

static uint64_t seen(bool vpmu) { return FIELD(idreg_value[vpmu][5][0], 11, 8); }
static uint64_t seen32(bool vpmu) { return FIELD(idreg_value[vpmu][1][2], 27, 24); }

static void only_a_guest_that_has_them_sees_them(void **state) {
    (void)state;
    machine(1, 3);
    assert_true(arch_has_pmu());
    assert_int_equal(seen(false), 0);
    assert_int_equal(seen32(false), 0);
    assert_int_equal(seen(true), 1);
    assert_int_equal(seen32(true), 3);
    assert_int_equal(idreg_value[true][5][0] & 0xf, 6); // the rest is alike
    machine(9, 9);                                      // has more registers than are switched
    assert_int_equal(seen(true), 8);
    assert_int_equal(seen32(true), 8);
    machine(0xf, 0xf); // its maker's own
    assert_false(arch_has_pmu());
    assert_int_equal(seen(true), 0);
    machine(0, 0);
    assert_false(arch_has_pmu());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_guest_finds_its_own, setup),
        cmocka_unit_test_setup(nothing_counts_and_all_traps_without_it, setup),
        cmocka_unit_test_setup(old_bits_are_cleared, setup),
        cmocka_unit_test_setup(only_a_guest_that_has_them_sees_them, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
