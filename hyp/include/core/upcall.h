// SPDX-License-Identifier: Apache-2.0
// The functions of the policy side that arch may call: the upward half of the arch contract.
// All run with interrupts masked, on the CPU of the trap.
#pragma once
#include <core/addr.h>
#include <core/exit.h> // exit_to_guest: the end of every trap
#include <core/types.h>

struct domain;
struct vcpu;

// HVC #0xEA1: number from x16 (AArch32: r12), arguments in regs.x[0..4]; the result is for x0.
// HYPERCALL_AGAIN: the guest issues the same HVC again, after the exit room. hypercall/dispatch.c
#define HYPERCALL_AGAIN INT64_MIN
int64_t hypercall_dispatch(struct vcpu *v, uint64_t nr);
// One physical interrupt was signalled: acknowledge and handle it. core/irq.c
void irq_handle(void);
// The same while v ran, as far as its registers x18 to x29, ELR and SPSR need not be in memory. Not
// 0: what was acknowledged, for irq_handle_rest when they are.
int64_t irq_handle_first(struct vcpu *v);
void irq_handle_rest(uint32_t iar);
// The same with a record of it (core/trace.h).
void irq_handle_traced(void);
// A stage-2 fault where the map (by now) has a fitting entry: retry instead of inject? core/p2m.c
enum p2m_access { P2M_READ, P2M_WRITE, P2M_EXEC };
bool p2m_fault_is_stale(struct domain *d, ipa_t ipa, enum p2m_access access);
// Virtual PSCI asks (see core/vcpu.h, core/domain.h for the meaning).
void vcpu_online(struct vcpu *v);
void vcpu_offline(struct vcpu *v);
void vcpu_block(struct vcpu *v);
void domain_shutdown(struct domain *d, uint8_t reason);
void domain_crash(struct domain *d, const char *why);
// What a domain's emulated UART sends to the hypervisor's console (core/console.c): one line or a
// part, with a prefix unless the domain is the one typed to. False: no room, nothing was taken.
#define GUEST_LINE_MAX 128
bool guest_console_write(struct domain *d, const char *text, size_t len) must_check;
bool guest_console_is_chosen(const struct domain *d);
// Boot goes on in C: the boot CPU with the device tree, a secondary with its number. core/boot.c
noreturn void boot_primary(pa_t dtb);
noreturn void boot_secondary(unsigned cpu);
