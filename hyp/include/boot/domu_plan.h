// SPDX-License-Identifier: Apache-2.0
// What struct system leaves open of static domains is worked out here, from device trees; the host
// tool runs this for a system blob. Boot CPU, boot only; no locks. What cannot be ends in
// boot_refuse().
#pragma once
#include <boot/domu.h>
#include <boot/guest.h>

// Fills what struct system_domain has for it, and s->assigned; after system_check_all and
// system_lay_out_vgic.
void domu_plan_all(struct system *s);

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
