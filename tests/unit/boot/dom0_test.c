// SPDX-License-Identifier: Apache-2.0
// Unit tests of the Dom0 builder (hyp/boot/dom0*.c): what Dom0 gets of memory, devices and
// interrupts, its device tree, and what is refused. Usage: dom0_test [FILE.dtb ...]; each file is a
// real board's tree that is read and turned into a Dom0 tree too.
#include "fakes.h"
#include "trees.h"

#include <arch/map.h>
#include <arm64/vgic.h>
#include <boot/dom0.h>
#include <boot/domu.h>
#include <boot/dt.h>
#include <boot/range.h>
#include <boot/source.h>
#include <drivers/gic.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *fdt;
static struct system *sys;
static char **files;

static int setup(void **state) {
    (void)state;
    fake_reset();
    fdt = calloc(1, TREE_SIZE);
    sys = calloc(1, sizeof(*sys));
    sys->image = (struct system_range){pa_of(0x40200000), 0x60000};
    options.dom0_mem = MIB(128);
    tree_make(fdt, 2);
    tree_put_kernel();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(fdt);
    free(sys);
    return 0;
}

static void read_board(const void *tree) {
    dt_open(tree, sys);
    dt_read_uart(sys);
    sys->source.base = va_pa(tree);
    sys->ipa_bits = 40;
    dt_read_system(sys);
    system_check_all(sys);
    nr_cpus = sys->nr_cpus;
    system_lay_out_vgic(sys);
    fake_give_memory(sys);
}

static const void *build(void) {
    read_board(fdt);
    dom0_build(sys);
    domu_build_all(sys);
    source_finish(sys);
    domu_start_all();
    assert_int_equal(fdt_check_full((void *)(uintptr_t)fake.context, KIB(512)), 0);
    return (const void *)(uintptr_t)fake.context;
}

static void expect_refused(const char *where, const char *what) {
    assert_true(REFUSED(build()));
    if (!strstr(fake.where, where) || !strstr(fake.what, what) || !fake.remedy[0])
        fail_msg("refused as \"%s: %s; %s\"", fake.where, fake.what, fake.remedy);
}

static uint32_t cell(const void *tree, const char *path, const char *name, unsigned n) {
    int len;
    const fdt32_t *p = fdt_getprop(tree, fdt_path_offset(tree, path), name, &len);

    if (!p || len < (int)(n + 1) * 4)
        fail_msg("%s: no cell %u of %s", path, n, name);
    return fdt32_ld(p + n);
}

static bool has(const void *tree, const char *path, const char *name) {
    int node = fdt_path_offset(tree, path);

    return node >= 0 && (!name || fdt_getprop(tree, node, name, NULL));
}

static int length(const void *tree, const char *path, const char *name) {
    int len = -1;

    (void)fdt_getprop(tree, fdt_path_offset(tree, path), name, &len);
    return len;
}

static void starts_the_kernel(void **state) {
    (void)state;
    build();
    assert_int_equal(fake.unpaused, 1);
    assert_int_equal(fake.entry & (MIB(2) - 1), 0);
    assert_int_equal(fake.context & 7, 0);
    assert_memory_equal((void *)(uintptr_t)fake.entry, (void *)(uintptr_t)KERNEL_AT, KERNEL_SIZE);
    assert_true(fake.context >= fake.entry + 0x20000); // behind the bss
    assert_int_equal(fake.guest_pages, MIB(128) >> PAGE_SHIFT);
    assert_int_equal(fake.released_pages, (KERNEL_SIZE + RAMDISK_SIZE) >> PAGE_SHIFT);
    assert_true(fake.cleaned_bytes > KERNEL_SIZE + RAMDISK_SIZE);
    assert_int_equal(fake.config.nr_vcpus, 2);
    assert_int_equal(fake.config.nr_spis, 288 - 32);
    assert_int_equal(fake.config.max_pages, MIB(128) >> PAGE_SHIFT);
    assert_int_equal(fake.irqs_assigned, 288 - 32 - 2); // all but the console's and EL2's
    assert_int_equal(fake.domain.arch.evtchn_ppi, 17);  // 16 is the device's
    assert_int_equal(fake.domain.arch.ipa_grants, 0x40200000);
}

