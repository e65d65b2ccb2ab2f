// SPDX-License-Identifier: Apache-2.0
// The functions of the policy side that arch may call: the upward half of the arch contract.
// All run with interrupts masked, on the CPU of the trap.
#pragma once
#include <core/addr.h>
#include <core/exit.h> // exit_to_guest: the end of every trap
#include <core/types.h>

struct domain;
struct vcpu;

// HVC #0xEA1: number and arguments in the guest's registers, result into x0. hypercall/dispatch.c
void hypercall_dispatch(struct vcpu *v);
// One physical interrupt was signalled: acknowledge and handle it. core/irq.c
void irq_handle(void);
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
