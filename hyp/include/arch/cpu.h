// SPDX-License-Identifier: Apache-2.0
// Arch contract: the CPU we run on, its per-CPU area, waiting, and inter-processor interrupts.
#pragma once
#include <core/types.h>

struct vcpu;
struct percpu;

// This CPU's area (struct percpu, core/percpu.h). Arm: TPIDR_EL2.
static inline struct percpu *this_cpu(void);
// Sleeps until an interrupt is pending (PSTATE.I stays set). Returns at once if one is.
void cpu_wait_for_interrupt(void);
// Does an interrupt wait for EL2 to return? What may take long asks between its parts.
static inline bool cpu_interrupt_waits(void);
// Spin-loop hint (YIELD).
static inline void cpu_relax(void);
// Makes `cpu` leave its guest (or its idle wait) and pass through core/exit.c soon. Any context.
void cpu_kick(unsigned cpu);
// Starts secondary CPU `cpu` (index in struct system) at its boot entry; 0 or -E. Boot CPU only.
int cpu_start(unsigned cpu) must_check;
// Stops this CPU for good, interrupts masked.
noreturn void cpu_halt(void);
// Makes every other CPU halt; used by panic and reboot. Does not wait for them longer than 10 ms.
void cpu_stop_others(void);
// From now on each entry from a guest on this CPU, and the way back, is recorded (coff/trace.h), or
// not. Costs nothing while off.
void cpu_trace_entries(bool on);
// Prints this CPU's registers and a backtrace through the polled console; for panic.
void cpu_dump_state(void);
// Resets / powers off the machine by the firmware; returns only if the firmware refuses.
void machine_reset(void);
void machine_power_off(void);

#include <arch/cpu_inline.h>
