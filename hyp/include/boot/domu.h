// SPDX-License-Identifier: Apache-2.0
// Building the static domains of struct system (Xen's "dom0less" guests). First what is left open
// is worked out: domu_plan.c, domu_devices.c, domu_fdt.c, which need device trees and which the
// host tool runs for a system blob; then domu.c builds what struct system says. Boot CPU, boot
// only; no locks of its own. What cannot be built ends in boot_refuse().
#pragma once
#include <boot/guest.h>
#include <boot/system.h>
#include <xen/arch-arm.h>

// Fills what struct system_domain has for it, and s->assigned; after system_check_all and
// system_lay_out_vgic.
void domu_plan_all(struct system *s);

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

// domu_devices.c: takes the registers and interrupts that the nodes of domain n's (mapped) partial
// tree name by xen,reg and xen,path.
void domu_find_devices(struct system *s, unsigned n, const void *partial);
// The phandle that the partial tree's /gic has. `partial` may be NULL.
uint32_t domu_gic_phandle(const void *partial);
// Copies its /passthrough and /aliases into the tree that is being written from it.
void domu_copy_nodes(const void *partial, struct dt_writer *t);

// domu_fdt.c: writes the domain's device tree, at most plan->fdt_max bytes; returns its size.
uint32_t domu_write_fdt(const struct system *s, const struct system_domain *c,
                        const struct guest_plan *plan, const void *partial, void *buf);