static void memory_is_direct_mapped(void **state) {
    uint64_t pages = 0;

    (void)state;
    build();
    for (unsigned i = 0; i < fake.nr_maps; i++) {
        if (fake.map[i].type != P2M_RAM)
            continue;
        assert_int_equal(fake.map[i].gfn, fake.map[i].mfn);
        assert_int_equal(fake.map[i].gfn & 511, 0);
        pages += fake.map[i].count;
    }
    assert_int_equal(pages, MIB(128) >> PAGE_SHIFT);
    assert_int_equal(fake_type_at(0x40200000, NULL), P2M_INVALID); // the hypervisor
    assert_int_equal(fake_type_at(KERNEL_AT, NULL), P2M_INVALID);  // a module
}

static void devices_are_mapped(void **state) {
    uint64_t machine;

    (void)state;
    build();
    assert_int_equal(fake_type_at(0xa001000, &machine), P2M_DEVICE); // through ranges
    assert_int_equal(machine, 0xa001000);
    assert_int_equal(fake_type_at(0xa002000, NULL), P2M_INVALID); // disabled
    assert_int_equal(fake_type_at(0x4010000000, NULL), P2M_DEVICE);
    assert_int_equal(fake_type_at(0x401fffffff, NULL), P2M_DEVICE);
    assert_int_equal(fake_type_at(0x3eff0000, NULL), P2M_DEVICE);
    assert_int_equal(fake_type_at(0x10000000, NULL), P2M_DEVICE_MEM);
    assert_int_equal(fake_type_at(0xffffffffff, NULL), P2M_DEVICE_MEM);
    assert_int_equal(fake_type_at(0x8020000, NULL), P2M_DEVICE); // v2m
}

static void the_hypervisors_devices_are_not(void **state) {
    (void)state;
    // A greedy bus node that covers everything low.
    CELLS(fdt, "/bus", "reg", 0, 0x8000000, 0, 0x4000000);
    build();
    assert_int_equal(fake_type_at(0x9000000, NULL), P2M_INVALID);
    assert_int_equal(fake_type_at(0x8000000, NULL), P2M_INVALID);
    assert_int_equal(fake_type_at(0x8030000, NULL), P2M_INVALID);
    assert_int_equal(fake_type_at(0x8040000, NULL), P2M_INVALID);
    assert_int_equal(fake_type_at(0x9001000, NULL), P2M_DEVICE);
}

static void gicc_is_gicv(void **state) {
    uint64_t machine;

    (void)state;
    build();
    assert_int_equal(fake_type_at(0x801f000, &machine), P2M_DEVICE);
    assert_int_equal(machine, 0x804f000);
}

static void tree_for_gic_v2(void **state) {
    const void *t;

    (void)state;
    t = build();
    assert_false(has(t, "/pl011@9000000", NULL) || has(t, "/pmu", NULL));
    assert_false(has(t, "/aliases", "serial0"));
    assert_true(has(t, "/aliases", "dev0"));
    assert_true(has(t, "/bus/device@2000", "reg") && has(t, "/bus/off@3000", "status"));
    assert_false(has(t, "/bus/device@2000", "iommus") || has(t, "/pcie@10000000", "msi-map"));
    assert_string_equal(fdt_getprop(t, fdt_path_offset(t, "/psci"), "method", NULL), "hvc");
    assert_int_equal(length(t, "/intc@8000000", "reg"), 2 * 16);
    assert_false(has(t, "/intc@8000000", "interrupts"));
    assert_int_equal(cell(t, "/intc@8000000", "phandle", 0), 1);
    assert_true(has(t, "/intc@8000000/v2m@8020000", NULL));
    assert_int_equal(length(t, "/timer", "interrupts"), 3 * 12);
    assert_int_equal(cell(t, "/timer", "interrupts", 7), 11);
    assert_int_equal(cell(t, "/cpus/cpu@1", "reg", 0), 1);
    assert_false(has(t, "/cpus/cpu@2", NULL));
    assert_string_equal(fdt_getprop(t, fdt_path_offset(t, "/chosen"), "bootargs", NULL),
                        "console=hvc0");
    assert_false(has(t, "/chosen", "stdout-path") || has(t, "/chosen/module@44000000", NULL));
    assert_int_equal(cell(t, "/chosen", "kaslr-seed", 1), 2);
    assert_int_equal(cell(t, "/chosen", "linux,initrd-end", 1) -
                         cell(t, "/chosen", "linux,initrd-start", 1),
                     RAMDISK_SIZE);
    assert_memory_equal((void *)(uintptr_t)cell(t, "/chosen", "linux,initrd-start", 1),
                        (void *)(uintptr_t)RAMDISK_AT, RAMDISK_SIZE);
}

