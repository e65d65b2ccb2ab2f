// SPDX-License-Identifier: Apache-2.0
// Unit tests of the device-tree reader (hyp/boot/dt*.c): what it reads from a good tree, and that
// each kind of bad tree is refused by one line with the node and a remedy. Usage: dt_test
#include "fakes.h"
#include "trees.h"

#include <arch/map.h>
#include <arm64/vgic.h>
#include <boot/domu.h>
#include <boot/dt.h>
#include <boot/range.h>
#include <boot/source.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *fdt;
static struct system *sys;

static int setup(void **state) {
    (void)state;
    fake_reset();
    fdt = calloc(1, TREE_SIZE);
    sys = calloc(1, sizeof(*sys));
    sys->image = (struct system_range){pa_of(0x40200000), 0x60000};
    tree_make(fdt, 2);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(fdt);
    free(sys);
    return 0;
}

static void read_all(void) {
    dt_open(fdt, sys);
    dt_read_uart(sys);
    sys->source.base = va_pa(fdt);
    sys->ipa_bits = 40;
    dt_read_system(sys);
    system_check_all(sys);
}

static void expect_refused(const char *where, const char *what) {
    assert_true(REFUSED(read_all()));
    if (!strstr(fake.where, where) || !strstr(fake.what, what) || !fake.remedy[0])
        fail_msg("refused as \"%s: %s; %s\"", fake.where, fake.what, fake.remedy);
}

static void reads_the_board(void **state) {
    (void)state;
    read_all();
    assert_int_equal(sys->nr_banks, 1);
    assert_int_equal(sys->bank[0].base.v, 0x40000000);
    assert_int_equal(sys->bank[0].size, 0x20000000);
    assert_int_equal(sys->nr_cpus, 2);
    assert_int_equal(sys->cpu[1].mpidr, 1);
    assert_true(sys->psci && sys->psci_smc);
    assert_int_equal(sys->psci_cpu_on, 0xc4000003);
    assert_int_equal(sys->gic.version, 2);
    assert_int_equal(sys->gic.dist.base.v, 0x8000000);
    assert_int_equal(sys->gic.cpu.base.v, 0x8010000);
    assert_int_equal(sys->gic.hyp.base.v, 0x8030000);
    assert_int_equal(sys->gic.vcpu.base.v, 0x8040000);
    assert_int_equal(sys->gic.maintenance, 25);
    assert_int_equal(sys->timer_ppi[0], 29);
    assert_int_equal(sys->timer_ppi[1], 30);
    assert_int_equal(sys->timer_ppi[2], 27);
    assert_int_equal(sys->timer_ppi[3], 26);
    assert_string_equal(sys->uart.path, "/pl011@9000000");
    assert_string_equal(sys->uart.compatible, "arm,pl011");
    assert_int_equal(sys->uart.irq, 33);
    assert_int_equal(sys->nr_modules, 2);
    assert_string_equal(sys->bootargs, "console=dtuart");
    assert_string_equal(sys->dom0_bootargs, "console=hvc0");
    assert_int_equal(fake.warnings, 0);
}

static void reads_gic_v3(void **state) {
    (void)state;
    tree_make(fdt, 3);
    CELLS(fdt, "/intc@8000000", "#redistributor-regions", 2);
    CELLS(fdt, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000, 0x40, 0,
          0, 0x100000);
    CELLS(fdt, "/intc@8000000", "redistributor-stride", 0, 0x40000);
    read_all();
    assert_int_equal(sys->gic.version, 3);
    assert_int_equal(sys->gic.nr_redist, 2);
    assert_int_equal(sys->gic.redist[1].base.v, 0x4000000000);
    assert_int_equal(sys->gic.redist_stride, 0x40000);
}

static void memory_is_sorted_merged_trimmed(void **state) {
    (void)state;
    tree_add(fdt, "/", "memory@900000000");
    tree_set_string(fdt, "/memory@900000000", "device_type", "memory");
    CELLS(fdt, "/memory@900000000", "reg", 9, 0x800, 0, 0x10000000, 0, 0x60000000, 0, 0x1000, 0,
          0x3fff0000, 0, 0x10000);
    read_all();
    assert_int_equal(sys->nr_banks, 2);
    assert_int_equal(sys->bank[0].base.v, 0x3fff0000);
    assert_int_equal(range_end(&sys->bank[0]), 0x60001000);
    assert_int_equal(sys->bank[1].base.v, 0x900001000);
    assert_int_equal(range_end(&sys->bank[1]), 0x910000000);
}

