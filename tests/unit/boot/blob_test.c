// SPDX-License-Identifier: Apache-2.0
// Unit tests of system blobs (hyp/boot/blob.c): what a blob of a tree boots is what the tree boots,
// and a changed one is refused, by its checksum or, with that made right again, by what it says.
// Usage: blob_test
#include "blobs.h"
#include "fakes.h"
#include "trees.h"

#include <arch/map.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *fdt;
static struct coff_blob *blob, *copy;
static struct system *sys;

static int setup(void **state) {
    (void)state;
    fake_reset();
    fdt = calloc(1, TREE_SIZE);
    blob = calloc(1, COFF_BLOB_MAX_SIZE);
    copy = calloc(1, COFF_BLOB_MAX_SIZE);
    sys = calloc(1, sizeof(*sys));
    tree_make(fdt, 3);
    tree_add_domains(fdt);
    tree_drop(fdt, "/chosen/module@44000000");
    tree_drop(fdt, "/chosen/module@44100000");
    tree_set_string(fdt, "/chosen/domU1", "coff,on-crash", "restart");
    tree_put_kernel();
    blob_of_tree(fdt, blob);
    memcpy(copy, blob, blob->size);
    fake.guest_pages = 0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(fdt);
    free(blob);
    free(copy);
    free(sys);
    return 0;
}

static struct system *said(void) { return (void *)(copy + 1); }

static void boots_what_the_tree_says(void **state) {
    uint64_t machine;

    (void)state;
    assert_true(blob_boot(blob, blob->size, sys));
    assert_int_equal(sys->nr_domains, 2);
    assert_int_equal(fake.unpaused, 2);
    assert_int_equal(fake.domu_config[1].nr_vcpus, 2);
    assert_int_equal(fake.nr_links, 1);
    assert_int_equal(fake_type_in(1, fake.domu_entry[0], &machine), P2M_RAM);
    assert_memory_equal((void *)(uintptr_t)machine, (void *)(uintptr_t)DOMU_KERNEL_AT, 4096);
    for (domid_t id = 1; id <= 2; id++) { // their trees are those of the blob
        const struct system_range *tree =
            &((struct system *)(void *)(blob + 1))->domain[id - 1].fdt;

        assert_int_equal(fake_type_in(id, fake.domu_context[id - 1], &machine), P2M_RAM);
        assert_memory_equal((void *)(uintptr_t)machine, (char *)blob + tree->base.v, tree->size);
        assert_int_equal(*(uint32_t *)(uintptr_t)machine, 0xedfe0dd0);
    }
    // a restart has the tree from there too
    assert_int_equal(fake.domu[0].sealed.piece[2].from.v,
                     (uintptr_t)blob + said()->domain[0].fdt.base.v);
}

static void every_flipped_byte_is_refused(void **state) {
    static const uint8_t flips[] = {0x01, 0x80, 0xff};

    (void)state;
    for (uint32_t i = 0; i < blob->size; i++)
        for (size_t k = 0; k < sizeof(flips); k++) {
            ((uint8_t *)copy)[i] ^= flips[k];
            if (!blob_check(copy, blob->size))
                fail_msg("byte %u xor %#x is accepted", i, flips[k]);
            ((uint8_t *)copy)[i] ^= flips[k];
        }
    assert_null(blob_check(copy, blob->size));
}

// With a right checksum a flip may be accepted, but nothing breaks.
static void flips_that_are_sealed_break_nothing(void **state) {
    unsigned refused = 0, booted = 0;
    uint32_t meant = sizeof(*blob) + sizeof(struct system) + sizeof(struct options);

    (void)state;
    for (uint32_t i = 0; i < meant; i += 5) {
        ((uint8_t *)copy)[i] ^= (uint8_t)(0xff >> i % 8);
        if (i / 4 != offsetof(struct coff_blob, size) / 4)
            blob_seal(copy);
        if (REFUSED(blob_boot(copy, blob->size, sys)))
            refused++;
        else
            booted++;
        ((uint8_t *)copy)[i] = ((uint8_t *)blob)[i];
    }
    assert_true(refused > 100 && booted > 100);
}

static void expect_refused(const char *what) {
    blob_seal(copy);
    assert_true(REFUSED(blob_boot(copy, blob->size, sys)));
    if (!strstr(fake.what, what))
        fail_msg("refused as \"%s: %s; %s\"", fake.where, fake.what, fake.remedy);
    memcpy(copy, blob, blob->size);
}

static void refuses_what_is_no_blob(void **state) {
    (void)state;
    assert_string_equal(blob_check(fdt, TREE_SIZE), "it is none");
    assert_string_equal(blob_check(blob, 16), "it is none");
    assert_string_equal(blob_check(blob, blob->size - 8), "it is truncated");
    copy->version++;
    expect_refused("another version");
    copy->system_size += 8;
    expect_refused("another version");
}

