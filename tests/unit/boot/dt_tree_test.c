// SPDX-License-Identifier: Apache-2.0
// Unit tests of hyp/boot/dt_tree.c: on the same tree it finds what libfdt finds, token by token,
// also where NOPs stand. Usage: dt_tree_test
#include "trees.h"

#include <boot/dt_tree.h>
#include <boot/dt_walk.h>
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
        int after = dt_after_properties(fdt, node), below = depth;

        assert_int_equal(node, theirs);
        assert_int_equal(depth, theirs_depth);
        assert_string_equal(dt_name(fdt, node), fdt_get_name(fdt, node, NULL));
        same_properties(node);
        node = dt_next_node(fdt, node, &depth);
        assert_int_equal(dt_node_from(fdt, after, &below), node);
        count++;
    }
    assert_int_equal(node, -1);
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

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        T(walks_like_libfdt),
        T(finds_by_phandle),
        T(finds_by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