static bool is_reserved(uint64_t at) {
    for (unsigned i = 0; i < sys->nr_reserved; i++)
        if (at - sys->reserved[i].base.v < sys->reserved[i].size)
            return true;
    return false;
}

static void reserved_ranges_are_kept(void **state) {
    (void)state;
    assert_int_equal(fdt_add_mem_rsv(fdt, 0x50000800, 0x1000), 0);
    tree_add(fdt, "/", "reserved-memory");
    CELLS(fdt, "/reserved-memory", "#address-cells", 2);
    CELLS(fdt, "/reserved-memory", "#size-cells", 2);
    tree_add(fdt, "/reserved-memory", "fw@51000000");
    CELLS(fdt, "/reserved-memory/fw@51000000", "reg", 0, 0x51000000, 0, 0x2000);
    read_all();
    assert_true(is_reserved(0x50000000) && is_reserved(0x50001fff) && !is_reserved(0x50002000));
    assert_true(is_reserved(0x51001fff) && !is_reserved(0x51002000));
    assert_true(is_reserved(KERNEL_AT) && is_reserved(RAMDISK_AT) && is_reserved(0x40200000));
    assert_true(is_reserved((uint64_t)(uintptr_t)fdt));
}

static void boot_cpu_comes_first(void **state) {
    (void)state;
    sys->cpu[0].mpidr = 1;
    CELLS(fdt, "/cpus/cpu@0", "cpu-release-addr", 0, 0x4fff0000);
    tree_set_string(fdt, "/cpus/cpu@0", "enable-method", "spin-table");
    tree_drop(fdt, "/psci");
    read_all();
    assert_int_equal(sys->nr_cpus, 2);
    assert_int_equal(sys->cpu[0].mpidr, 1);
    assert_int_equal(sys->cpu[1].mpidr, 0);
    assert_int_equal(sys->cpu[1].release_addr.v, 0x4fff0000);
    assert_false(sys->psci);
}

static void cpus_that_cannot_start_are_left_out(void **state) {
    (void)state;
    tree_drop(fdt, "/psci");
    read_all();
    assert_int_equal(sys->nr_cpus, 1);
    assert_int_equal(fake.warnings, 1);
}

static void more_cpus_than_supported_warns(void **state) {
    (void)state;
    for (uint32_t i = 2; i < 11; i++) {
        char name[16], path[32];

        snprintf(name, sizeof(name), "cpu@%x", i);
        snprintf(path, sizeof(path), "/cpus/%s", name);
        tree_add(fdt, "/cpus", name);
        tree_set_string(fdt, path, "device_type", "cpu");
        tree_set_string(fdt, path, "enable-method", "psci");
        tree_set_string(fdt, path, "status", i == 10 ? "disabled" : "okay");
        CELLS(fdt, path, "reg", i);
    }
    read_all();
    assert_int_equal(sys->nr_cpus, NR_CPUS);
    assert_non_null(strstr(fake.warning, "2 CPUs more"));
}

static void psci_0_1_names_its_ids(void **state) {
    (void)state;
    tree_set_string(fdt, "/psci", "compatible", "arm,psci");
    tree_set_string(fdt, "/psci", "method", "hvc");
    CELLS(fdt, "/psci", "cpu_on", 0x95c1ba60);
    read_all();
    assert_true(sys->psci && !sys->psci_smc);
    assert_int_equal(sys->psci_cpu_on, 0x95c1ba60);
}

