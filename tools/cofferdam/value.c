// SPDX-License-Identifier: Apache-2.0
#include "value.h"
#include "arena.h"
#include "model.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit sizes[] = {
    {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {NULL, 0}};
static const struct unit times[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {NULL, 0}};
static const struct unit rates[] = {{"MHz", 1000000}, {"kHz", 1000}, {"Hz", 1}, {NULL, 0}};

// Digits at s, the rest after them in *end.
static bool digits(const char *s, int base, uint64_t *v, const char **end) {
    char *stop;

    if (base == 10 ? !isdigit((unsigned char)*s) : !isxdigit((unsigned char)*s))
        return false;
    errno = 0;
    *v = strtoull(s, &stop, base);
    *end = stop;
    return errno == 0;
}

static bool with_unit(const char *s, const struct unit *units, uint64_t *v) {
    const char *rest;

    if (!digits(s, 10, v, &rest))
        return false;
    while (*rest == ' ')
        rest++;
    for (const struct unit *u = units; u->name; u++)
        if (!strcmp(rest, u->name))
            return !__builtin_mul_overflow(*v, u->factor, v);
    return false;
}

bool parse_count(const char *s, uint64_t *v) {
    const char *rest;
    return digits(s, 10, v, &rest) && !*rest && *v < 1u << 31;
}

bool parse_address(const char *s, uint64_t *v) {
    const char *rest;
    return s[0] == '0' && s[1] == 'x' && digits(s + 2, 16, v, &rest) && !*rest;
}

bool parse_size(const char *s, uint64_t *v) { return with_unit(s, sizes, v); }
bool parse_time(const char *s, uint64_t *v) { return with_unit(s, times, v); }
bool parse_rate(const char *s, uint64_t *v) { return with_unit(s, rates, v); }

bool parse_truth(const char *s, uint64_t *v) {
    *v = !strcmp(s, "true");
    return *v || !strcmp(s, "false");
}

bool parse_cpus(const char *s, uint64_t *mask) {
    uint64_t first, last;

    if (!digits(s, 10, &first, &s))
        return false;
    last = first;
    if (*s == '-' && !digits(s + 1, 10, &last, &s))
        return false;
    if (*s || last < first || last >= MAX_CPUS)
        return false;
    *mask = 0;
    for (uint64_t i = first; i <= last; i++)
        *mask |= 1ULL << i;
    return true;
}

bool is_name(const char *s) {
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return islower((unsigned char)s[0]) && !s[n] && n < 16;
}

static const char *show(uint64_t v, const struct unit *units, const char *smallest) {
    for (const struct unit *u = units; v && u->name; u++)
        if (v % u->factor == 0)
            return take_text("%llu%s", (unsigned long long)(v / u->factor), u->name);
    return take_text("%llu%s", (unsigned long long)v, smallest);
}

const char *show_size(uint64_t bytes) { return show(bytes, sizes, " bytes"); }
const char *show_time(uint64_t ns) { return show(ns, times, "ns"); }

const char *show_cpus(uint64_t mask) {
    const char *text = "";

    for (unsigned i = 0; i < MAX_CPUS; i++) {
        unsigned first = i;
        if (!(mask >> i & 1))
            continue;
        while (i + 1 < MAX_CPUS && mask >> (i + 1) & 1)
            i++;
        const char *comma = *text ? "," : "";
        text = i > first ? take_text("%s%s%u-%u", text, comma, first, i)
                         : take_text("%s%s%u", text, comma, first);
    }
    return text;
}
