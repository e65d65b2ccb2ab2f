// SPDX-License-Identifier: Apache-2.0
// Building the static domains of struct system (Xen's "dom0less" guests): memory, kernel, the
// devices of their partial device trees, their tree. Boot CPU, boot only, after Dom0 is built; no
// locks of its own. What cannot be built ends in boot_refuse().
#pragma once
#include <boot/dom0.h>
#include <boot/guest.h>
#include <boot/system.h>

struct domain;

// Registers that are not to be had: what EL2 owns, what other domains have.
struct domu_taken {
    struct system_range range[DOM0_OWNED];
    unsigned count;
};

// Builds all of them, connects what is shared between domains, and lets every domain run.
void domu_build_all(struct system *s);

// The handle (UUID) of a static domain.
void domu_handle(domid_t id, uint8_t handle[16]);

// domu_devices.c: maps the registers and assigns the interrupts that the nodes of the (mapped)
// partial tree `partial` name by xen,reg and xen,path.
void domu_assign(const struct system *s, const struct system_domain *c, struct domain *d,
                 const void *partial, struct domu_taken *taken);
// The phandle that the partial tree's /gic has, 0 if none. `partial` may be NULL.
uint32_t domu_gic_phandle(const void *partial);
// Copies its /passthrough and /aliases into the tree that is being written from it.
void domu_copy_nodes(const void *partial, struct dt_writer *t);

// domu_fdt.c: writes the domain's device tree, at most `size` bytes, to `buf`; returns its size.
uint32_t domu_write_fdt(const struct system *s, const struct system_domain *c,
                        const struct guest_plan *plan, const void *partial, void *buf,
                        uint32_t size);

// links.c: maps what domains share; binds static event channels. All domains exist.
void links_make(const struct system *s);