static void uart_by_dtuart(void **state) {
    (void)state;
    tree_add(fdt, "/bus", "serial@4000");
    tree_set_string(fdt, "/bus/serial@4000", "compatible", "ns16550a");
    CELLS(fdt, "/bus/serial@4000", "reg", 0x4000, 0x100);
    CELLS(fdt, "/bus/serial@4000", "reg-shift", 2);
    CELLS(fdt, "/bus/serial@4000", "interrupts-extended", 1, 0, 8, 4);
    strcpy(options.dtuart, "/bus/serial@4000:115200");
    read_all();
    assert_string_equal(sys->uart.path, "/bus/serial@4000");
    assert_int_equal(sys->uart.reg.base.v, 0xa003000);
    assert_int_equal(sys->uart.reg_shift, 2);
    assert_int_equal(sys->uart.irq, 40);
    strcpy(options.dtuart, "nowhere");
    read_all();
    assert_string_equal(sys->uart.path, "/pl011@9000000");
    assert_non_null(strstr(fake.warning, "nowhere"));
}

static void uart_is_found_without_a_name(void **state) {
    (void)state;
    tree_drop_property(fdt, "/chosen", "stdout-path");
    read_all();
    assert_string_equal(sys->uart.path, "/pl011@9000000");
    tree_drop(fdt, "/pl011@9000000");
    read_all();
    assert_string_equal(sys->uart.compatible, "");
}

static void aliases_in_a_circle_end(void **state) {
    (void)state;
    tree_set_string(fdt, "/aliases", "serial0", "serial1");
    tree_set_string(fdt, "/aliases", "serial1", "serial0");
    read_all();
    assert_string_equal(sys->uart.path, "/pl011@9000000"); // as the first with a driver
}

static void bootargs_follow_xens_rules(void **state) {
    (void)state;
    tree_set_string(fdt, "/chosen", "bootargs", "plain");
    read_all();
    assert_string_equal(sys->bootargs, "console=dtuart");
    tree_drop_property(fdt, "/chosen", "xen,xen-bootargs");
    read_all();
    assert_string_equal(sys->bootargs, "plain");
    assert_string_equal(sys->dom0_bootargs, "console=hvc0");
    tree_drop_property(fdt, "/chosen", "xen,dom0-bootargs");
    read_all();
    assert_string_equal(sys->bootargs, "");
    assert_string_equal(sys->dom0_bootargs, "plain");
    tree_set_string(fdt, "/chosen/module@44000000", "bootargs", "of the module");
    read_all();
    assert_string_equal(sys->bootargs, "plain");
    assert_string_equal(sys->dom0_bootargs, "of the module");
}

static void modules_in_all_forms(void **state) {
    static const char legacy[] = "xen,linux-zimage\0xen,multiboot-module";

    (void)state;
    CELLS(fdt, "/chosen", "#address-cells", 1);
    CELLS(fdt, "/chosen", "#size-cells", 1);
    tree_set(fdt, "/chosen/module@44000000", "compatible", legacy, sizeof(legacy));
    CELLS(fdt, "/chosen/module@44000000", "reg", (uint32_t)KERNEL_AT, (uint32_t)KERNEL_SIZE);
    CELLS(fdt, "/chosen/module@44100000", "reg", (uint32_t)RAMDISK_AT, (uint32_t)RAMDISK_SIZE);
    read_all();
    assert_int_equal(sys->module[0].kind == MODULE_KERNEL,
                     sys->module[0].range.base.v == KERNEL_AT);
    // Xen inherits the cells of / when /chosen has none.
    tree_drop_property(fdt, "/chosen", "#address-cells");
    tree_drop_property(fdt, "/chosen", "#size-cells");
    CELLS(fdt, "/chosen/module@44000000", "reg", 0, (uint32_t)KERNEL_AT, 0, (uint32_t)KERNEL_SIZE);
    CELLS(fdt, "/chosen/module@44100000", "reg", 0, (uint32_t)RAMDISK_AT, 0,
          (uint32_t)RAMDISK_SIZE);
    tree_set_string(fdt, "/chosen/module@44000000", "compatible", "multiboot,module");
    read_all();
    assert_int_equal(sys->nr_modules, 2);
}

static void modules_without_kind(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        tree_set_string(fdt, i ? "/chosen/module@44000000" : "/chosen/module@44100000",
                        "compatible", "multiboot,module");
    read_all();
    assert_int_equal(sys->module[0].kind, MODULE_KERNEL);
    assert_int_equal(sys->module[1].kind, MODULE_RAMDISK);
}

