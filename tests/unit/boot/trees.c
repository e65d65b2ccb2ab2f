// SPDX-License-Identifier: Apache-2.0
// The test board (trees.h).
#include "trees.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int err, const char *what) {
    if (err < 0) {
        fprintf(stderr, "tree: %s: %s\n", what, fdt_strerror(err));
        abort();
    }
}

int tree_node(void *fdt, const char *path) {
    int node = fdt_path_offset(fdt, path);

    must(node, path);
    return node;
}

void tree_set(void *fdt, const char *path, const char *name, const void *value, unsigned len) {
    must(fdt_setprop(fdt, tree_node(fdt, path), name, value, (int)len), name);
}

void tree_set_cells(void *fdt, const char *path, const char *name, unsigned n,
                    const uint32_t *cells) {
    fdt32_t be[64];

    for (unsigned i = 0; i < n; i++)
        be[i] = cpu_to_fdt32(cells[i]);
    tree_set(fdt, path, name, be, n * 4);
}

void tree_set_string(void *fdt, const char *path, const char *name, const char *value) {
    tree_set(fdt, path, name, value, (unsigned)strlen(value) + 1);
}

void tree_add(void *fdt, const char *parent, const char *name) {
    must(fdt_add_subnode(fdt, tree_node(fdt, parent), name), name);
}

void tree_drop(void *fdt, const char *path) { must(fdt_del_node(fdt, tree_node(fdt, path)), path); }

void tree_drop_property(void *fdt, const char *path, const char *name) {
    must(fdt_delprop(fdt, tree_node(fdt, path), name), name);
}

static void add_cpus(void *fdt) {
    tree_add(fdt, "/", "cpus");
    CELLS(fdt, "/cpus", "#address-cells", 1);
    CELLS(fdt, "/cpus", "#size-cells", 0);
    for (uint32_t i = 0; i < 2; i++) {
        char name[16], path[32];

        snprintf(name, sizeof(name), "cpu@%u", i);
        snprintf(path, sizeof(path), "/cpus/%s", name);
        tree_add(fdt, "/cpus", name);
        tree_set_string(fdt, path, "device_type", "cpu");
        tree_set_string(fdt, path, "compatible", "arm,cortex-a57");
        tree_set_string(fdt, path, "enable-method", "psci");
        CELLS(fdt, path, "reg", i);
    }
    tree_add(fdt, "/", "psci");
    tree_set_string(fdt, "/psci", "compatible", "arm,psci-0.2");
    tree_set_string(fdt, "/psci", "method", "smc");
}

