// SPDX-License-Identifier: Apache-2.0
// Arch contract: what core/boot.c asks of the machine while it comes up.
#pragma once
#include <core/types.h>

struct system;

// EL2 control registers of this CPU: traps, stage 2 format, no timers running. Each CPU, once.
void cpu_init_el2(void);
// Counter frequency in Hz; 0 = as CNTFRQ_EL0 says. Boot CPU, before any time_*().
void cpu_time_init(uint32_t frequency);
// Firmware conduit and CPU release data for cpu_start(); SMCCC features of the firmware. Boot CPU.
void firmware_init(const struct system *s);
// Identification registers as guests will read them. Boot CPU, after gic_init.
void guest_features_init(bool gicv3);
// Affinity fields of this CPU's MPIDR.
uint64_t cpu_affinity(void);
// Bytes of an EL2 stack.
#define EL2_STACK_SIZE 0x4000