static void domain_modules_are_not_dom0s(void **state) {
    static const char kernel[] = "multiboot,kernel\0multiboot,module";

    (void)state;
    tree_add(fdt, "/chosen", "domU1");
    tree_set_string(fdt, "/chosen/domU1", "compatible", "xen,domain");
    tree_add(fdt, "/chosen/domU1", "module@45000000");
    tree_set_string(fdt, "/chosen/domU1/module@45000000", "compatible", "multiboot,module");
    CELLS(fdt, "/chosen/domU1/module@45000000", "reg", 0, 0x45000000, 0, 0x1000);
    CELLS(fdt, "/chosen/domU1", "memory", 0, 0x1000);
    CELLS(fdt, "/chosen/domU1", "cpus", 1);
    expect_refused("/chosen/domU1/module@45000000", "without a kind");
    tree_set(fdt, "/chosen/domU1/module@45000000", "compatible", kernel, sizeof(kernel));
    read_all();
    assert_int_equal(sys->nr_modules, 3);
    assert_int_equal(sys->module[sys->domain[0].kernel].domid, 1);
}

static void refuses_missing_kernel(void **state) {
    (void)state;
    tree_drop(fdt, "/chosen/module@44000000");
    expect_refused("/chosen", "no kernel");
}

static void refuses_two_of_a_kind(void **state) {
    (void)state;
    tree_add(fdt, "/chosen", "module@46000000");
    tree_set_string(fdt, "/chosen/module@46000000", "compatible", "multiboot,kernel");
    fdt_appendprop_string(fdt, tree_node(fdt, "/chosen/module@46000000"), "compatible",
                          "multiboot,module");
    CELLS(fdt, "/chosen/module@46000000", "reg", 0, 0x46000000, 0, 0x1000);
    expect_refused("/chosen/module@4", "a second kernel module, the first is /chosen/module@4");
}

static void refuses_overlapping_modules(void **state) {
    (void)state;
    CELLS(fdt, "/chosen/module@44100000", "reg", 0, (uint32_t)KERNEL_AT + 0xf000, 0, 0x5000);
    expect_refused("/chosen/module@44", "overlaps /chosen/module@44");
}

static void refuses_module_outside_ram(void **state) {
    (void)state;
    CELLS(fdt, "/chosen/module@44100000", "reg", 0, 0x5ffff000, 0, 0x5000);
    expect_refused("/chosen/module@44100000", "not in RAM");
}

static void refuses_module_over_the_image(void **state) {
    (void)state;
    CELLS(fdt, "/chosen/module@44100000", "reg", 0, 0x40250000, 0, 0x5000);
    expect_refused("/chosen/module@44100000", "overlaps the hypervisor");
}

static void refuses_bad_cell_counts(void **state) {
    (void)state;
    CELLS(fdt, "/chosen/module@44000000", "reg", 0, (uint32_t)KERNEL_AT, 0x1000);
    expect_refused("/chosen/module@44000000", "whole number");
    tree_make(fdt, 2);
    CELLS(fdt, "/memory@40000000", "reg", 0, 0x40000000, 0x20000000);
    expect_refused("/memory@40000000", "whole number");
    tree_make(fdt, 2);
    CELLS(fdt, "/", "#address-cells", 9);
    expect_refused("/", "#address-cells");
    tree_make(fdt, 2);
    CELLS(fdt, "/cpus/cpu@1", "reg", 0, 1);
    expect_refused("/cpus/cpu@1", "MPIDR");
    tree_make(fdt, 2);
    CELLS(fdt, "/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1);
    expect_refused("/timer", "four interrupts");
}

static void refuses_cyclic_interrupt_parent(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        const char *path = i ? "/a" : "/b";

        tree_add(fdt, "/", path + 1);
        CELLS(fdt, path, "phandle", 10 + i);
        CELLS(fdt, path, "interrupt-parent", 11 - i);
        CELLS(fdt, path, "#interrupt-cells", 1);
        tree_set(fdt, path, "interrupt-controller", "", 0);
    }
    expect_refused("/", "circle");
}

