// SPDX-License-Identifier: Apache-2.0
// Constants that assembly and C share; arch/arm64/cpu.c asserts the offsets against the structs.
#pragma once

#define EL2_STACK_SIZE 0x4000
#define FRAME_SIZE 272
#define VCPU_TRAPS 264     // offsetof(struct vcpu, arch.regs.traps), before
#define VCPU_STACK_TOP 272 // offsetof(struct vcpu, arch.stack_top), before arch.irqs
#define VCPU_PENDING 3516  // offsetof(struct vcpu, pending)
#define PERCPU_STACK_TOP 0
#define PERCPU_LOADED 8 // offsetof(struct percpu, loaded), before pending
#define PERCPU_ID 20
#define PERCPU_MPIDR 24
#define PERCPU_SIZE 192

#define ESR_HYPERCALL 0x5a000ea1 // HVC of AArch64 with XEN_HYPERCALL_TAG

// MAIR_EL2: 0 normal write-back, 1 device nGnRE, 2 normal non-cacheable
#define EL2_MAIR 0x4404ff
// TCR_EL2: T0SZ 16 (48 bits), walks inner/outer write-back, inner shareable, 4 KiB, RES1; PS added
// at run time
#define EL2_TCR 0x80803510
// SCTLR_EL2: RES1 | I | C | M | SA | WXN
#define EL2_SCTLR 0x30cd183d
