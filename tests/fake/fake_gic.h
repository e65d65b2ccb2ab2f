// SPDX-License-Identifier: Apache-2.0
// A machine for the vGIC's tests: FAKE_CPUS CPUs with two list registers each, a physical
// distributor, one domain with FAKE_VCPUS vCPUs, and a guest that acknowledges and ends interrupts.
// Anything the architecture forbids (IHI 0069, 4.8 and 12.4.9) aborts. Links the real vgic*.c and
// core/irq.c.
#pragma once
#include <arm64/mmio.h>
#include <arm64/vgic.h>
#include <core/domain.h>
#include <xen/arch-arm.h>

#define FAKE_CPUS 3
#define FAKE_VCPUS 4
#define FAKE_LRS 2
#define FAKE_IRQS 128
#define FAKE_MAINTENANCE 25
#define FAKE_SPURIOUS 1023u

extern uint64_t fake_gicv[2]; // machine frames mapped at a guest's GICC
extern struct domain fake_domain;
extern struct vcpu fake_vcpu[FAKE_VCPUS];

// A new machine: vCPU i runs on CPU i while there is one; groups on, priority mask open, nothing
// enabled.
void fake_gic_reset(unsigned version);
// The test goes on as this CPU.
void fake_on(unsigned cpu);
// The vCPU whose context CPU `cpu` has, NULL for none.
struct vcpu *fake_loaded(unsigned cpu);
// Context switch on the current CPU, the virtual timer's part included; NULL: to nobody.
void fake_switch(struct vcpu *to);
// What a CPU does between traps: its physical interrupts one by one, then the exit room. Aborts on
// a storm.
void fake_run(unsigned cpu);
void fake_run_all(void);

// What another CPU does right after the next change of a physical target, once; no locks taken.
extern void (*fake_meanwhile)(void);

// The clock, and what was to be done by then; lines that log_guest was to show.
void fake_time(uint64_t ns);
extern unsigned fake_guest_lines;

// Devices. Level lines are held until lowered.
void fake_edge(irq_t irq);
void fake_line(irq_t irq, bool high);
void fake_vtimer_line(struct vcpu *v, bool high);
bool fake_phys_active(irq_t irq);
bool fake_phys_enabled(irq_t irq);
unsigned fake_phys_target(irq_t irq);
bool fake_phys_edge(irq_t irq);

// The guest on `cpu`: most urgent pending interrupt it may take now, or FAKE_SPURIOUS. `source`:
// GICv2 SGI.
uint32_t fake_guest_ack(unsigned cpu, unsigned *source);
void fake_guest_eoi(unsigned cpu, uint32_t intid);
void fake_guest_mask(unsigned cpu, uint8_t pmr, uint32_t groups);
// State bits of an INTID in CPU's list registers: 0 none, 1 pending, 2 active, 3 both.
unsigned fake_lr_state(unsigned cpu, uint32_t intid);
unsigned fake_kicks(unsigned cpu); // SGIs sent to it since reset

// Register access by v on its CPU; base as in vgic_host_layout. Aborts if no range has it.
enum trap_result fake_mmio(struct vcpu *v, uint64_t ipa, unsigned size, bool write,
                           uint64_t *value);
extern unsigned fake_agains; // how often the last one had to be made again
uint32_t fake_read(struct vcpu *v, uint64_t ipa);
void fake_write(struct vcpu *v, uint64_t ipa, uint32_t value);
#define FAKE_GICD 0x08000000ULL
#define FAKE_GICR 0x080a0000ULL
#define FAKE_GICR_OF(v) (FAKE_GICR + 0x20000ULL * (v)->id)
// ISENABLER and friends live in GICR for private interrupts of GICv3.
uint64_t fake_bank(const struct vcpu *v, uint32_t intid);

// Aborts if the vGIC's books and the list registers disagree.
void fake_check(void);