static void refuses_addresses_beyond_64_bits(void **state) {
    (void)state;
    tree_add(fdt, "/", "far");
    CELLS(fdt, "/far", "#address-cells", 2);
    CELLS(fdt, "/far", "#size-cells", 2);
    CELLS(fdt, "/far", "ranges", 0, 0, 0xffffffff, 0xffff0000, 0, 0x1000000);
    tree_add(fdt, "/far", "memory@0");
    tree_set_string(fdt, "/far/memory@0", "device_type", "memory");
    CELLS(fdt, "/far/memory@0", "reg", 0xffffffff, 0xfffff000, 0, 0x2000);
    expect_refused("/far/memory@0", "beyond 64 bits");
}

static void refuses_translation_beyond_64_bits(void **state) {
    (void)state;
    CELLS(fdt, "/bus", "#address-cells", 1);
    CELLS(fdt, "/bus", "ranges", 0x1000, 0xffffffff, 0xfffff000, 0x10000);
    tree_set_string(fdt, "/bus/device@2000", "compatible", "arm,pl011");
    tree_set_string(fdt, "/chosen", "stdout-path", "/bus/device@2000");
    expect_refused("/bus", "beyond 64 bits");
}

static void refuses_missing_hardware(void **state) {
    (void)state;
    tree_drop(fdt, "/timer");
    expect_refused("device tree", "timer");
    tree_make(fdt, 2);
    tree_set_string(fdt, "/intc@8000000", "compatible", "some,pic");
    expect_refused("device tree", "no interrupt controller");
    tree_make(fdt, 2);
    CELLS(fdt, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000);
    expect_refused("/intc@8000000", "GICH");
    tree_make(fdt, 2);
    CELLS(fdt, "/intc@8000000", "interrupts", 0, 9, 4);
    expect_refused("/intc@8000000", "maintenance interrupt is not a PPI");
    tree_make(fdt, 2);
    tree_drop(fdt, "/memory@40000000");
    expect_refused("/memory", "no RAM");
}

static void refuses_corrupt_blobs(void **state) {
    (void)state;
    fdt_set_totalsize(fdt, (uint32_t)DT_MAX_SIZE + 1);
    expect_refused("device tree", "larger than it may be");
    fdt_set_totalsize(fdt, TREE_SIZE);
    fdt_set_version(fdt, 3);
    fdt_set_last_comp_version(fdt, 2);
    expect_refused("device tree", "version is older");
    fdt_set_version(fdt, 17);
    fdt_set_last_comp_version(fdt, 16);
    memset(fdt + fdt_off_dt_struct(fdt) + 64, 0xff, 32);
    expect_refused("device tree", "corrupt");
    memset(fdt, 0, 4);
    expect_refused("device tree", "bad header");
}

static void refuses_deep_trees(void **state) {
    char path[256] = "";

    (void)state;
    for (unsigned i = 0; i < 70; i++) {
        tree_add(fdt, path[0] ? path : "/", "d");
        strcat(path, "/d");
    }
    expect_refused("/d", "deeper than 64");
}

static void refuses_too_many_reserved(void **state) {
    (void)state;
    for (uint64_t i = 0; i < MAX_RESERVED + 1; i++)
        assert_int_equal(fdt_add_mem_rsv(fdt, 0x50000000 + i * 0x4000, 0x1000), 0);
    expect_refused("/reserved-memory", "more than 96");
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(reads_the_board),
        T(reads_gic_v3),
        T(memory_is_sorted_merged_trimmed),
        T(reserved_ranges_are_kept),
        T(boot_cpu_comes_first),
        T(cpus_that_cannot_start_are_left_out),
        T(more_cpus_than_supported_warns),
        T(psci_0_1_names_its_ids),
        T(uart_by_dtuart),
        T(uart_is_found_without_a_name),
        T(aliases_in_a_circle_end),
        T(bootargs_follow_xens_rules),
        T(modules_in_all_forms),
        T(modules_without_kind),
        T(domain_modules_are_not_dom0s),
        T(refuses_missing_kernel),
        T(refuses_two_of_a_kind),
        T(refuses_overlapping_modules),
        T(refuses_module_outside_ram),
        T(refuses_module_over_the_image),
        T(refuses_bad_cell_counts),
        T(refuses_cyclic_interrupt_parent),
        T(refuses_addresses_beyond_64_bits),
        T(refuses_translation_beyond_64_bits),
        T(refuses_missing_hardware),
        T(refuses_corrupt_blobs),
        T(refuses_deep_trees),
        T(refuses_too_many_reserved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
