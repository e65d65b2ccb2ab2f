// SPDX-License-Identifier: Apache-2.0
// lib/format.c says what C's snprintf says, for every combination of flags, width, precision and
// length.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <lib/format.h>

static char want[9000], got[9000];

#define same(size, ...)                                                                            \
    do {                                                                                           \
        memset(got, 'x', sizeof(got));                                                             \
        int w = snprintf(want, (size), __VA_ARGS__);                                               \
        int g = format_to(got, (size), __VA_ARGS__);                                               \
        if (w != g || ((size) > 0 && strcmp(want, got)))                                           \
            fail_msg("%s: \"%s\" (%d), not \"%s\" (%d)", fmt, got, g, want, w);                    \
        assert_int_equal(got[(size)], 'x');                                                        \
    } while (0)

static void numbers(void **state) {
    static const char *const flags[] = {"", "0", "-", "#", "+", " ", "-0", "0#", "+0", "- #"};
    static const char *const widths[] = {"", "1", "5", "20"};
    static const char *const precisions[] = {"", ".", ".0", ".3", ".18"};
    static const char *const lengths[] = {"hh", "h", "", "l", "ll", "z"};
    static const uint64_t values[] = {
        0, 1, 9, 255, 0x8000, 0x12345678, 0x80000000, UINT64_MAX, INT64_MIN, 0x7fffffffffffffff};
    char fmt[32];
    for (const char *conv = "diuxX"; *conv; conv++)
        for (unsigned f = 0; f < 10; f++)
            for (unsigned w = 0; w < 4; w++)
                for (unsigned p = 0; p < 5; p++)
                    for (unsigned l = 0; l < 6; l++)
                        for (unsigned v = 0; v < 10; v++) {
                            snprintf(fmt, sizeof(fmt), "<%%%s%s%s%s%c>", flags[f], widths[w],
                                     precisions[p], lengths[l], *conv);
                            if (l < 3)
                                same((size_t)200, fmt, (int)values[v]);
                            else
                                same((size_t)200, fmt, values[v]);
                        }
}

static void texts(void **state) {
    static const char *const formats[] = {"%s", "%10s", "%-10s|", "%.2s", "%8.3s", "a%%b%sc"};
    for (unsigned i = 0; i < 6; i++) {
        const char *fmt = formats[i];
        same((size_t)100, fmt, "hello");
        same((size_t)100, fmt, "");
        for (size_t size = 0; size < 12; size++)
            same(size, fmt, "hello");
    }
    const char *fmt = "%c%5c%-5c|%*d %-*d %.*s %*s";
    same((size_t)100, fmt, 'a', 'b', 'c', 6, 42, 6, 42, 2, "xyz", -5, "q");
    fmt = "%.*d %.*s";
    same((size_t)100, fmt, -1, 7, -1, "whole");
    fmt = "%p";
    same((size_t)100, fmt, (void *)(uintptr_t)0x1234);
    fmt = "%.3s"; // not terminated: no byte beyond the precision is read
    char raw[3] = {'a', 'b', 'c'};
    same((size_t)100, fmt, raw);
}

static void odd_formats(void **state) {
    const char *volatile fmt = "%s"; // volatile: compilers warn of what they see through
    const char *volatile null = NULL;
    assert_int_equal(format_to(got, 100, fmt, null), 6);
    assert_string_equal(got, "(null)");
    fmt = "%q";
    format_to(got, 100, fmt, 0);
    assert_string_equal(got, "%q");
    fmt = "end%";
    format_to(got, 100, fmt, 0);
    assert_string_equal(got, "end%");
    fmt = "%l";
    format_to(got, 100, fmt, 0);
    assert_string_equal(got, "%");
    // Widths that no buffer has are cut, not multiplied out.
    fmt = "%99999999999d";
    assert_int_equal(format_to(got, 100, fmt, 1), 4096);
    fmt = "%*d";
    assert_int_equal(format_to(got, 100, fmt, INT32_MIN, 1), 4096);
    assert_int_equal(format_to(got, 100, fmt, INT32_MAX, 1), 4096);
    fmt = "%.99999999999d";
    assert_int_equal(format_to(got, 100, fmt, 1), 4096);
    assert_int_equal(format_to(NULL, 0, "%d", 12345), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(texts),
        cmocka_unit_test(odd_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
