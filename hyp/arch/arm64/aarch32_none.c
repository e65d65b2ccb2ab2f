// SPDX-License-Identifier: Apache-2.0
// No domain of the static profile has an AArch32 EL1: only a toolstack makes one.
#include <arm64/trap.h>

void aarch32_save(struct vcpu *v) { (void)v; }
void aarch32_load(struct vcpu *v) { (void)v; }
void aarch32_reset(struct arch_vcpu *a) { (void)a; }
void aarch32_inject(struct vcpu *v, uint64_t ec) {
    (void)v;
    (void)ec;
}
enum trap_result trap_cp15(struct vcpu *v, uint64_t esr) {
    (void)v;
    (void)esr;
    return TRAP_INJECT;
}
