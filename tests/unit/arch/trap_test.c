// SPDX-License-Identifier: Apache-2.0
// The trap path (trap.c, abort.c, sysreg_trap.c, cp15.c, inject.c, smccc.c): each outcome of the
// table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arch/vcpu.h>
#include <arm64/idreg.h>
#include <arm64/psci.h>
#include <arm64/sysreg.h>
#include <coff/trace.h>
#include <core/upcall.h>
#include <xen/arch-arm.h>

#include "fake_trace.h"
#include "fake_trap.h"
#include <cmocka.h> // last: its fail() is a macro

#define IL BIT(25)
#define EC(n) ((uint64_t)(n) << 26)
#define X fake_vcpu.arch.regs.x
#define PC fake_vcpu.arch.regs.elr

static int setup(void **state) {
    (void)state;
    fake_guest_reset();
    return 0;
}

static void unknown_classes_are_undefined(void **state) {
    (void)state;
    fake_trap(EC(0x19) | IL, 0, 0); // SVE
    assert_int_equal(PC, 0x40080200);
    assert_int_equal(read_esr_el1(), IL);
    assert_int_equal(read_elr_el1(), 0x40001000);
    assert_int_equal(fake_vcpu.arch.regs.spsr, PSR_DAIF | PSR_M_EL1H);
}

struct vcpu *trap_again(struct vcpu *v);
struct vcpu *trap_irq_rest(uint32_t iar, struct vcpu *v);

static void what_an_interrupt_left(void **state) {
    (void)state;
    assert_ptr_equal(trap_irq_rest(77, &fake_vcpu), &fake_vcpu);
    assert_int_equal(fake_seen.iar, 77);
}

static void user_code_faults_into_the_lower_el_vector(void **state) {
    (void)state;
    fake_vcpu.arch.regs.spsr = PSR_M_EL0T;
    fake_trap(EC(0x18) | IL | 0x3fffff, 0, 0);
    assert_int_equal(PC, 0x40080400);
    fake_guest_reset();
    fake_vcpu.arch.regs.spsr = PSR_M_AARCH32 | PSR_M_USR;
    fake_trap(EC(0x03) | IL, 0, 0);
    assert_int_equal(PC, 0x40080600);
}

static void hypercall_tag_and_others(void **state) {
    (void)state;
    fake_trap(EC(0x16) | IL | 0xea1, 0, 0);
    assert_int_equal(fake_seen.hypercalls, 1);
    assert_int_equal(PC, 0x40001000); // ELR is behind the HVC already
    X[12] = 12, X[16] = 16;
    fake_seen.result = -38;
    fake_trap(EC(0x16) | IL | 0xea1, 0, 0);
    assert_int_equal(fake_seen.hypercall, 16);
    assert_int_equal(X[0], -38);
    fake_vcpu.arch.aarch32 = true;
    fake_trap(EC(0x12) | IL | 0xea1, 0, 0);
    assert_int_equal(fake_seen.hypercall, 12);
    fake_vcpu.arch.aarch32 = false;
    fake_seen.result = HYPERCALL_AGAIN; // from there on again, with what it made of its arguments
    X[0] = 5;
    fake_trap(EC(0x16) | IL | 0xea1, 0, 0);
    assert_int_equal(X[0], 5);
    assert_int_equal(PC, 0x40001000 - 4);
    assert_ptr_equal(trap_again(&fake_vcpu), &fake_vcpu);
    assert_int_equal(PC, 0x40001000 - 8);
    fake_guest_reset();
    fake_trap(EC(0x16) | IL | 0xea1, 0, 0);
    fake_trap(EC(0x16) | IL | 0x1234, 0, 0);
    assert_int_equal(fake_seen.hypercalls, 1);
    assert_int_equal(PC, 0x40080200);
    assert_int_equal(read_elr_el1(), 0x40001000 - 4); // UNDEF at the HVC itself
}

static void unknown_functions_are_not_supported(void **state) {
    (void)state;
    X[0] = 0x84001234;
    fake_trap(EC(0x16) | IL, 0, 0);
    assert_int_equal(X[0], ~0ULL);
    X[0] = 0xdead;
    fake_trap(EC(0x17) | IL, 0, 0); // SMC is stepped over
    assert_int_equal(X[0], ~0ULL);
    assert_int_equal(PC, 0x40001004);
}