static void add_gic(void *fdt, unsigned version) {
    tree_add(fdt, "/", "intc@8000000");
    CELLS(fdt, "/intc@8000000", "#interrupt-cells", 3);
    CELLS(fdt, "/intc@8000000", "#address-cells", 2);
    CELLS(fdt, "/intc@8000000", "#size-cells", 2);
    CELLS(fdt, "/intc@8000000", "phandle", 1);
    CELLS(fdt, "/intc@8000000", "interrupts", 1, 9, 4);
    tree_set(fdt, "/intc@8000000", "ranges", "", 0);
    tree_set(fdt, "/intc@8000000", "interrupt-controller", "", 0);
    if (version == 2) {
        tree_set_string(fdt, "/intc@8000000", "compatible", "arm,cortex-a15-gic");
        CELLS(fdt, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000, 0,
              0x8030000, 0, 0x10000, 0, 0x8040000, 0, 0x10000);
        tree_add(fdt, "/intc@8000000", "v2m@8020000");
        tree_set_string(fdt, "/intc@8000000/v2m@8020000", "compatible", "arm,gic-v2m-frame");
        CELLS(fdt, "/intc@8000000/v2m@8020000", "reg", 0, 0x8020000, 0, 0x1000);
    } else {
        tree_set_string(fdt, "/intc@8000000", "compatible", "arm,gic-v3");
        CELLS(fdt, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
        tree_add(fdt, "/intc@8000000", "its@8080000");
        tree_set_string(fdt, "/intc@8000000/its@8080000", "compatible", "arm,gic-v3-its");
        CELLS(fdt, "/intc@8000000/its@8080000", "reg", 0, 0x8080000, 0, 0x20000);
    }
    tree_add(fdt, "/", "timer");
    tree_set_string(fdt, "/timer", "compatible", "arm,armv8-timer");
    CELLS(fdt, "/timer", "interrupts", 1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104);
}

static void add_devices(void *fdt) {
    tree_add(fdt, "/", "pl011@9000000");
    tree_set_string(fdt, "/pl011@9000000", "compatible", "arm,pl011");
    CELLS(fdt, "/pl011@9000000", "reg", 0, 0x9000000, 0, 0x1000);
    CELLS(fdt, "/pl011@9000000", "interrupts", 0, 1, 4);
    tree_add(fdt, "/", "bus");
    tree_set_string(fdt, "/bus", "compatible", "simple-bus");
    CELLS(fdt, "/bus", "#address-cells", 1);
    CELLS(fdt, "/bus", "#size-cells", 1);
    CELLS(fdt, "/bus", "ranges", 0x1000, 0, 0xa000000, 0x10000);
    tree_add(fdt, "/bus", "device@2000");
    CELLS(fdt, "/bus/device@2000", "reg", 0x2080, 0x100);
    CELLS(fdt, "/bus/device@2000", "interrupts", 1, 0, 4);
    CELLS(fdt, "/bus/device@2000", "iommus", 7, 1);
    tree_add(fdt, "/bus", "off@3000");
    CELLS(fdt, "/bus/off@3000", "reg", 0x3000, 0x1000);
    tree_set_string(fdt, "/bus/off@3000", "status", "disabled");
    tree_add(fdt, "/", "pcie@10000000");
    tree_set_string(fdt, "/pcie@10000000", "device_type", "pci");
    CELLS(fdt, "/pcie@10000000", "#address-cells", 3);
    CELLS(fdt, "/pcie@10000000", "#size-cells", 2);
    CELLS(fdt, "/pcie@10000000", "reg", 0x40, 0x10000000, 0, 0x10000000);
    CELLS(fdt, "/pcie@10000000", "msi-map", 0, 3, 0, 0x10000);
    CELLS(fdt, "/pcie@10000000", "ranges", 0x1000000, 0, 0, 0, 0x3eff0000, 0, 0x10000, 0x2000000, 0,
          0x10000000, 0, 0x10000000, 0, 0x2eff0000, 0x3000000, 0x80, 0, 0x80, 0, 0x80, 0);
    tree_add(fdt, "/", "pmu");
    tree_set_string(fdt, "/pmu", "compatible", "arm,armv8-pmuv3");
    CELLS(fdt, "/pmu", "interrupts", 1, 7, 0x104);
    tree_add(fdt, "/", "aliases");
    tree_set_string(fdt, "/aliases", "serial0", "/pl011@9000000");
    tree_set_string(fdt, "/aliases", "dev0", "/bus/device@2000");
}

static void add_chosen(void *fdt) {
    static const char kernel[] = "multiboot,kernel\0multiboot,module";
    static const char ramdisk[] = "multiboot,ramdisk\0multiboot,module";

    tree_add(fdt, "/", "chosen");
    tree_set_string(fdt, "/chosen", "stdout-path", "serial0:115200n8");
    tree_set_string(fdt, "/chosen", "xen,xen-bootargs", "console=dtuart");
    tree_set_string(fdt, "/chosen", "xen,dom0-bootargs", "console=hvc0");
    CELLS(fdt, "/chosen", "kaslr-seed", 1, 2);
    CELLS(fdt, "/chosen", "#address-cells", 2);
    CELLS(fdt, "/chosen", "#size-cells", 2);
    tree_add(fdt, "/chosen", "module@44000000");
    tree_set(fdt, "/chosen/module@44000000", "compatible", kernel, sizeof(kernel));
    CELLS(fdt, "/chosen/module@44000000", "reg", 0, (uint32_t)KERNEL_AT, 0, (uint32_t)KERNEL_SIZE);
    tree_add(fdt, "/chosen", "module@44100000");
    tree_set(fdt, "/chosen/module@44100000", "compatible", ramdisk, sizeof(ramdisk));
    CELLS(fdt, "/chosen/module@44100000", "reg", 0, (uint32_t)RAMDISK_AT, 0,
          (uint32_t)RAMDISK_SIZE);
}

static void add_module(void *fdt, const char *parent, const char *kind, uint32_t at,
                       uint32_t size) {
    char name[32], path[64];

    snprintf(name, sizeof(name), "module@%x", at);
    snprintf(path, sizeof(path), "%s/%s", parent, name);
    tree_add(fdt, parent, name);
    tree_set_string(fdt, path, "compatible", kind);
    must(fdt_appendprop_string(fdt, tree_node(fdt, path), "compatible", "multiboot,module"), kind);
    CELLS(fdt, path, "reg", 0, at, 0, size);
}

static void add_domain(void *fdt, uint32_t n) {
    char path[32], node[64];

    snprintf(path, sizeof(path), "/chosen/domU%u", n);
    tree_add(fdt, "/chosen", path + strlen("/chosen/"));
    tree_set_string(fdt, path, "compatible", "xen,domain");
    CELLS(fdt, path, "#address-cells", 2);
    CELLS(fdt, path, "#size-cells", 2);
    CELLS(fdt, path, "memory", 0, 0x2000); // 8 MiB
    CELLS(fdt, path, "cpus", n);
    tree_set_string(fdt, path, "xen,enhanced", "no-xenstore");
    add_module(fdt, path, "multiboot,kernel", (uint32_t)(DOMU_KERNEL_AT + (n - 1) * KERNEL_SIZE),
               KERNEL_SIZE);
    snprintf(node, sizeof(node), "%s/shared", path);
    tree_add(fdt, path, "shared");
    tree_set_string(fdt, node, "compatible", "xen,domain-shared-memory-v1");
    tree_set_string(fdt, node, "xen,shm-id", "buffer");
    CELLS(fdt, node, "xen,shared-mem", 0, (uint32_t)DOMU_SHARED_AT, 0, 0x70000000 + n * 0x100000, 0,
          0x4000);
    snprintf(node, sizeof(node), "%s/event", path);
    tree_add(fdt, path, "event");
    tree_set_string(fdt, node, "compatible", "xen,evtchn-v1");
    CELLS(fdt, node, "phandle", 0x100 + n);
    CELLS(fdt, node, "xen,evtchn", 9 + n, 0x103 - n);
}

void tree_add_domains(void *fdt) {
    add_domain(fdt, 2);
    add_domain(fdt, 1);
    tree_set(fdt, "/chosen/domU1", "vpl011", "", 0);
    tree_set_string(fdt, "/chosen/domU1/module@45000000", "bootargs", "one two");
    add_module(fdt, "/chosen/domU1", "multiboot,ramdisk", 0x45100000, RAMDISK_SIZE);
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", 0, (uint32_t)DOMU_STATIC_AT, 0, 0x600000, 0,
          (uint32_t)DOMU_STATIC_AT + 0x800000, 0, 0x200000);
    tree_set_string(fdt, "/chosen/domU2/shared", "role", "owner");
}

