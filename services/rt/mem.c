// SPDX-License-Identifier: Apache-2.0
// The memory functions that a freestanding compiler may call.

#include "rt.h"

void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);

void *memset(void *to, int c, size_t n) {
    volatile uint8_t *p = to;
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)c;
    }
    return to;
}

void *memcpy(void *to, const void *from, size_t n) {
    volatile uint8_t *p = to;
    const uint8_t *q = from;
    for (size_t i = 0; i < n; i++) {
        p[i] = q[i];
    }
    return to;
}
