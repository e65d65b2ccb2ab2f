// SPDX-License-Identifier: Apache-2.0
// Inline half of core/vcpu.h: needs struct percpu and the arch's this_cpu().
#pragma once
#include <arch/cpu.h>
#include <core/percpu.h>

static inline struct vcpu *current_vcpu(void) { return this_cpu()->loaded; }