static void hypervisor_node(void **state) {
    const void *t;
    uint64_t first, size;

    (void)state;
    t = build();
    assert_int_equal(fdt_node_check_compatible(t, fdt_path_offset(t, "/hypervisor"), "xen,xen"), 0);
    assert_int_equal(cell(t, "/hypervisor", "reg", 1), 0x40200000);
    assert_int_equal(cell(t, "/hypervisor", "reg", 3), GRANT_MAX_FRAMES * PAGE_SIZE);
    first = (uint64_t)cell(t, "/hypervisor", "reg", 4) << 32 | cell(t, "/hypervisor", "reg", 5);
    size = (uint64_t)cell(t, "/hypervisor", "reg", 6) << 32 | cell(t, "/hypervisor", "reg", 7);
    assert_int_equal(first, GIB(4));
    assert_int_equal(first + size, 0x4010000000); // up to the ECAM
    assert_int_equal(cell(t, "/hypervisor", "interrupts", 0), 1);
    assert_int_equal(cell(t, "/hypervisor", "interrupts", 1), 1);
    assert_int_equal(cell(t, "/hypervisor", "interrupts", 2), 0xf08);
    assert_int_equal(cell(t, "/hypervisor", "interrupt-parent", 0), 1);
}

static void tree_for_gic_v3(void **state) {
    const void *t;

    (void)state;
    tree_make(fdt, 3);
    t = build();
    assert_int_equal(length(t, "/intc@8000000", "reg"), 2 * 16);
    assert_false(has(t, "/intc@8000000/its@8080000", NULL));
    assert_int_equal(fake_type_at(0x8080000, NULL), P2M_INVALID);
    assert_int_equal(fake_type_at(0x80a0000, NULL), P2M_INVALID);
}

static void passthrough_nodes_are_kept_back(void **state) {
    const void *t;

    (void)state;
    tree_set(fdt, "/bus/device@2000", "xen,passthrough", "", 0);
    CELLS(fdt, "/bus/device@2000", "interrupts", 1, 0, 4, 0, 9, 4);
    t = build();
    assert_false(has(t, "/bus/device@2000", NULL) || has(t, "/aliases", "dev0"));
    assert_int_equal(fake_type_at(0xa001000, NULL), P2M_INVALID);
    assert_int_equal(fake.domain.arch.evtchn_ppi, 17); // the host's PPI stays taken
    assert_int_equal(fake.domain.io[0].first, 0xa001); // for xl to give to a guest
    assert_int_equal(fake.domain.io[0].end, 0xa002);
    assert_int_equal(fake.domain.io[1].end, 0);
    assert_int_equal(fake.irqs_assigned, 288 - 32 - 3); // its own is kept back, too
}

