// SPDX-License-Identifier: Apache-2.0
// Unit tests of the choice of the GIC's driver (hyp/drivers/gic.c) in an image for GICv3: another
// version is refused by name.
// Usage: gic_test
#include <boot/system.h>
#include <core/errno.h>
#include <core/log.h>
#include <drivers/gic.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char said[200];
static unsigned lrs;

void log_at(enum log_level level, const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(said, sizeof(said), fmt, ap);
    va_end(ap);
}

static int init(const struct system_gic *desc) {
    gic_nr_lrs = lrs;
    gic_nr_irqs = 64;
    return 0;
}
const struct gic_driver gic_v3 = {.name = "GICv3", .init = init};

static int init_version(unsigned version) {
    return gic_init(&(struct system_gic){.version = version});
}

static void drives_its_version_alone(void **state) {
    lrs = 4;
    assert_int_equal(init_version(3), 0);
    assert_ptr_equal(gic, &gic_v3);
    assert_string_equal(said, "GICv3: 64 interrupts, 4 list registers");
    assert_int_equal(init_version(2), -ENODEV);
    assert_string_equal(said, "GIC: this image has no driver for version 2");
}

static void needs_two_list_registers(void **state) {
    lrs = 1;
    assert_int_equal(init_version(3), -ENODEV);
    assert_non_null(strstr(said, "at least 2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drives_its_version_alone),
        cmocka_unit_test(needs_two_list_registers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