static int64_t call(uint64_t id, uint64_t a1, uint64_t a2, uint64_t a3) {
    X[0] = id, X[1] = a1, X[2] = a2, X[3] = a3;
    fake_trap(EC(0x16) | IL, 0, 0);
    return (int64_t)X[0];
}

static void psci(void **state) {
    static struct vcpu second;
    (void)state;
    memset(&second, 0, sizeof(second));
    fake_domain.vcpu[1] = &second;
    fake_domain.nr_vcpus = 2;
    second.domain = &fake_domain;
    assert_int_equal(call(PSCI_VERSION, 0, 0, 0), 0x10001);
    assert_int_equal(call(PSCI_AFFINITY_INFO_64, 1, 0, 0), 1);
    assert_int_equal(call(PSCI_CPU_ON_64, 1, 0x1000, 7), PSCI_INVALID_ADDRESS);
    assert_int_equal(call(PSCI_CPU_ON_64, 1, 0x40000002, 7), PSCI_INVALID_ADDRESS);
    assert_int_equal(call(PSCI_CPU_ON_64, 2, 0x40000000, 7), PSCI_INVALID_PARAMETERS);
    assert_int_equal(call(PSCI_CPU_ON_64, 0xff00000001, 0x40000000, 7), PSCI_INVALID_PARAMETERS);
    assert_int_equal(call(PSCI_CPU_ON_64, 1, 0x40000000, 7), PSCI_SUCCESS);
    assert_int_equal(second.arch.regs.elr, 0x40000000);
    assert_int_equal(second.arch.regs.x[0], 7);
    assert_int_equal(call(PSCI_CPU_ON_64, 1, 0x40000000, 7), PSCI_ALREADY_ON);
    assert_int_equal(call(PSCI_AFFINITY_INFO_64, 1, 0, 0), 0);
    assert_int_equal(call(PSCI_FEATURES, PSCI_CPU_ON_64, 0, 0), 0);
    assert_int_equal(call(PSCI_FEATURES, 0x8400000f, 0, 0), PSCI_NOT_SUPPORTED);
    assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_WORKAROUND_1, 0, 0), 0);
    assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_WORKAROUND_2, 0, 0), -1);
    assert_int_equal(call(PSCI_SYSTEM_OFF, 0, 0, 0), 0);
    assert_int_equal(fake_seen.shutdowns, 1);
}

// ISS of a data abort with a valid syndrome.
static uint64_t abort_iss(unsigned sas, bool sse, bool sf, unsigned rt, bool write) {
    return BIT(24) | (uint64_t)sas << 22 | (sse ? BIT(21) : 0) | (uint64_t)rt << 16 |
           (sf ? BIT(15) : 0) | (write ? BIT(6) : 0) | 0x07;
}

static void mmio_widths_and_signs(void **state) {
    (void)state;
    fake_trap(EC(0x24) | IL | abort_iss(0, false, false, 3, false), 0x1000, 0x1000);
    assert_int_equal(X[3], 0x10);
    fake_mmio_value = 0x80;
    fake_trap(EC(0x24) | IL | abort_iss(0, true, false, 3, false), 0x1000, 0x1000);
    assert_int_equal(X[3], 0xffffff80);
    fake_trap(EC(0x24) | IL | abort_iss(0, true, true, 3, false), 0x1000, 0x1000);
    assert_int_equal(X[3], 0xffffffffffffff80ULL);
    X[4] = 0x1122334455667788ULL;
    fake_trap(EC(0x24) | IL | abort_iss(1, false, false, 4, true), 0x1002, 0x1000);
    assert_int_equal(fake_mmio_value, 0x7788);
    fake_trap(EC(0x24) | IL | abort_iss(2, false, false, 31, true), 0x1004, 0x1000);
    assert_int_equal(fake_mmio_value, 0);
    assert_int_equal(PC, 0x40001000 + 5 * 4);
    // Done in part: the same instruction again, its register untouched.
    X[5] = 77;
    fake_trap(EC(0x24) | IL | abort_iss(2, false, false, 5, false), 0x1400, 0x1000);
    assert_int_equal(PC, 0x40001000 + 5 * 4);
    assert_int_equal(X[5], 77);
}