static void reserved_memory_reaches_drivers(void **state) {
    const void *t;

    (void)state;
    tree_add(fdt, "/", "reserved-memory");
    CELLS(fdt, "/reserved-memory", "#address-cells", 2);
    CELLS(fdt, "/reserved-memory", "#size-cells", 2);
    tree_set(fdt, "/reserved-memory", "ranges", "", 0);
    tree_add(fdt, "/reserved-memory", "fb@50000000");
    CELLS(fdt, "/reserved-memory/fb@50000000", "reg", 0, 0x50000000, 0, 0x100000);
    tree_set(fdt, "/reserved-memory/fb@50000000", "no-map", "", 0);
    t = build();
    assert_true(has(t, "/reserved-memory/fb@50000000", "no-map"));
    assert_int_equal(fake_type_at(0x50000000, NULL), P2M_DEVICE_MEM);
}

static void vcpus_are_capped(void **state) {
    (void)state;
    options.dom0_max_vcpus = 6; // more than there are CPUs
    build();
    assert_int_equal(fake.config.nr_vcpus, 6);
    assert_null(strstr(fake.warning, "dom0_max_vcpus="));
    options.dom0_max_vcpus = 9;
    build();
    assert_int_equal(fake.config.nr_vcpus, MAX_VCPUS);
    assert_non_null(strstr(fake.warning, "dom0_max_vcpus=9"));
}

static void default_memory_warns(void **state) {
    (void)state;
    options.dom0_mem = 0;
    CELLS(fdt, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x10000000);
    build();
    assert_non_null(strstr(fake.warning, "dom0_mem="));
    assert_true(fake.guest_pages << PAGE_SHIFT >= MIB(200));
}

static void refuses_bad_kernels(void **state) {
    uint8_t *k = (uint8_t *)(uintptr_t)KERNEL_AT;

    (void)state;
    k[56] = 'x';
    expect_refused("/chosen/module@44000000", "no arm64 Image magic");
    memcpy(k, "\x1f\x8b\x08", 3);
    expect_refused("/chosen/module@44000000", "gzip");
    assert_non_null(strstr(fake.remedy, "gunzip"));
    tree_put_kernel();
    memcpy(k, "MZ", 2);
    k[60] = 0x40;
    memset(k + 0x40, 0, 0x100);
    memcpy(k + 0x40, "PE\0\0", 4);
    k[0x46] = 1;      // one section, at once behind the COFF header
    k[0x58 + 18] = 2; // of 0x20000 bytes
    expect_refused("/chosen/module@44000000", "truncated: 65536 bytes of 131072");
    tree_put_kernel();
    CELLS(fdt, "/chosen/module@44000000", "reg", 0, (uint32_t)KERNEL_AT, 0, 32);
    expect_refused("/chosen/module@44000000", "truncated");
    CELLS(fdt, "/chosen/module@44000000", "reg", 0, (uint32_t)KERNEL_AT, 0, (uint32_t)KERNEL_SIZE);
    k[10] = 0xff;
    expect_refused("/chosen/module@44000000", "makes no sense");
}

static void refuses_too_little_memory(void **state) {
    (void)state;
    options.dom0_mem = GIB(2);
    expect_refused("dom0_mem=", "of 2048 MiB");
    fake.nr_free = 0;
    options.dom0_mem = MIB(4);
    ((uint8_t *)(uintptr_t)KERNEL_AT)[16 + 2] = 0x40; // 4 MiB
    expect_refused("/chosen/module@44000000", "need");
    assert_non_null(strstr(fake.remedy, "dom0_mem="));
}

static void refuses_when_no_ppi_is_free(void **state) {
    uint32_t all[48];

    (void)state;
    for (uint32_t i = 0; i < 16; i++) {
        all[i * 3] = 1;
        all[i * 3 + 1] = i;
        all[i * 3 + 2] = 4;
    }
    tree_set_cells(fdt, "/bus/device@2000", "interrupts", 48, all);
    expect_refused("device tree", "PPIs");
}

static void refuses_bad_device_cells(void **state) {
    (void)state;
    CELLS(fdt, "/bus/device@2000", "reg", 0x2000);
    expect_refused("/bus/device@2000", "whole number");
    CELLS(fdt, "/bus/device@2000", "reg", 0x2000, 0x100);
    CELLS(fdt, "/bus/device@2000", "interrupts", 0, 8);
    fake.nr_free = 0;
    expect_refused("/bus/device@2000", "interrupts");
}

