// SPDX-License-Identifier: Apache-2.0
// Unit tests of hyp/boot/dt_tree.c and dt_write.c: on the same tree they find what libfdt finds,
// token by token, also where NOPs stand; no broken tree passes that libfdt refuses; what is written
// libfdt reads. Usage: dt_tree_test
#include "trees.h"

#include <boot/dt_tree.h>
#include <boot/dt_walk.h>
#include <boot/dt_write.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t *fdt;

static int setup(void **state) {
    (void)state;
    fdt = calloc(1, TREE_SIZE);
    tree_make(fdt, 3);
    // A property and a node as NOPs, in front of others.
    assert_int_equal(fdt_nop_property(fdt, tree_node(fdt, "/bus/device@2000"), "reg"), 0);
    tree_add(fdt, "/", "gone");
    assert_int_equal(fdt_nop_node(fdt, tree_node(fdt, "/gone")), 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(fdt);
    return 0;
}

static void same_properties(int node) {
    int ours = dt_first_property(fdt, node), theirs = fdt_first_property_offset(fdt, node);

    for (; theirs >= 0; theirs = fdt_next_property_offset(fdt, theirs)) {
        const char *name, *is;
        int len;
        const void *value = fdt_getprop_by_offset(fdt, theirs, &name, &len);
        struct dt_prop p = dt_property_at(fdt, ours, &is);

        assert_int_equal(ours, theirs);
        assert_string_equal(is, name);
        assert_ptr_equal(p.p, value);
        assert_int_equal(p.len, len);
        assert_ptr_equal(dt_property(fdt, node, name).p, value);
        ours = dt_next_property(fdt, ours);
    }
    assert_int_equal(ours, -1);
    assert_null(dt_property(fdt, node, "no-such-name").p);
}

static void walks_like_libfdt(void **state) {
    int depth = -1, theirs_depth = -1, node = dt_next_node(fdt, -1, &depth), count = 0;

    (void)state;
    for (int theirs = fdt_next_node(fdt, -1, &theirs_depth); theirs >= 0 && theirs_depth >= 0;
         theirs = fdt_next_node(fdt, theirs, &theirs_depth)) {
        int after = dt_behind_name(fdt, node), below = depth, above = depth - 1;
        int next = dt_node_from(fdt, dt_behind_node(fdt, node), &above);

        assert_int_equal(node, theirs);
        assert_int_equal(depth, theirs_depth);
        assert_string_equal(dt_name(fdt, node), fdt_get_name(fdt, node, NULL));
        same_properties(node);
        if (depth > 0)
            assert_int_equal(next < 0 || above != depth ? -FDT_ERR_NOTFOUND : next,
                             fdt_next_subnode(fdt, node));
        node = dt_next_node(fdt, node, &depth);
        assert_int_equal(dt_node_from(fdt, after, &below), node);
        count++;
    }
    assert_true(node < 0);
    assert_int_equal(((uint32_t *)dt_block(fdt))[~node / 4], cpu_to_fdt32(FDT_END_NODE));
    assert_true(count > 10);
}

static void finds_by_phandle(void **state) {
    uint32_t gic = fdt_get_phandle(fdt, tree_node(fdt, "/intc@8000000"));

    (void)state;
    assert_int_not_equal(gic, 0);
    assert_int_equal(dt_by_phandle(fdt, gic), tree_node(fdt, "/intc@8000000"));
    assert_int_equal(dt_by_phandle(fdt, 0x7777), -1);
}

static void finds_by_path(void **state) {
    static const char *const path[] = {"/",           "/bus",          "/bus/device@2000",
                                       "/bus/device", "//bus",         "/bus/",
                                       "/bus/none",   "/intc@8000000", "/intc",
                                       "dev0",        "none",          ""};

    (void)state;
    for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
        int theirs = fdt_path_offset(fdt, path[i]);
        int ours = dt_find(fdt, path[i], (int)strlen(path[i]));

        assert_int_equal(ours < 0 ? -1 : ours, theirs < 0 ? -1 : theirs);
    }
}

// Each cell of the structure block is broken in several ways, then each of the header.
static void refuses_what_libfdt_refuses(void **state) {
    static const uint32_t values[] = {0, 1, 2, 3, 4, 9, 5, 0xff, 0x7fffffff, 0xffffffff};
    uint32_t *block = (uint32_t *)(void *)(fdt + fdt_off_dt_struct(fdt)), *header = (void *)fdt;
    unsigned accepted = 0, refused = 0;

    (void)state;
    assert_null(dt_check(fdt, TREE_SIZE));
    for (size_t i = 0; i < fdt_size_dt_struct(fdt) / 4 + 10; i++) {
        uint32_t *cell = i < 10 ? &header[i] : &block[i - 10], was = *cell;

        for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            *cell = cpu_to_fdt32(values[v]);
            if (dt_check(fdt, TREE_SIZE)) {
                refused++;
            } else {
                if (fdt_check_full(fdt, TREE_SIZE))
                    fail_msg("cell %zu = %#x is accepted, libfdt: %s", i, values[v],
                             fdt_strerror(fdt_check_full(fdt, TREE_SIZE)));
                accepted++;
            }
        }
        *cell = was;
    }
    assert_true(accepted > 100 && refused > 100);
}

static void writes_what_libfdt_reads(void **state) {
    static struct dt_writer t;
    struct system_range r = {pa_of(0x112345678), 0x1000};
    uint64_t buf[512];
    uint32_t size;
    int node = tree_node(fdt, "/bus/device@2000"), len;

    (void)state;
    dt_write_begin(&t, buf, sizeof(buf), fdt);
    put_node(&t, "");
    put_string(&t, "compatible", "a,b");
    put_node_at(&t, "dev", 0xabc);
    put_reg(&t, 2, 1, &r);
    put_string(&t, "compatible", "c"); // the name is there already
    put_property(&t, "empty", NULL, 0);
    put_u64(&t, "long", 1ULL << 32 | 2);
    put_end(&t);
    dt_copy(&t, node, dt_behind_node(fdt, node));
    put_end(&t);
    size = dt_write_end(&t, buf);
    assert_int_equal(size, fdt_totalsize(buf));
    assert_int_equal(fdt_check_full(buf, size), 0);
    assert_null(dt_check(buf, size));
    node = tree_node(buf, "/dev@abc");
    assert_memory_equal(fdt_getprop(buf, node, "reg", &len), "\0\0\0\1\x12\x34\x56\x78\0\0\x10",
                        12);
    assert_int_equal(len, 12);
    assert_string_equal(fdt_getprop(buf, node, "compatible", NULL), "c");
    assert_non_null(fdt_getprop(buf, node, "empty", &len));
    assert_int_equal(len, 0);
    assert_non_null(fdt_getprop(buf, tree_node(buf, "/device@2000"), "interrupts", NULL));
    // One cell too few, an address too large: told at the end.
    for (uint32_t room = 0; room < size; room += 8) {
        dt_write_begin(&t, buf, room, fdt);
        put_node(&t, "");
        put_node(&t, "node");
        for (unsigned i = 0; i < 512; i++)
            put_u32(&t, "cell", i);
        assert_int_equal(dt_write_end(&t, buf), 0);
        assert_non_null(t.error);
    }
    dt_write_begin(&t, buf, sizeof(buf), NULL);
    put_reg(&t, 1, 1, &r);
    assert_int_equal(dt_write_end(&t, buf), 0);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        T(walks_like_libfdt),           T(finds_by_phandle),         T(finds_by_path),
        T(refuses_what_libfdt_refuses), T(writes_what_libfdt_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
