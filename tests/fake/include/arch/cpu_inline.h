// SPDX-License-Identifier: Apache-2.0
// The fake CPU: tests choose which one they are.
#pragma once
#include <core/types.h>

struct percpu;
extern _Thread_local struct percpu *fake_cpu; // a thread is a CPU

static inline struct percpu *this_cpu(void) { return fake_cpu; }
static inline void cpu_relax(void) {}
#define peek_word(p) __atomic_load_n((p), __ATOMIC_RELAXED) // the race detector knows this one