static void bad_mmio_is_an_external_abort(void **state) {
    (void)state;
    fake_trap(EC(0x24) | IL | 0x07, 0x1000, 0x1000); // no valid syndrome
    assert_int_equal(PC, 0x40080200);
    assert_int_equal(read_esr_el1(), EC(0x25) | IL | 0x10);
    assert_int_equal(read_far_el1(), 0x1000);
    fake_guest_reset();
    fake_trap(EC(0x24) | IL | abort_iss(2, false, false, 1, false), 0x1002, 0x1000); // misaligned
    assert_int_equal(PC, 0x40080200);
    fake_guest_reset();
    fake_trap(EC(0x24) | IL | abort_iss(2, false, false, 1, false), 0x1800, 0x1000); // refused
    assert_int_equal(PC, 0x40080200);
    fake_guest_reset();
    fake_trap(EC(0x24) | IL | abort_iss(2, false, false, 1, false), 0x5000,
              0x5000); // nothing there
    assert_int_equal(PC, 0x40080200);
    fake_guest_reset();
    fake_trap(EC(0x24) | IL | 0x10, 0x1000, 0x1000); // a real external abort
    assert_int_equal(PC, 0x40080200);
}

static void a_stale_fault_is_retried(void **state) {
    (void)state;
    fake_trap(EC(0x24) | IL | abort_iss(2, false, false, 1, false), 0x777000, 0x777000);
    assert_int_equal(PC, 0x40001000);
    fake_trap(EC(0x20) | IL | 0x07, 0x777000, 0x777000);
    assert_int_equal(PC, 0x40080200);
    assert_int_equal(read_esr_el1(), EC(0x21) | IL | 0x10);
}

static uint64_t sysreg_iss(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2) {
    return (uint64_t)op0 << 20 | (uint64_t)op2 << 17 | (uint64_t)op1 << 14 | (uint64_t)crn << 10 |
           (uint64_t)crm << 1;
}

static void system_registers(void **state) {
    (void)state;
    idreg_value[0][7][0] = 0x1122;
    fake_vcpu.arch.idregs = idreg_value[0];
    fake_trap(EC(0x18) | IL | sysreg_iss(3, 0, 0, 7, 0) | 5 << 5 | 1, 0, 0);
    assert_int_equal(X[5], 0x1122);
    fake_trap(EC(0x18) | IL | sysreg_iss(3, 0, 12, 11, 5) | 5 << 5, 0, 0);
    assert_int_equal(fake_seen.sgi1r, 1);
    fake_trap(EC(0x18) | IL | sysreg_iss(2, 0, 1, 1, 4) | 5 << 5 | 1, 0, 0);
    assert_int_equal(X[5], 8);
    X[6] = 5000;
    fake_trap(EC(0x18) | IL | sysreg_iss(3, 3, 14, 2, 2) | 6 << 5, 0, 0); // CNTP_CVAL = 5000
    X[6] = 1;
    fake_trap(EC(0x18) | IL | sysreg_iss(3, 3, 14, 2, 1) | 6 << 5, 0, 0); // CNTP_CTL: on
    assert_int_equal(fake_vcpu.arch.timer.phys.deadline, 5000);
    fake_trap(EC(0x18) | IL | sysreg_iss(3, 3, 14, 2, 0) | 6 << 5 | 1, 0, 0);
    assert_int_equal(X[6], 4000);
    assert_int_equal(PC, 0x40001000 + 6 * 4);
    fake_trap(EC(0x18) | IL | sysreg_iss(3, 0, 11, 0, 0) | 6 << 5 | 1, 0, 0); // IMPDEF
    assert_int_equal(PC, 0x40080200);
}

// An AArch32 kernel's VMRS of MVFR0 to MVFR2 is trapped with its other identification registers.
static void media_and_fp_registers(void **state) {
    static const unsigned reg[] = {7, 6, 5};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        fake_guest_reset();
        fake_vcpu.arch.aarch32 = true;
        fake_vcpu.arch.regs.spsr = PSR_M_AARCH32 | PSR_M_SVC;
        idreg_value[0][3][i] = 0x1100 + i;
        fake_vcpu.arch.idregs = idreg_value[0];
        fake_trap(EC(0x08) | IL | reg[i] << 10 | 7 << 14 | 2 << 5 | 1, 0, 0);
        assert_int_equal(X[2], 0x1100 + i);
        assert_int_equal(PC, 0x40001004);
    }
    fake_trap(EC(0x08) | IL | 8 << 10 | 7 << 14 | 2 << 5 | 1, 0, 0); // FPEXC is not trapped
    assert_int_not_equal(PC, 0x40001008);
    fake_guest_reset(); // user code of an AArch64 kernel: UNDEFINED in its EL1
    fake_vcpu.arch.regs.spsr = PSR_M_AARCH32 | PSR_M_USR;
    fake_trap(EC(0x08) | IL | 7 << 10 | 7 << 14 | 2 << 5 | 1, 0, 0);
    assert_int_equal(PC, 0x40080600);
}