void tree_make(void *fdt, unsigned gic_version) {
    must(fdt_create_empty_tree(fdt, TREE_SIZE), "create");
    tree_set_string(fdt, "/", "compatible", "test,board");
    CELLS(fdt, "/", "#address-cells", 2);
    CELLS(fdt, "/", "#size-cells", 2);
    CELLS(fdt, "/", "interrupt-parent", 1);
    add_chosen(fdt);
    tree_add(fdt, "/", "memory@40000000");
    tree_set_string(fdt, "/memory@40000000", "device_type", "memory");
    CELLS(fdt, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x20000000);
    add_cpus(fdt);
    add_gic(fdt, gic_version);
    add_devices(fdt);
}

static void put_kernel(uint64_t at) {
    uint8_t *k = (uint8_t *)(uintptr_t)at;

    memset(k, 0, KERNEL_SIZE);
    k[16 + 2] = 0x02; // image_size 0x20000: its bss is behind the file
    memcpy(k + 56, "ARM\x64", 4);
    for (unsigned i = 64; i < KERNEL_SIZE; i++)
        k[i] = (uint8_t)(i * 7);
}

void tree_put_kernel(void) {
    put_kernel(KERNEL_AT);
    put_kernel(DOMU_KERNEL_AT);
    put_kernel(DOMU_KERNEL_AT + KERNEL_SIZE);
    memset((void *)(uintptr_t)RAMDISK_AT, 0x5a, RAMDISK_SIZE);
}
