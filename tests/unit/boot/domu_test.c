// SPDX-License-Identifier: Apache-2.0
// Unit tests of static domains (hyp/boot/dt_domain.c, domu*.c, links.c): what is read, what each
// domain gets of memory, devices and links, its device tree, and what is refused. Usage: domu_test
#include "fakes.h"
#include "trees.h"

#include <arch/map.h>
#include <arm64/vgic.h>
#include <boot/cpupools.h>
#include <boot/domu.h>
#include <boot/dt.h>
#include <boot/source.h>
#include <libfdt.h>
#include <sched/sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/arch-arm.h>

#include <cmocka.h>

#define PARTIAL_AT 0x45200000ULL
#define PARTIAL_SIZE 0x1000U

static uint8_t *fdt;
static struct system *sys;

static void fresh(void) {
    tree_make(fdt, 2);
    tree_add_domains(fdt);
    tree_put_kernel();
}

static int setup(void **state) {
    (void)state;
    fake_reset();
    fdt = calloc(1, TREE_SIZE);
    sys = calloc(1, sizeof(*sys));
    sys->image = (struct system_range){pa_of(0x40200000), 0x60000};
    options.dom0_mem = MIB(128);
    fresh();
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

static void build(void) {
    read_all();
    fake.nr_free = 0;
    system_lay_out_vgic(sys);
    fake_give_memory(sys);
    source_plan_domains(sys);
    source_build_dom0(sys);
    domu_build_all(sys);
    source_finish(sys);
    domu_start_all();
}

static void expect_refused(const char *where, const char *what) {
    assert_true(REFUSED(build()));
    if (!strstr(fake.where, where) || !strstr(fake.what, what) || !fake.remedy[0])
        fail_msg("refused as \"%s: %s; %s\"", fake.where, fake.what, fake.remedy);
    fresh();
}

// The tree of domain n, in its memory.
static const void *tree_of(domid_t n) {
    uint64_t machine;

    assert_int_equal(fake_type_in(n, fake.domu_context[n - 1], &machine), P2M_RAM);
    assert_int_equal(fdt_check_full((void *)(uintptr_t)machine, KIB(64)), 0);
    return (const void *)(uintptr_t)machine;
}

static uint32_t cell(const void *tree, const char *path, const char *name, unsigned n) {
    int len;
    const fdt32_t *p = fdt_getprop(tree, fdt_path_offset(tree, path), name, &len);

    if (!p || len < (int)(n + 1) * 4)
        fail_msg("%s: no cell %u of %s", path, n, name);
    return fdt32_ld(p + n);
}

static const char *text(const void *tree, const char *path, const char *name) {
    const char *p = fdt_getprop(tree, fdt_path_offset(tree, path), name, NULL);

    return p ? p : "";
}

static void reads_domains(void **state) {
    const struct system_domain *two, *one;

    (void)state;
    read_all();
    assert_int_equal(sys->nr_domains, 2);
    one = &sys->domain[0], two = &sys->domain[1]; // libfdt puts new nodes first
    assert_string_equal(one->node, "/chosen/domU1");
    assert_int_equal(one->memory, MIB(8));
    assert_int_equal(one->nr_vcpus, 1);
    assert_true(one->vpl011 && !two->vpl011 && sys->has_dom0);
    assert_string_equal(one->bootargs, "one two");
    assert_int_equal(one->enhanced, ENHANCED_NO_XENSTORE);
    assert_int_equal(sys->module[one->ramdisk].range.base.v, 0x45100000);
    assert_int_equal(two->ramdisk, NO_MODULE);
    assert_int_equal(two->nr_banks, 2);
    assert_int_equal(two->bank[1].base.v, DOMU_STATIC_AT + 0x800000);
    assert_int_equal(sys->nr_shared, 2);
    assert_int_equal(sys->nr_links, 2);
    assert_int_equal(sys->link[0].other, 1);
}

static void memory_is_given(void **state) {
    uint64_t machine;

    (void)state;
    build();
    assert_int_equal(fake.unpaused, 3);
    assert_int_equal(fake.domu_config[0].nr_vcpus, 1);
    assert_int_equal(fake.domu_config[1].nr_vcpus, 2);
    assert_int_equal(fake.domu_config[0].max_pages, MIB(8) >> PAGE_SHIFT);
    assert_int_equal(fake_type_in(1, GUEST_RAM0_BASE + MIB(8) - 1, &machine), P2M_RAM);
    assert_int_equal(fake_type_in(1, GUEST_RAM0_BASE + MIB(8), &machine), P2M_INVALID);
    assert_int_equal(fake_type_in(2, GUEST_RAM0_BASE, &machine), P2M_RAM);
    assert_int_equal(machine, DOMU_STATIC_AT);
    assert_int_equal(fake_type_in(2, GUEST_RAM0_BASE + 0x600000, &machine), P2M_RAM);
    assert_int_equal(machine, DOMU_STATIC_AT + 0x800000);
    assert_int_equal(fake.scrubbed_pages, (2 * MIB(8) + 0x4000) >> PAGE_SHIFT);
    assert_int_equal(fake_type_in(1, fake.domu_entry[0], &machine), P2M_RAM);
    assert_memory_equal((void *)(uintptr_t)machine, (void *)(uintptr_t)DOMU_KERNEL_AT, PAGE_SIZE);
    // modules are free memory again
    assert_int_equal(fake.released_pages, (3 * KERNEL_SIZE + 2 * RAMDISK_SIZE) >> PAGE_SHIFT);
}

static void direct_map_is_one_to_one(void **state) {
    uint64_t machine;

    (void)state;
    tree_set(fdt, "/chosen/domU2", "direct-map", "", 0);
    tree_set(fdt, "/chosen/domU2", "vpl011", "", 0);
    tree_set(fdt, "/chosen/domU2", "vpmu", "", 0);
    build();
    assert_true(fake.domu_config[1].direct_mapped);
    assert_true(fake.domu_config[1].vpmu && !fake.domu_config[0].vpmu);
    assert_int_equal(fake_type_in(2, DOMU_STATIC_AT + 0x800000, &machine), P2M_RAM);
    assert_int_equal(machine, DOMU_STATIC_AT + 0x800000);
    assert_int_equal(fake_type_in(2, GUEST_RAM0_BASE, &machine), P2M_INVALID);
    assert_int_equal(fake.domu_entry[1], DOMU_STATIC_AT);
    // interrupt controller and UART are where the host's are
    assert_int_equal(cell(tree_of(2), "/interrupt-controller@8000000", "reg", 1), 0x8000000);
    assert_int_equal(cell(tree_of(2), "/sbsa-uart@9000000", "interrupts", 1), 1);
    assert_int_equal(cell(tree_of(2), "/memory@50000000", "reg", 5), 0x50800000);
}

static void trees_are_like_xens(void **state) {
    const void *t;

    (void)state;
    build();
    t = tree_of(1);
    assert_string_equal(text(t, "/chosen", "bootargs"), "one two");
    assert_true(fdt_path_offset(t, "/chosen") >= 0);
    assert_null(fdt_getprop(t, fdt_path_offset(t, "/chosen"), "kaslr-seed", NULL)); // the host's
    assert_int_equal(cell(t, "/chosen", "linux,initrd-end", 1) -
                         cell(t, "/chosen", "linux,initrd-start", 1),
                     RAMDISK_SIZE);
    assert_int_equal(cell(t, "/memory@40000000", "reg", 3), MIB(8));
    assert_string_equal(text(t, "/interrupt-controller@3001000", "compatible"), "arm,gic-400");
    assert_int_equal(cell(t, "/interrupt-controller@3001000", "phandle", 0), 65000);
    assert_int_equal(cell(t, "/timer", "interrupts", 7), GUEST_TIMER_VIRT_PPI - 16);
    assert_string_equal(text(t, "/sbsa-uart@22000000", "compatible"), "arm,sbsa-uart");
    assert_int_equal(cell(t, "/hypervisor", "reg", 1), GUEST_GNTTAB_BASE);
    assert_int_equal(cell(t, "/hypervisor", "interrupts", 1), 15);
    assert_string_equal(text(t, "/reserved-memory/xen-shmem@70100000", "xen,id"), "buffer");
    t = tree_of(2);
    assert_true(fdt_path_offset(t, "/sbsa-uart@22000000") < 0);
    assert_true(fdt_path_offset(t, "/cpus/cpu@1") >= 0);
    fresh();
    tree_set_string(fdt, "/chosen/domU1", "xen,enhanced", "disabled");
    build();
    assert_true(fdt_path_offset(tree_of(1), "/hypervisor") < 0);
}

static void links_are_made(void **state) {
    uint64_t one, two;

    (void)state;
    build();
    assert_int_equal(fake_type_in(1, 0x70100000, &one), P2M_FOREIGN);
    assert_int_equal(fake_type_in(2, 0x70203000, &two), P2M_RAM); // its owner
    assert_int_equal(one, DOMU_SHARED_AT);
    assert_int_equal(two, DOMU_SHARED_AT + 0x3000);
    assert_int_equal(fake.nr_links, 1);
    assert_int_equal(fake.link[0].port_a + fake.link[0].port_b, 10 + 11);
    assert_int_equal(fake.link[0].a + fake.link[0].b, 1 + 2);
}

static void without_dom0(void **state) {
    (void)state;
    tree_drop(fdt, "/chosen/module@44000000");
    build();
    assert_false(sys->has_dom0);
    assert_int_equal(fake.unpaused, 2);
    assert_null(domain_get(0));
    fresh();
    tree_drop(fdt, "/chosen/module@44000000");
    tree_set_string(fdt, "/chosen/domU1", "xen,enhanced", "enabled");
    expect_refused("/chosen/domU1", "Xenstore needs a Dom0");
    tree_drop(fdt, "/chosen/module@44000000");
    tree_add(fdt, "/chosen", "event");
    tree_set_string(fdt, "/chosen/event", "compatible", "xen,evtchn-v1");
    CELLS(fdt, "/chosen/event", "phandle", 0x109);
    CELLS(fdt, "/chosen/event", "xen,evtchn", 5, 0x101);
    CELLS(fdt, "/chosen/domU1/event", "xen,evtchn", 5, 0x109);
    expect_refused("/chosen", "");
}

static void xenstore_waits_for_dom0(void **state) {
    (void)state;
    tree_set(fdt, "/chosen/domU1", "xen,enhanced", "", 0);
    build();
    assert_int_equal(fake.domu[0].hvm_param[HVM_PARAM_STORE_EVTCHN], 1);
    assert_true(fake.domu[0].hvm_param[HVM_PARAM_STORE_PFN] == ~0ULL);
}

// A partial tree with one device: the board's /bus/device@2000, registers at guest address
// 0x10000000.
static void add_partial(uint32_t machine, uint32_t guest, const char *path) {
    void *p = (void *)(uintptr_t)PARTIAL_AT;

    tree_set(fdt, "/bus/device@2000", "xen,passthrough", "", 0);
    CELLS(fdt, "/bus/device@2000", "interrupts", 0, 20, 4, 0, 20, 4); // twice: it counts once
    tree_add(fdt, "/chosen/domU1", "module@45200000");
    tree_set_string(fdt, "/chosen/domU1/module@45200000", "compatible", "multiboot,device-tree");
    fdt_appendprop_string(fdt, tree_node(fdt, "/chosen/domU1/module@45200000"), "compatible",
                          "multiboot,module");
    CELLS(fdt, "/chosen/domU1/module@45200000", "reg", 0, (uint32_t)PARTIAL_AT, 0, PARTIAL_SIZE);
    assert_int_equal(fdt_create_empty_tree(p, PARTIAL_SIZE), 0);
    tree_add(p, "/", "passthrough");
    CELLS(p, "/passthrough", "#address-cells", 2);
    CELLS(p, "/passthrough", "#size-cells", 1);
    tree_add(p, "/passthrough", "dev@10000000");
    CELLS(p, "/passthrough/dev@10000000", "reg", 0, guest, 0x1000);
    CELLS(p, "/passthrough/dev@10000000", "interrupt-parent", 7);
    CELLS(p, "/passthrough/dev@10000000", "xen,reg", 0, machine, 0x1000, 0, guest);
    tree_set_string(p, "/passthrough/dev@10000000", "xen,path", path);
    tree_set(p, "/passthrough/dev@10000000", "xen,force-assign-without-iommu", "", 0);
    tree_add(p, "/", "other");
    tree_add(p, "/", "gic");
    CELLS(p, "/gic", "phandle", 7);
}

static void devices_are_assigned(void **state) {
    uint64_t machine;
    const void *t;

    (void)state;
    add_partial(0xa001000, 0x10000000, "dev0"); // an alias
    build();
    assert_int_equal(fake_type_in(1, 0x10000000, &machine), P2M_DEVICE);
    assert_int_equal(machine, 0xa001000);
    assert_int_equal(fake_type_at(0xa001000, NULL), P2M_INVALID);
    assert_int_equal(fake.irq_domid[52], 2); // d1's, and Dom0 did not get it
    t = tree_of(1);
    assert_int_equal(cell(t, "/interrupt-controller@3001000", "phandle", 0), 7);
    assert_int_equal(cell(t, "/passthrough/dev@10000000", "reg", 1), 0x10000000);
    assert_string_equal(text(t, "/passthrough/dev@10000000", "xen,path"), "");
    assert_true(fdt_path_offset(t, "/other") < 0 && fdt_path_offset(t, "/gic") < 0);
}

// How its device is put to rest is kept for the restart; its tree has nothing of it.
static void resets_are_kept(void **state) {
    const struct sealed *sealed = &fake.domu[0].sealed;
    void *p = (void *)(uintptr_t)PARTIAL_AT;

    (void)state;
    add_partial(0xa001000, 0x10000000, "dev0");
    CELLS(p, "/passthrough/dev@10000000", "coff,reset", 0, 0xa001070, 0, 0xff, 0, 0, 0xa001ffc, 1,
          0, 0);
    build(); // without a restart nothing is to be kept
    assert_int_equal(sealed->nr_resets, 0);
    assert_int_equal(fake.devices_mapped, 0);
    fresh();
    add_partial(0xa001000, 0x10000000, "dev0");
    CELLS(p, "/passthrough/dev@10000000", "coff,reset", 0, 0xa001070, 0, 0xff, 0, 0, 0xa001ffc, 1,
          0, 0);
    tree_set_string(fdt, "/chosen/domU1", "coff,on-crash", "restart");
    build();
    assert_int_equal(sealed->nr_resets, 2);
    assert_int_equal(sealed->reset[0].at.v, 0xa001070);
    assert_int_equal(sealed->reset[0].mask, 0xff);
    assert_int_equal(sealed->reset[1].at.v, 0xa001ffc);
    assert_int_equal(sealed->reset[1].write, 1);
    assert_int_equal(fake.devices_mapped, 2);
    assert_string_equal(text(tree_of(1), "/passthrough/dev@10000000", "coff,reset"), "");
}

// What a static domain has, Dom0 cannot give to another: the device's other registers it can.
static void assigned_registers_are_not_dom0s_to_give(void **state) {
    const struct io_range *io = fake.domain.io;

    (void)state;
    add_partial(0xa001000, 0x10000000, "dev0");
    build();
    assert_int_equal(io[0].end, 0);
    fresh();
    add_partial(0xa002000, 0x10000000, "dev0");
    CELLS(fdt, "/bus/device@2000", "reg", 0x2000, 0x3000);
    build();
    assert_true(io[0].first == 0xa001 && io[0].end == 0xa002);
    assert_true(io[1].first == 0xa003 && io[1].end == 0xa004);
    assert_int_equal(io[2].end, 0);
}

// Two pools: one of CPU 1 under null, one more for the boot CPU, which is in none.
static void add_pool(const char *sched) {
    tree_add(fdt, "/chosen", "pool");
    tree_set_string(fdt, "/chosen/pool", "compatible", "xen,cpupool");
    CELLS(fdt, "/chosen/pool", "phandle", 0x200);
    CELLS(fdt, "/cpus/cpu@1", "phandle", 0x201);
    CELLS(fdt, "/chosen/pool", "cpupool-cpus", 0x201);
    tree_set_string(fdt, "/chosen/pool", "cpupool-sched", sched);
    CELLS(fdt, "/chosen/domU2", "domain-cpupool", 0x200);
}

static void pools_are_opened(void **state) {
    static const struct sched_ops usual = {.name = "usual"};

    (void)state;
    add_pool("null");
    read_all();
    cpupools_open(sys, &usual);
    assert_int_equal(fake.nr_pools, 2);
    assert_ptr_equal(fake.pool[0], &usual);
    assert_string_equal(fake.pool[1]->name, "null");
    assert_int_equal(cpupools_id_for_cpu(sys, 0), 0);
    assert_int_equal(cpupools_id_for_cpu(sys, 1), 1);
    build();
    assert_int_equal(fake.domu_config[0].cpupool, 0);
    assert_int_equal(fake.domu_config[1].cpupool, 1);
    // The boot CPU's is Pool-0, whatever the order; what is left has one more.
    CELLS(fdt, "/cpus/cpu@0", "phandle", 0x202);
    CELLS(fdt, "/chosen/pool", "cpupool-cpus", 0x202);
    fake.nr_pools = 0;
    read_all();
    cpupools_open(sys, &usual);
    assert_string_equal(fake.pool[0]->name, "null");
    assert_int_equal(cpupools_id_for_cpu(sys, 1), 1);
    assert_ptr_equal(fake.pool[1], &usual);
    fresh();
    add_pool("fifo");
    read_all();
    assert_true(REFUSED(cpupools_open(sys, &usual)));
    assert_string_equal(fake.where, "/chosen/pool");
}

static void refuses_bad_pools(void **state) {
    (void)state;
    fresh();
    add_pool("null");
    CELLS(fdt, "/chosen/domU2", "domain-cpupool", 0x300);
    expect_refused("/chosen/domU2", "no cpupool");
    add_pool("null");
    CELLS(fdt, "/chosen/pool", "cpupool-cpus", 0x300);
    expect_refused("/chosen/pool", "no CPU");
    add_pool("null");
    CELLS(fdt, "/chosen/pool", "cpupool-cpus", 0x201, 0x201);
    expect_refused("/chosen/pool", "is in /chosen/pool");
    add_pool("null");
    tree_drop_property(fdt, "/chosen/pool", "cpupool-cpus");
    expect_refused("/chosen/pool", "phandles");
    add_pool("null");
    tree_set_string(fdt, "/cpus/cpu@1", "status", "disabled");
    expect_refused("/chosen/pool", "not there to start");
    tree_set_string(fdt, "/chosen/domU1", "coff,on-crash", "again");
    expect_refused("/chosen/domU1", "coff,on-crash");
}

// domU2 in a pool of both CPUs under arinc653, with two windows for each of its vCPUs.
static void add_windows(void) {
    add_pool("arinc653");
    CELLS(fdt, "/cpus/cpu@0", "phandle", 0x202);
    CELLS(fdt, "/chosen/pool", "cpupool-cpus", 0x202, 0x201);
    CELLS(fdt, "/chosen/pool", "coff,major-frame-us", 1000);
    CELLS(fdt, "/chosen/pool", "coff,windows", 2, 0, 300, 2, 1, 500);
}

static void windows_are_set(void **state) {
    static const struct sched_ops usual = {.name = "usual"};

    (void)state;
    add_windows();
    read_all();
    cpupools_open(sys, &usual);
    cpupools_set_windows(sys);
    assert_int_equal(fake.table.nr, 2);
    assert_int_equal(fake.table.frame, 1000000);
    assert_int_equal(fake.table.window[1].start, 300000);
    assert_int_equal(fake.table.window[1].end, 800000);
    assert_int_equal(fake.table.window[1].vcpu_id, 1);
    assert_int_equal(fake.table.window[1].cpu, 0);
    build();
    assert_memory_equal(fake.table.window[0].handle, fake.domu_config[1].handle, 16);
    assert_memory_not_equal(fake.domu_config[0].handle, fake.domu_config[1].handle, 16);
    // Dom0 is in the pool of the boot CPU
    CELLS(fdt, "/chosen/pool", "coff,windows", 0, 1, 300);
    read_all();
    cpupools_set_windows(sys);
    assert_int_equal(fake.table.nr, 1);
}

static void refuses_bad_windows(void **state) {
    (void)state;
    add_windows();
    CELLS(fdt, "/chosen/pool", "coff,windows", 1, 0, 300);
    expect_refused("/chosen/pool", "d1v0, who is not in the pool");
    add_windows();
    CELLS(fdt, "/chosen/pool", "coff,windows", 2, 2, 300);
    expect_refused("/chosen/pool", "d2v2");
    add_windows();
    CELLS(fdt, "/chosen/pool", "coff,windows", 3, 0, 300);
    expect_refused("/chosen/pool", "d3v0");
    add_windows();
    CELLS(fdt, "/chosen/pool", "cpupool-cpus", 0x201);
    CELLS(fdt, "/chosen/pool", "coff,windows", 0, 0, 300);
    expect_refused("/chosen/pool", "d0v0"); // Dom0 is elsewhere
    add_windows();
    CELLS(fdt, "/chosen/pool", "coff,windows", 2, 0, 1001);
    expect_refused("/chosen/pool", "ends after the frame");
    add_windows();
    CELLS(fdt, "/chosen/pool", "coff,windows", 2, 0, 0);
    expect_refused("/chosen/pool", "is empty");
    add_windows();
    CELLS(fdt, "/chosen/pool", "coff,windows", 2, 0);
    expect_refused("/chosen/pool", "no timetable");
    add_windows();
    tree_drop_property(fdt, "/chosen/pool", "coff,windows");
    expect_refused("/chosen/pool", "no timetable");
    add_windows();
    tree_set_string(fdt, "/chosen/pool", "cpupool-sched", "null");
    expect_refused("/chosen/pool", "no timetable");
}

static void add_vcpu(uint32_t id, const char *cpus) {
    tree_add(fdt, "/chosen/domU2", "vcpu");
    tree_set_string(fdt, "/chosen/domU2/vcpu", "compatible", "xen,vcpu");
    CELLS(fdt, "/chosen/domU2/vcpu", "id", id);
    tree_set_string(fdt, "/chosen/domU2/vcpu", "hard-affinity", cpus);
}

static void shares_and_pins_are_kept(void **state) {
    static const struct sched_ops usual = {.name = "usual"};

    (void)state;
    nr_cpus = 4;
    add_vcpu(1, "0-1,3");
    CELLS(fdt, "/chosen/domU1", "coff,sched-weight", 512);
    CELLS(fdt, "/chosen/domU1", "coff,sched-cap", 50);
    build();
    assert_int_equal(fake.domu[1].vcpu[1]->sched.hard, 0xb);
    assert_int_equal(fake.domu[1].vcpu[0]->sched.hard, 0);
    assert_int_equal(fake.domu[0].sched.weight, 512);
    assert_int_equal(fake.domu[0].sched.cap, 50);
    fresh();
    add_pool("rtds");
    CELLS(fdt, "/chosen/domU2", "coff,sched-period-us", 10000);
    CELLS(fdt, "/chosen/domU2", "coff,sched-budget-us", 2500);
    read_all();
    cpupools_open(sys, &usual);
    build();
    assert_int_equal(fake.domu[1].vcpu[1]->sched.rt.period, 10000000);
    assert_int_equal(fake.domu[1].vcpu[1]->sched.rt.budget, 2500000);
}

static void refuses_bad_shares_and_pins(void **state) {
    static const char *const lists[] = {"", "x", "0,", "1-0", "0-8", "0 1", "-1", "0-"};

    (void)state;
    nr_cpus = 4;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        add_vcpu(0, lists[i]);
        expect_refused("/chosen/domU2/vcpu", "hard-affinity is no list");
    }
    add_vcpu(2, "0");
    expect_refused("/chosen/domU2/vcpu", "is no vCPU");
    add_vcpu(0, "4");
    expect_refused("/chosen/domU2", "vCPU 0 cannot be kept");
    add_vcpu(0, "3"); // not in the pool
    expect_refused("/chosen/domU2", "vCPU 0 cannot be kept");
    CELLS(fdt, "/chosen/domU1", "coff,sched-weight", 65536);
    expect_refused("/chosen/domU1", "coff,sched-weight");
    CELLS(fdt, "/chosen/domU1", "coff,sched-cap", 101);
    expect_refused("/chosen/domU1", "coff,sched-cap");
    CELLS(fdt, "/chosen/domU1", "coff,sched-budget-us", 100);
    expect_refused("/chosen/domU1", "coff,sched-budget-us");
    CELLS(fdt, "/chosen/domU1", "coff,sched-budget-us", 100);
    CELLS(fdt, "/chosen/domU1", "coff,sched-period-us", 1000);
    expect_refused("/chosen/domU1", "credit2 has no use");
}