// Gives the real tree the arena as RAM and our modules.
static void *real_tree(const char *name) {
    static const char *const kinds[] = {"multiboot,kernel", "multiboot,ramdisk"};
    const uint64_t at[] = {KERNEL_AT, RAMDISK_AT}, size[] = {KERNEL_SIZE, RAMDISK_SIZE};
    FILE *f = fopen(name, "rb");
    uint8_t *raw = calloc(1, DT_MAX_SIZE), *tree = calloc(1, DT_MAX_SIZE);
    int node, chosen;

    assert_non_null(f);
    assert_true(fread(raw, 1, DT_MAX_SIZE, f) > 0);
    fclose(f);
    assert_int_equal(fdt_open_into(raw, tree, (int)DT_MAX_SIZE), 0);
    free(raw);
    while ((node = fdt_node_offset_by_prop_value(tree, -1, "device_type", "memory", 7)) >= 0)
        fdt_del_node(tree, node);
    tree_add(tree, "/", "memory@40000000");
    tree_set_string(tree, "/memory@40000000", "device_type", "memory");
    CELLS(tree, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x20000000);
    chosen = fdt_path_offset(tree, "/chosen");
    if (chosen < 0)
        tree_add(tree, "/", "chosen");
    for (unsigned i = 0; i < 2; i++) {
        char module[32];

        snprintf(module, sizeof(module), "module@%llx", (unsigned long long)at[i]);
        tree_add(tree, "/chosen", module);
        snprintf(module, sizeof(module), "/chosen/module@%llx", (unsigned long long)at[i]);
        tree_set_string(tree, module, "compatible", kinds[i]);
        fdt_appendprop_string(tree, tree_node(tree, module), "compatible", "multiboot,module");
        CELLS(tree, module, "reg", 0, (uint32_t)at[i], 0, (uint32_t)size[i]);
    }
    fdt_pack(tree);
    return tree;
}

static void real_boards(void **state) {
    (void)state;
    for (char **f = files; *f; f++) {
        const char *out = getenv("DOM0_FDT_OUT");
        void *tree = real_tree(*f);
        const void *t;

        fake_reset();
        options.dom0_mem = MIB(128);
        tree_put_kernel();
        memset(sys, 0, sizeof(*sys));
        sys->image = (struct system_range){pa_of(0x40200000), 0x60000};
        read_board(tree);
        dom0_build(sys);
        t = (const void *)(uintptr_t)fake.context;
        assert_int_equal(fdt_check_full(t, KIB(512)), 0);
        assert_true(sys->uart.compatible[0] && !has(t, sys->uart.path, NULL));
        assert_true(has(t, "/hypervisor", "interrupts") && has(t, "/cpus/cpu@0", NULL));
        assert_int_equal(fake.warnings, 0);
        if (out) {
            FILE *o = fopen(out, "wb");

            assert_non_null(o);
            assert_int_equal(fwrite(t, 1, fdt_totalsize(t), o), fdt_totalsize(t));
            fclose(o);
        }
        free(tree);
    }
}

int main(int argc, char **argv) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(starts_the_kernel),
        T(memory_is_direct_mapped),
        T(devices_are_mapped),
        T(the_hypervisors_devices_are_not),
        T(gicc_is_gicv),
        T(tree_for_gic_v2),
        T(hypervisor_node),
        T(tree_for_gic_v3),
        T(passthrough_nodes_are_kept_back),
        T(reserved_memory_reaches_drivers),
        T(vcpus_are_capped),
        T(default_memory_warns),
        T(refuses_bad_kernels),
        T(refuses_too_little_memory),
        T(refuses_when_no_ppi_is_free),
        T(refuses_bad_device_cells),
        T(real_boards),
    };

    (void)argc;
    files = argv + 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
