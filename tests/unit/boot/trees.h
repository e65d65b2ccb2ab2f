// SPDX-License-Identifier: Apache-2.0
// Device trees for the boot tests, made with libfdt: a small board in the arena, which a test then
// breaks.
#pragma once
#include <stdint.h>

#define TREE_SIZE 0x10000

#define KERNEL_AT 0x44000000ULL
#define KERNEL_SIZE 0x10000ULL
#define RAMDISK_AT 0x44100000ULL
#define RAMDISK_SIZE 0x5000ULL

// A board with GICv2 or GICv3, two CPUs, PL011, a PCI host, a device on a bus and kernel + ramdisk
// modules.
void tree_make(void *fdt, unsigned gic_version);
// The node at `path`, which must exist.
int tree_node(void *fdt, const char *path);
void tree_set_cells(void *fdt, const char *path, const char *name, unsigned n,
                    const uint32_t *cells);
void tree_set_string(void *fdt, const char *path, const char *name, const char *value);
void tree_set(void *fdt, const char *path, const char *name, const void *value, unsigned len);
void tree_add(void *fdt, const char *parent, const char *name);
void tree_drop(void *fdt, const char *path);
void tree_drop_property(void *fdt, const char *path, const char *name);
#define CELLS(fdt, path, name, ...)                                                                \
    tree_set_cells(fdt, path, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4,                         \
                   (const uint32_t[]){__VA_ARGS__})
// Two static domains with a kernel each (at DOMU_KERNEL_AT and above), domU1 with vpl011 and a
// ramdisk, domU2 in static memory; they share memory and an event channel.
#define DOMU_KERNEL_AT 0x45000000ULL
#define DOMU_STATIC_AT 0x50000000ULL
#define DOMU_SHARED_AT 0x51000000ULL
void tree_add_domains(void *fdt);
// Writes an arm64 Image header at KERNEL_AT, and at DOMU_KERNEL_AT and 64 KiB above.
void tree_put_kernel(void);
