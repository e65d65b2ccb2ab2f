// SPDX-License-Identifier: Apache-2.0
// The guest's timers: the virtual one is the hardware's (switched), the physical one is emulated.
#pragma once
#include <core/types.h>

struct vcpu;

// CNTP_TVAL_EL0 (op2 0), CNTP_CTL_EL0 (1), CNTP_CVAL_EL0 (2); false = no such register.
bool vtimer_cntp(struct vcpu *v, unsigned op2, bool write, uint64_t *value);
void vtimer_vcpu_create(struct vcpu *v);
// Both off for good.
void vtimer_vcpu_destroy(struct vcpu *v);
// Context switch group.
void vtimer_save(struct vcpu *v);
void vtimer_load(struct vcpu *v);