static void a_restart_keeps_its_image(void **state) {
    const struct sealed *sealed = &fake.domu[0].sealed;

    (void)state;
    tree_set_string(fdt, "/chosen/domU1", "coff,on-crash", "restart-group");
    tree_set_string(fdt, "/chosen/domU1", "coff,on-shutdown", "panic");
    CELLS(fdt, "/chosen/domU1", "coff,restart-limit", 3);
    CELLS(fdt, "/chosen/domU1", "coff,restart-group", 7);
    build();
    assert_int_equal(sealed->policy.on_crash, ACTION_RESTART_GROUP);
    assert_int_equal(sealed->policy.on_hang, ACTION_HALT);
    assert_int_equal(sealed->policy.on_shutdown, ACTION_PANIC);
    assert_int_equal(sealed->policy.limit, 3);
    assert_int_equal(sealed->policy.group, 7);
    assert_int_equal(sealed->nr, 3);
    assert_int_equal(sealed->piece[0].from.v, DOMU_KERNEL_AT);
    assert_int_equal(sealed->nr_ranges, 2);
    assert_true(sealed->range[0].ram && !sealed->range[1].ram);
    assert_int_equal(sealed->range[1].gfn, 0x70100);
    assert_int_equal(sealed->link[0].peer, 2);
    // its kernel and ramdisk are not free memory
    assert_int_equal(fake.released_pages, (2 * KERNEL_SIZE + RAMDISK_SIZE) >> PAGE_SHIFT);
    assert_int_equal(fake.domu[1].sealed.policy.on_crash, ACTION_HALT);
}

