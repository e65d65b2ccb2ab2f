// SPDX-License-Identifier: Apache-2.0
// lib/string.c against the C library's functions, at every alignment. The file is included under
// other names, so that the sanitizers' own copies of these functions are not what is tested.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define strlen own_strlen
#define strnlen own_strnlen
#define strcmp own_strcmp
#define strncmp own_strncmp
#define strchr own_strchr
#define strrchr own_strrchr
#define strlcpy own_strlcpy
#define strlcat own_strlcat
#define strtoull own_strtoull
#include "../../../hyp/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strtoull

#define MAX 100

static void fill(unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)rand();
}

static int sign(int v) { return (v > 0) - (v < 0); }

// Exact heap blocks: ASan sees a byte read or written too far.
static void copies_at_every_alignment(void **state) {
    for (size_t to = 0; to < 8; to++) {
        for (size_t from = 0; from < 8; from++) {
            for (size_t n = 0; n <= MAX; n++) {
                unsigned char *s = malloc(from + n + 1), *d = malloc(to + n + 1);
                fill(s, from + n + 1);
                fill(d, to + n + 1);
                unsigned char before = to ? d[to - 1] : 0, after = d[to + n];
                unsigned char *exact = realloc(s, from + n ? from + n : 1);
                assert_ptr_equal(own_memcpy(d + to, exact + from, n), d + to);
                assert_memory_equal(d + to, exact + from, n);
                assert_int_equal(d[to + n], after);
                if (to)
                    assert_int_equal(d[to - 1], before);
                free(exact);
                free(d);
            }
        }
    }
}

static void moves_overlap(void **state) {
    unsigned char a[MAX * 2], b[MAX * 2];
    for (size_t to = 0; to < 40; to++) {
        for (size_t from = 0; from < 40; from++) {
            for (size_t n = 0; n <= MAX; n += 1 + n / 8) {
                fill(a, sizeof(a));
                memcpy(b, a, sizeof(a));
                assert_ptr_equal(own_memmove(a + to, a + from, n), a + to);
                memmove(b + to, b + from, n);
                assert_memory_equal(a, b, sizeof(a));
            }
        }
    }
}

static void sets_and_compares(void **state) {
    unsigned char a[MAX + 24], b[MAX + 24];
    for (size_t at = 0; at < 8; at++) {
        for (size_t n = 0; n <= MAX; n++) {
            fill(a, sizeof(a));
            memcpy(b, a, sizeof(a));
            own_memset(a + at, 0x1c3, n);
            memset(b + at, 0xc3, n);
            assert_memory_equal(a, b, sizeof(a));
            assert_int_equal(own_memcmp(a + at, b + at, n), 0);
            if (n == 0)
                continue;
            size_t k = (size_t)rand() % n;
            b[at + k] ^= (unsigned char)(1 + rand() % 255);
            assert_int_equal(sign(own_memcmp(a + at, b + at, n)), sign(memcmp(a + at, b + at, n)));
            assert_int_equal(sign(own_memcmp(a + at, b + at, k)), 0);
            assert_ptr_equal(own_memchr(b + at, b[at + k], n), memchr(b + at, b[at + k], n));
        }
    }
    assert_null(own_memchr("abc", 'd', 3));
}

static void strings(void **state) {
    char buf[8];
    assert_int_equal(own_strlen(""), 0);
    assert_int_equal(own_strlen("abc"), 3);
    assert_int_equal(own_strnlen("abc", 2), 2);
    assert_int_equal(own_strnlen("abc", 9), 3);
    assert_true(own_strcmp("abc", "abc") == 0 && own_strcmp("abc", "abd") < 0);
    assert_true(own_strcmp("ab", "abc") < 0 && own_strcmp("\xff", "a") > 0);
    assert_true(own_strncmp("abcd", "abxx", 2) == 0 && own_strncmp("abcd", "abxx", 3) < 0);
    assert_true(own_strncmp("a", "b", 0) == 0);
    const char *path = "/a/b";
    assert_ptr_equal(own_strchr(path, '/'), path);
    assert_ptr_equal(own_strrchr(path, '/'), path + 2);
    assert_ptr_equal(own_strchr(path, 0), path + 4);
    assert_ptr_equal(own_strrchr(path, 0), path + 4);
    assert_null(own_strchr(path, 'x'));
    assert_null(own_strrchr(path, 'x'));
    assert_int_equal(own_strlcpy(buf, "12345678", sizeof(buf)), 8);
    assert_string_equal(buf, "1234567");
    assert_int_equal(own_strlcpy(buf, "abc", sizeof(buf)), 3);
    assert_int_equal(own_strlcat(buf, "defghi", sizeof(buf)), 9);
    assert_string_equal(buf, "abcdefg");
    assert_int_equal(own_strlcpy(buf, "zz", 0), 2);
    assert_string_equal(buf, "abcdefg");
}

static void numbers(void **state) {
    static const char *const texts[] = {"0",
                                        "1",
                                        "42",
                                        "0x10",
                                        "0X1fG",
                                        "0x",
                                        "010",
                                        "09",
                                        "",
                                        " 7",
                                        "+8",
                                        "-1",
                                        "abc",
                                        "z",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "0xffffffffffffffff",
                                        "0x1ffffffffffffffff"};
    static const int bases[] = {0, 10, 16, 8, 36};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++) {
            char *end, *own_end;
            unsigned long long want = strtoull(texts[i], &end, bases[b]);
            assert_true(own_strtoull(texts[i], &own_end, bases[b]) == want);
            assert_ptr_equal(own_end, end);
        }
    }
    assert_int_equal(own_strtoull("12", NULL, 0), 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_at_every_alignment),
        cmocka_unit_test(moves_overlap),
        cmocka_unit_test(sets_and_compares),
        cmocka_unit_test(strings),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
