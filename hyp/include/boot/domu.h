// SPDX-License-Identifier: Apache-2.0
// Building the static domains of struct system (Xen's "dom0less" guests), of which nothing is left
// open (boot/domu_plan.h). Boot CPU, boot only; no locks of its own. What cannot be built ends in
// boot_refuse().
#pragma once
#include <boot/system.h>
#include <xen/arch-arm.h>

// domu.c: builds all of them, when Dom0 is, and connects what is shared between domains; then lets
// every domain run.
void domu_build_all(const struct system *s);
void domu_start_all(void);

// links.c: maps what domains share; binds static event channels. All domains exist.
void links_make(const struct system *s);

// The handle (UUID) of a static domain.
void domu_handle(domid_t id, uint8_t handle[16]);

// Its emulated UART: where the host's is for a 1:1 domain, as on Xen.
struct domu_uart {
    ipa_t base;
    virq_t irq;
};
static inline struct domu_uart domu_uart(const struct system *s, const struct system_domain *c) {
    bool host = c->direct_map && s->uart.irq >= 32;

    return (struct domu_uart){ipa_of(host ? s->uart.reg.base.v : GUEST_PL011_BASE),
                              host ? s->uart.irq : GUEST_VPL011_SPI};
}