static void refuses_bad_devices(void **state) {
    void *p = (void *)(uintptr_t)PARTIAL_AT;

    (void)state;
    add_partial(0xa001000, 0x10000000, "/nowhere");
    expect_refused("/passthrough/dev@10000000", "no node of the host's tree");
    add_partial(0x9000000, 0x10000000, "/bus/device@2000"); // the console
    expect_refused("/chosen/domU1", "the hypervisor's");
    add_partial(0x44000000, 0x10000000, "/bus/device@2000"); // memory
    expect_refused("/chosen/domU1", "are memory");
    add_partial(0xa001800, 0x10000000, "/bus/device@2000");
    expect_refused("/chosen/domU1", "whole pages");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    tree_drop_property(fdt, "/bus/device@2000", "xen,passthrough");
    expect_refused("/bus/device@2000", "Dom0's too");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    tree_drop_property(p, "/passthrough/dev@10000000", "xen,force-assign-without-iommu");
    expect_refused("/passthrough/dev@10000000", "no IOMMU");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    tree_drop_property(p, "/passthrough/dev@10000000", "xen,path");
    expect_refused("/passthrough/dev@10000000", "without xen,path");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    CELLS(p, "/passthrough/dev@10000000", "xen,reg", 0, 0xa001000);
    expect_refused("/passthrough/dev@10000000", "whole number");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    CELLS(fdt, "/chosen/domU1", "nr_spis", 8);
    expect_refused("/chosen/domU1", "interrupt 52");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    CELLS(p, "/passthrough/dev@10000000", "coff,reset", 0, 0xa001000, 0, 0);
    expect_refused("/passthrough/dev@10000000", "of whole steps");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    CELLS(p, "/passthrough/dev@10000000", "coff,reset", 0, 0xa002000, 0, 0, 0); // not its own
    expect_refused("coff,reset", "no register of the domain");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    CELLS(p, "/passthrough/dev@10000000", "coff,reset", 0, 0xa001002, 0, 0, 0);
    expect_refused("coff,reset", "no register of the domain");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    CELLS(p, "/passthrough/dev@10000000", "coff,reset", 0, 0xa001000, 0, 1, 2);
    expect_refused("coff,reset", "never comes");
    add_partial(0xa001000, 0x10000000, "/bus/device@2000");
    memset(p, 0, 8);
    expect_refused("/chosen/domU1/module@45200000", "corrupt");
}

