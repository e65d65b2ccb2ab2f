// SPDX-License-Identifier: Apache-2.0
// Unit tests of the static profile's source (hyp/boot/source_static.c), in an image for PL011: what
// is no blob, or is for a machine with another UART, is refused by name.
// Usage: source_static_test
#include <boot/blob.h>
#include <boot/source.h>
#include <core/log.h>
#include <drivers/uart.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static jmp_buf refused;
static char why[200];
static bool is_blob;
static const char *uart;
static struct system sys;

void boot_refuse(const char *where, const char *remedy, const char *fmt, ...) {
    va_list ap;
    int n = snprintf(why, sizeof(why), "%s: ", where);

    va_start(ap, fmt);
    vsnprintf(why + n, sizeof(why) - (size_t)n, fmt, ap);
    va_end(ap);
    longjmp(refused, 1);
}
bool source_is_blob(pa_t at) { return is_blob; }
void source_open_blob(pa_t at, struct system *s) {
    snprintf(s->uart.compatible, sizeof(s->uart.compatible), "%s", uart);
}
bool source_find_uart_in_blob(pa_t at, struct system_uart *u) { return false; }
void source_read_blob(struct system *s) {}

static bool opens(const char *compatible) {
    uart = compatible;
    if (setjmp(refused))
        return false;
    source_open(pa_of(0x40000000), &sys);
    return true;
}

static void only_a_blob_is_taken(void **state) {
    is_blob = false;
    assert_false(opens(""));
    assert_string_equal(why, "system blob: there is none at 0x40000000");
}

static void only_for_a_uart_it_drives(void **state) {
    is_blob = true;
    assert_true(opens("arm,pl011"));
    assert_true(opens("arm,sbsa-uart"));
    assert_true(opens("")); // no console at all
    assert_false(opens("cdns,uart-r1p12"));
    assert_string_equal(why, "console: this image has no driver for cdns,uart-r1p12");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_blob_is_taken),
        cmocka_unit_test(only_for_a_uart_it_drives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
