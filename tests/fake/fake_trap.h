// SPDX-License-Identifier: Apache-2.0
// A loaded guest for tests of the trap path: fakes of what arch/arm64/trap*.c calls upward,
// recorded.
#pragma once
#include <core/domain.h>

extern struct domain fake_domain;
extern struct vcpu fake_vcpu;
extern struct {
    unsigned hypercalls, crashes, shutdowns, blocks, onlines, injected, sgi1r;
    uint32_t sgi_mask, iar;
    uint64_t hypercall; // number
    int64_t result;     // of hypercalls
} fake_seen;

// A running vCPU at EL1h, all trap registers set, one MMIO range at 0x1000 that remembers what was
// written.
void fake_guest_reset(void);
// One trap: ESR, FAR and HPFAR as given; returns through the real dispatcher.
void fake_trap(uint64_t esr, uint64_t far, uint64_t ipa);
extern uint64_t fake_mmio_value;
