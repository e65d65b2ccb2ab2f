// SPDX-License-Identifier: Apache-2.0
// String functions with their standard meaning (C11 7.24), for EL2. Pure. The block
// functions move words wherever the two ends are, by aligned accesses only: they also run with the
// MMU off, where memory is of device type. Little-endian. Worst case of a copy: about one
// instruction a byte.

#include <lib/string.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;
typedef uint32_t __attribute__((may_alias)) half_t;

static unsigned misaligned(const void *p) { return (unsigned)((uintptr_t)p & 7); }

// Both ends aligned. Upwards, each word read before the one at its place is written: dst may
// overlap from below. Returns the bytes done; fewer than 8 are left.
static inline __attribute__((always_inline)) size_t copy_words(unsigned char *d,
                                                               const unsigned char *s, size_t n) {
    const word_t *from = (const word_t *)(const void *)s;
    word_t *to = (word_t *)(void *)d;
    for (size_t left = n / 32; left; left--, from += 4, to += 4) {
        word_t a = from[0], b = from[1], c = from[2], e = from[3];
        __atomic_signal_fence(__ATOMIC_SEQ_CST); // by two, which the compiler else takes apart
        to[0] = a, to[1] = b, to[2] = c, to[3] = e;
    }
    if (n & 16) {
        word_t a = from[0], b = from[1];
        to[0] = a, to[1] = b;
        from += 2, to += 2;
    }
    if (n & 8)
        *to = *from;
    return n & ~(size_t)7;
}

// Only dst aligned: each word is put together from two aligned ones, of which none reaches beyond
// src[0..n). Upwards as above. Returns the bytes done; fewer than 16 are left.
static size_t copy_shifted(unsigned char *d, const unsigned char *s, size_t n) {
    unsigned skew = misaligned(s), have = 8 - skew; // bytes of src before its first aligned word
    size_t at = 0;
    word_t carry = 0;
    for (unsigned i = 0; i < have && n >= 16; i++)
        carry |= (word_t)s[i] << (8 * i);
    for (; n - at >= 16; at += 8) {
        word_t next = *(const word_t *)(const void *)(s + at + have);
        *(word_t *)(void *)(d + at) = carry | next << (8 * have);
        carry = next >> (8 * skew);
    }
    return at;
}

static void copy_up(unsigned char *d, const unsigned char *s, size_t n) {
    size_t done;
    for (; n && misaligned(d); n--)
        *d++ = *s++;
    done = misaligned(s) ? copy_shifted(d, s, n) : copy_words(d, s, n);
    for (; done < n; done++)
        d[done] = s[done];
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n) {
    unsigned char *d = dst;
    const unsigned char *s = src;
    if (misaligned(d) || misaligned(s)) {
        copy_up(d, s, n);
        return dst;
    }
    for (size_t done = copy_words(d, s, n); done < n; done++)
        d[done] = s[done];
    return dst;
}

void *memmove(void *dst, const void *src, size_t n) {
    unsigned char *d = dst;
    const unsigned char *s = src;
    if ((uintptr_t)d - (uintptr_t)s >= n) { // below src, or beyond its end
        copy_up(d, s, n);
        return dst;
    }
    for (; n && misaligned(d + n); n--)
        d[n - 1] = s[n - 1];
    for (; n >= 8 && !misaligned(s + n); n -= 8)
        *(word_t *)(void *)(d + n - 8) = *(const word_t *)(const void *)(s + n - 8);
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n) {
    unsigned char *d = dst;
    word_t w = 0x0101010101010101ULL * (unsigned char)c;
    for (; n && misaligned(d); n--)
        *d++ = (unsigned char)c;
    for (; n >= 32; n -= 32, d += 32) {
        word_t *to = (word_t *)(void *)d;
        to[0] = w, to[1] = w, to[2] = w, to[3] = w;
    }
    while (n--)
        *d++ = (unsigned char)c;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    if (!misaligned(a) && !misaligned(b)) {
        for (; n >= 8; n -= 8, x += 8, y += 8) {
            if (*(const word_t *)(const void *)x != *(const word_t *)(const void *)y)
                break;
        }
    }
    for (; n; n--, x++, y++) {
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}

void *memchr(const void *s, int c, size_t n) {
    const unsigned char *p = s;
    for (; n; n--, p++) {
        if (*p == (unsigned char)c)
            return (void *)(uintptr_t)p;
    }
    return NULL;
}

size_t strlen(const char *s) {
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

size_t strnlen(const char *s, size_t max) {
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n && *a && *a == *b; n--, a++, b++) {
    }
    return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b) {
    for (; *a && *a == *b; a++, b++) {
    }
    return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *s, int c) {
    for (; *s != (char)c; s++) {
        if (!*s)
            return NULL;
    }
    return (char *)(uintptr_t)s;
}

char *strrchr(const char *s, int c) {
    const char *last = NULL;
    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)(uintptr_t)last;
    }
}

size_t strlcpy(char *dst, const char *src, size_t size) {
    size_t len = strlen(src);
    if (size) {
        size_t n = len < size ? len : size - 1;
        memcpy(dst, src, n);
        dst[n] = 0;
    }
    return len;
}

size_t strlcat(char *dst, const char *src, size_t size) {
    size_t used = strnlen(dst, size);
    return used + strlcpy(dst + used, src, size - used);
}

static unsigned digit(char c) {
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
}

unsigned long long strtoull(const char *s, char **end, int base) {
    unsigned long long v = 0;
    const char *start = s;
    int full = 0, any = 0, minus = 0;
    while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
        s++;
    if (*s == '-' || *s == '+')
        minus = *s++ == '-';
    if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' && digit(s[2]) < 16) {
        s += 2;
        base = 16;
    } else if (base == 0) {
        base = s[0] == '0' ? 8 : 10;
    }
    for (; digit(*s) < (unsigned)base; s++, any = 1) {
        full |= __builtin_mul_overflow(v, (unsigned)base, &v);
        full |= __builtin_add_overflow(v, digit(*s), &v);
    }
    if (end)
        *end = (char *)(uintptr_t)(any ? s : start);
    return full ? ~0ULL : minus ? 0 - v : v;
}