// A refusal is told on the UART of the header, which is the same in all versions, if that is whole.
static void uart_is_found_whatever_else_is_wrong(void **state) {
    struct system_uart u = {.node = 0};

    (void)state;
    copy->version++;
    blob_seal(copy);
    ((uint8_t *)copy)[blob->size - 1] ^= 1;
    assert_true(source_find_uart_in_blob(va_pa(copy), &u));
    assert_int_equal(u.reg.base.v, 0x9000000);
    assert_string_equal(u.compatible, said()->uart.compatible);
    copy->uart.base += 8;
    assert_false(source_find_uart_in_blob(va_pa(copy), &u));
    memset(copy->uart.compatible, 'a', sizeof(copy->uart.compatible));
    blob_seal(copy);
    assert_false(source_find_uart_in_blob(va_pa(copy), &u));
    memcpy(copy, blob, blob->size);
    copy->uart.compatible[0] = 0; // there is none
    blob_seal(copy);
    assert_false(source_find_uart_in_blob(va_pa(copy), &u));
    assert_false(source_find_uart_in_blob(va_pa(fdt), &u));
}

static void refuses_what_makes_no_sense(void **state) {
    struct system *s = said();

    (void)state;
#define BAD(change)                                                                                \
    change;                                                                                        \
    expect_refused("makes no sense")
    BAD(s->nr_banks = 0);
    BAD(s->nr_banks = MAX_BANKS + 1);
    BAD(s->bank[0].base.v++);
    BAD(s->bank[0].size = 0);
    BAD(s->bank[0].base.v = ~0xfffULL);
    BAD(s->nr_reserved = UINT32_MAX);
    BAD(s->nr_cpus = NR_CPUS + 1);
    BAD(s->cpu[1] = s->cpu[0]);
    BAD(s->gic.version = 4);
    BAD(s->gic.nr_redist = 9);
    BAD(s->gic.redist[0].size = 0);
    BAD(s->gic.maintenance = 33);
    BAD(s->timer_ppi[2] = 0);
    BAD(s->uart.irq = NR_INTIDS);
    BAD(memset(s->uart.compatible, 'a', sizeof(s->uart.compatible)));
    BAD(memset(s->bootargs, 'a', sizeof(s->bootargs)));
    BAD(s->nr_domains = MAX_STATIC_DOMAINS + 1);
    BAD(s->nr_domains = 0);
    BAD(s->nr_modules = MAX_MODULES + 1);
    BAD(s->module[0].domid = 0);
    BAD(s->module[0].domid = 3);
    BAD(s->module[0].range.size = 0);
    BAD(memset(s->module[0].node, 'a', sizeof(s->module[0].node)));
    BAD(s->domain[0].kernel = (uint8_t)s->nr_modules);
    BAD(s->domain[1].ramdisk = NO_MODULE - 1);
    BAD(s->domain[0].nr_banks = MAX_STATIC_BANKS + 1);
    BAD(s->domain[0].enhanced = ENHANCED_ALL);
    BAD(s->domain[0].restart.on_hang = ACTION_PANIC + 1);
    BAD(s->domain[0].memory++);
    BAD(s->domain[0].fdt.base.v = COFF_BLOB_MAX_SIZE);
    BAD(s->domain[0].fdt.size = 0);
    BAD(s->nr_pools = MAX_CPUPOOLS + 1);
    BAD(s->nr_shared = MAX_SHARED + 1);
    BAD(s->shared[0].domid = 0);
    BAD(s->nr_links = MAX_LINKS + 1);
    BAD(s->link[0].domid = 9);
    BAD(s->nr_assigned = MAX_ASSIGNED + 1);
    BAD(s->nr_assigned = 1);
    BAD(s->nr_resets = MAX_RESETS + 1);
    BAD(*((uint8_t *)(s + 1) + offsetof(struct options, bootscrub)) = 2);
}

static void refuses_what_does_not_fit(void **state) {
    struct system *s = said();

    (void)state;
    s->domain[0].nr_vcpus = MAX_VCPUS + 1;
    expect_refused("cpus");
    s->domain[0].share.cap = 101;
    expect_refused("coff,sched-cap");
    s->domain[1].bank[0].base.v = s->image.base.v = 0x40200000;
    expect_refused("reserved");
    s->module[0].range.base.v = 0x40200000;
    expect_refused("overlaps the hypervisor");
    s->domain[0].kernel_at.v = 0;
    expect_refused("images are not in its memory");
    s->domain[0].fdt_at = s->domain[0].kernel_at;
    expect_refused("images are not in its memory");
    s->link[0].port = 0;
    expect_refused("no possible port");
    s->nr_assigned = 1;
    s->assigned[0] = (struct system_assigned){1, {s->uart.reg.base, 4096}, ipa_of(0x10000000)};
    expect_refused("the hypervisor's");
    s->nr_resets = 1;
    expect_refused("no register of the domain");
    s->cpu[0].mpidr = 0x100;
    expect_refused("boot CPU");
    s->ipa_bits = 44;
    expect_refused("44-bit");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        T(boots_what_the_tree_says),
        T(every_flipped_byte_is_refused),
        T(flips_that_are_sealed_break_nothing),
        T(refuses_what_is_no_blob),
        T(uart_is_found_whatever_else_is_wrong),
        T(refuses_what_makes_no_sense),
        T(refuses_what_does_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
