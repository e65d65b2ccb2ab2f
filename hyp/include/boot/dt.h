// SPDX-License-Identifier: Apache-2.0
// The host's device tree -> struct system (Devicetree Specification 0.4; modules and command lines
// as Xen's device-tree bindings say). Boot CPU, boot only, no locks; O(nodes). What cannot be
// booted ends in boot_refuse() with the node and the remedy. Order: dt_open, parse s->bootargs into
// `options`, dt_read_uart, console, dt_read_system, system_check_all.
#pragma once
#include <boot/dt_tree.h>
#include <boot/system.h>

// The host's tree, boot-mapped, and nodes of it, < 0: none.
struct dt_host {
    const void *fdt;
    int chosen, aliases;
};
extern struct dt_host dt_host;

// The most that a host tree may have, in bytes: what the arm64 boot protocol allows a loader to
// pass.
#define DT_MAX_SIZE MIB(2)

// Checks the blob (header, structure, size) and reads both command lines. `fdt` is readable for
// DT_MAX_SIZE bytes or its own size. Sets dt_host, s->source.size, bootargs, dom0_bootargs.
void dt_open(const void *fdt, struct system *s);
// Finds the console UART: options.dtuart (path or alias), else /chosen stdout-path, else the first
// UART with a driver. None: s->uart.compatible[0] stays 0. The interrupt is 0 when the tree gives
// none.
void dt_read_uart(struct system *s);
// Reads everything else. The caller has set s->image (EL2's image as loaded), s->source.base (where
// the tree is) and s->cpu[0].mpidr (the affinity fields of the CPU that boots).
void dt_read_system(struct system *s);