static void wfi_blocks_and_steps(void **state) {
    (void)state;
    fake_trap(EC(0x01) | IL, 0, 0);
    assert_int_equal(fake_seen.blocks, 1);
    assert_int_equal(PC, 0x40001004);
    fake_interrupt_waits = true; // ends a WFI by itself
    fake_trap(EC(0x01) | IL, 0, 0);
    fake_interrupt_waits = false;
    assert_int_equal(fake_seen.blocks, 1);
    assert_int_equal(PC, 0x40001008);
}

// What vectors.S does is done here: `traps` counts all exceptions, `irqs` what came from outside.
static void ways_in_are_counted(void **state) {
    (void)state;
    memset(fake_vcpu.arch.exits, 0, sizeof(fake_vcpu.arch.exits));
    fake_vcpu.arch.regs.traps = 5;
    fake_vcpu.arch.irqs = 9;
    fake_trap(EC(0x16) | IL | XEN_HYPERCALL_TAG, 0, 0);
    fake_trap(EC(0x16) | IL, 0, 0);
    fake_trap(EC(0x01) | IL, 0, 0);
    fake_trap(EC(0x01) | IL, 0, 0);
    fake_trap(EC(0x3f) | IL, 0, 0);
    assert_int_equal(arch_vcpu_exits(&fake_vcpu, 0x01), 2);
    assert_int_equal(arch_vcpu_exits(&fake_vcpu, 0x3f), 1);
    assert_int_equal(arch_vcpu_exits(&fake_vcpu, 0x16), 2);
    assert_int_equal(arch_vcpu_exits(&fake_vcpu, EXIT_IRQ), 9);
    assert_int_equal(arch_vcpu_exits(&fake_vcpu, EXIT_IRQ + 1), 0);
}

struct vcpu *trap_sync_traced(struct vcpu *v, uint64_t esr);
struct vcpu *trap_irq_traced(struct vcpu *v);
struct vcpu *trap_serror_traced(struct vcpu *v);

static void traced_ways_in(void **state) {
    (void)state;
    this_cpu()->trace = TRC_ALL;
    fake_trace.count = 0;
    X[16] = 29;
    uint64_t esr = EC(0x16) | IL | XEN_HYPERCALL_TAG;
    assert_ptr_equal(trap_sync_traced(&fake_vcpu, esr), &fake_vcpu);
    assert_int_equal(fake_trace.count, 3); // in, the hypercall, out
    assert_int_equal(fake_trace.event, TRC_COFF_ENTER);
    (void)trap_sync_traced(&fake_vcpu, EC(0x01) | IL);
    assert_int_equal(fake_trace.count, 5);
    (void)trap_irq_traced(&fake_vcpu);
    assert_int_equal(fake_trace.count, 7);
    (void)trap_serror_traced(&fake_vcpu);
    assert_int_equal(fake_trace.count, 9);
    this_cpu()->trace = 0;
    (void)trap_irq_traced(&fake_vcpu);
    assert_int_equal(fake_trace.count, 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(unknown_classes_are_undefined, setup),
        cmocka_unit_test_setup(user_code_faults_into_the_lower_el_vector, setup),
        cmocka_unit_test_setup(hypercall_tag_and_others, setup),
        cmocka_unit_test_setup(what_an_interrupt_left, setup),
        cmocka_unit_test_setup(unknown_functions_are_not_supported, setup),
        cmocka_unit_test_setup(psci, setup),
        cmocka_unit_test_setup(mmio_widths_and_signs, setup),
        cmocka_unit_test_setup(bad_mmio_is_an_external_abort, setup),
        cmocka_unit_test_setup(a_stale_fault_is_retried, setup),
        cmocka_unit_test_setup(system_registers, setup),
        cmocka_unit_test_setup(media_and_fp_registers, setup),
        cmocka_unit_test_setup(wfi_blocks_and_steps, setup),
        cmocka_unit_test_setup(ways_in_are_counted, setup),
        cmocka_unit_test_setup(traced_ways_in, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
