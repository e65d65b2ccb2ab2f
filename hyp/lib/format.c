// SPDX-License-Identifier: Apache-2.0
// printf's formatting without floating point (lib/format.h says which part). Pure; bounded by the
// format's strings and by MAX_FIELD for each width and precision.

#include <lib/format.h>
#include <lib/string.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_FIELD 4096 // widths and precisions beyond are cut to it

struct out {
    char *buf;
    size_t size, len;
};

struct spec {
    bool left, zero, alt, plus, space, upper;
    int width, precision; // precision -1: none given
    int longs, shorts;    // how many l (or z), h
};

static void put(struct out *o, char c) {
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void pad(struct out *o, char c, int n) {
    for (; n > 0; n--)
        put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text, size_t len) {
    int fill = len < MAX_FIELD ? s->width - (int)len : 0;
    pad(o, ' ', s->left ? 0 : fill);
    for (size_t i = 0; i < len; i++)
        put(o, text[i]);
    pad(o, ' ', s->left ? fill : 0);
}

static void put_string(struct out *o, const struct spec *s, const char *text) {
    if (!text)
        text = "(null)";
    put_text(o, s, text, s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text));
}

static void put_number(struct out *o, const struct spec *s, uint64_t v, unsigned base,
                       const char *prefix) {
    const char *set = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24];
    int n = 0, zeroes, fill;
    for (uint64_t rest = v; rest; rest /= base)
        digits[n++] = set[rest % base];
    if (n == 0 && s->precision != 0)
        digits[n++] = '0';
    zeroes = s->precision > n ? s->precision - n : 0;
    fill = s->width - n - zeroes - (int)strlen(prefix);
    if (s->zero && !s->left && s->precision < 0) {
        zeroes += fill > 0 ? fill : 0;
        fill = 0;
    }
    pad(o, ' ', s->left ? 0 : fill);
    while (*prefix)
        put(o, *prefix++);
    pad(o, '0', zeroes);
    while (n > 0)
        put(o, digits[--n]);
    pad(o, ' ', s->left ? fill : 0);
}

static void put_signed(struct out *o, const struct spec *s, int64_t v) {
    const char *sign;
    if (s->shorts)
        v = s->shorts > 1 ? (int8_t)v : (int16_t)v;
    sign = v < 0 ? "-" : s->plus ? "+" : s->space ? " " : "";
    put_number(o, s, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, sign);
}

static void put_unsigned(struct out *o, const struct spec *s, uint64_t v, unsigned base) {
    if (s->shorts)
        v = s->shorts > 1 ? (uint8_t)v : (uint16_t)v;
    put_number(o, s, v, base, base == 16 && s->alt && v ? (s->upper ? "0X" : "0x") : "");
}

static const char *read_flags(const char *f, struct spec *s) {
    for (;; f++) {
        if (*f == '-')
            s->left = true;
        else if (*f == '0')
            s->zero = true;
        else if (*f == '#')
            s->alt = true;
        else if (*f == '+')
            s->plus = true;
        else if (*f == ' ')
            s->space = true;
        else
            return f;
    }
}

static const char *read_digits(const char *f, int *n) {
    for (*n = 0; *f >= '0' && *f <= '9'; f++)
        *n = *n < MAX_FIELD ? *n * 10 + (*f - '0') : MAX_FIELD;
    return f;
}

static int limit(int n) { return n < MAX_FIELD ? n : MAX_FIELD; }

static const char *read_length(const char *f, struct spec *s) {
    for (; *f == 'l' || *f == 'h' || *f == 'z'; f++) {
        if (*f == 'h')
            s->shorts++;
        else
            s->longs++;
    }
    return f;
}

static void set_width(struct spec *s, int n) {
    s->left |= n < 0;
    s->width = limit(n > -MAX_FIELD && n < 0 ? -n : n < 0 ? MAX_FIELD : n);
}

// The one place that takes arguments: va_list cannot be handed on by value and come back advanced.
int vformat_to(char *buf, size_t size, const char *fmt, va_list ap) {
    struct out o = {buf, size, 0};
    for (const char *f = fmt; *f; f++) {
        struct spec s = {.precision = -1};
        if (*f != '%') {
            put(&o, *f);
            continue;
        }
        f = read_flags(f + 1, &s);
        if (*f == '*')
            set_width(&s, va_arg(ap, int)), f++;
        else
            f = read_digits(f, &s.width);
        if (*f == '.' && *++f == '*')
            s.precision = limit(va_arg(ap, int)), f++;
        else if (f[-1] == '.')
            f = read_digits(f, &s.precision);
        f = read_length(f, &s);
        s.width = limit(s.width), s.precision = limit(s.precision), s.upper = *f == 'X';
        if (*f == 'c') {
            char c = (char)va_arg(ap, int);
            put_text(&o, &s, &c, 1);
        } else if (*f == 's') {
            put_string(&o, &s, va_arg(ap, const char *));
        } else if (*f == 'd' || *f == 'i') {
            put_signed(&o, &s, s.longs ? va_arg(ap, int64_t) : va_arg(ap, int));
        } else if (*f == 'u' || *f == 'x' || *f == 'X') {
            put_unsigned(&o, &s, s.longs ? va_arg(ap, uint64_t) : va_arg(ap, unsigned),
                         *f == 'u' ? 10 : 16);
        } else if (*f == 'p') {
            put_number(&o, &s, (uint64_t)(uintptr_t)va_arg(ap, void *), 16, "0x");
        } else { // %%; an unknown one is shown as it is, so that it is noticed
            put(&o, '%');
            if (!*f)
                break;
            if (*f != '%')
                put(&o, *f);
        }
    }
    if (size)
        buf[o.len < size ? o.len : size - 1] = 0;
    return (int)o.len;
}

int format_to(char *buf, size_t size, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vformat_to(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