static void refuses_bad_domains(void **state) {
    (void)state;
    tree_drop_property(fdt, "/chosen/domU1", "memory");
    expect_refused("/chosen/domU1", "memory is missing");
    CELLS(fdt, "/chosen/domU1", "memory", 0x2000);
    expect_refused("/chosen/domU1", "memory has a wrong size");
    CELLS(fdt, "/chosen/domU1", "cpus", 9);
    expect_refused("/chosen/domU1", "cpus");
    tree_drop_property(fdt, "/chosen/domU1", "cpus");
    expect_refused("/chosen/domU1", "cpus is missing");
    CELLS(fdt, "/chosen/domU1", "nr_spis", 989);
    expect_refused("/chosen/domU1", "nr_spis");
    tree_set_string(fdt, "/chosen/domU1", "xen,enhanced", "maybe");
    expect_refused("/chosen/domU1", "xen,enhanced");
    tree_drop(fdt, "/chosen/domU1/module@45000000");
    expect_refused("/chosen/domU1", "without a kernel");
    tree_set(fdt, "/chosen/domU1", "direct-map", "", 0);
    expect_refused("/chosen/domU1", "direct-map without static");
    CELLS(fdt, "/chosen/domU1", "memory", 0, 0xa0000); // 640 MiB
    expect_refused("/chosen/domU1", "not free");
    CELLS(fdt, "/chosen/domU1", "memory", 0, 0x80);
    expect_refused("/chosen/domU1/module@45000000", "in one piece");
    tree_set_string(fdt, "/chosen/domU1/module@45100000", "compatible", "xen,xsm-policy");
    fdt_appendprop_string(fdt, tree_node(fdt, "/chosen/domU1/module@45100000"), "compatible",
                          "multiboot,module");
    expect_refused("/chosen/domU1/module@45100000", "not for a domain");
}

static void refuses_bad_static_memory(void **state) {
    (void)state;
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", 0, (uint32_t)DOMU_STATIC_AT, 0, 0x700000);
    expect_refused("/chosen/domU2", "memory is 8192 KiB, xen,static-mem 7168 KiB");
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", (uint32_t)DOMU_STATIC_AT, 0x800000, 5);
    expect_refused("/chosen/domU2", "whole number");
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", 0, (uint32_t)DOMU_STATIC_AT + 8, 0, 0x800000);
    expect_refused("/chosen/domU2", "no range of pages");
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", 0, 0x5ff00000, 0, 0x800000);
    expect_refused("/chosen/domU2", "not in RAM");
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", 0, 0x44000000, 0, 0x800000);
    expect_refused("/chosen/domU2", "overlaps what is reserved at 0x44000000");
    CELLS(fdt, "/chosen/domU2", "xen,static-mem", 0, 0x50000000, 0, 0x400000, 0, 0x50200000, 0,
          0x400000);
    expect_refused("/chosen/domU2", "overlaps");
}

static void refuses_bad_links(void **state) {
    (void)state;
    CELLS(fdt, "/chosen/domU1/event", "xen,evtchn", 10, 0x999);
    expect_refused("/chosen/domU", "event channel");
    CELLS(fdt, "/chosen/domU1/event", "xen,evtchn", 0, 0x102);
    expect_refused("/chosen/domU1/event", "no possible port");
    CELLS(fdt, "/chosen/domU1/event", "xen,evtchn", 4096, 0x102);
    expect_refused("/chosen/domU1/event", "no possible port");
    CELLS(fdt, "/chosen/domU1/event", "xen,evtchn", 10);
    expect_refused("/chosen/domU1/event", "wrong size");
    tree_add(fdt, "/chosen/domU1", "more");
    tree_set_string(fdt, "/chosen/domU1/more", "compatible", "xen,evtchn-v1");
    CELLS(fdt, "/chosen/domU1/more", "xen,evtchn", 10, 0x102);
    expect_refused("/chosen/domU1/", "is used by");
    tree_drop_property(fdt, "/chosen/domU1/shared", "xen,shm-id");
    expect_refused("/chosen/domU1/shared", "without xen,shm-id");
    tree_set_string(fdt, "/chosen/domU1/shared", "xen,shm-id", "sixteen characte");
    expect_refused("/chosen/domU1/shared", "longer than 15");
    tree_set_string(fdt, "/chosen/domU1/shared", "role", "guest");
    expect_refused("/chosen/domU1/shared", "role");
    tree_set_string(fdt, "/chosen/domU1/shared", "role", "owner");
    expect_refused("/chosen/domU", "second owner");
    tree_set_string(fdt, "/chosen/domU1/shared", "xen,shm-id", "other");
    expect_refused("/chosen/domU", "overlaps");
    CELLS(fdt, "/chosen/domU1/shared", "xen,shared-mem", 0, 0x51000000, 0, 0x70000000, 0, 0x8000);
    expect_refused("/chosen/domU", "another range");
    CELLS(fdt, "/chosen/domU1/shared", "xen,shared-mem", 0, 0x51000000, 0, 0x40000000, 0, 0x4000);
    expect_refused("/chosen/domU1/shared", "own memory");
    CELLS(fdt, "/chosen/domU1/shared", "xen,shared-mem", 0, 0x51000000, 0x4000);
    expect_refused("/chosen/domU1/shared", "not one machine address");
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(reads_domains),
        T(memory_is_given),
        T(direct_map_is_one_to_one),
        T(trees_are_like_xens),
        T(links_are_made),
        T(without_dom0),
        T(xenstore_waits_for_dom0),
        T(devices_are_assigned),
        T(resets_are_kept),
        T(assigned_registers_are_not_dom0s_to_give),
        T(pools_are_opened),
        T(refuses_bad_pools),
        T(windows_are_set),
        T(refuses_bad_windows),
        T(shares_and_pins_are_kept),
        T(refuses_bad_shares_and_pins),
        T(a_restart_keeps_its_image),
        T(refuses_bad_devices),
        T(refuses_bad_domains),
        T(refuses_bad_static_memory),
        T(refuses_bad_links),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
