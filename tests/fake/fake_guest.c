// SPDX-License-Identifier: Apache-2.0
// See fake_guest.h.
#include "fake_guest.h"
#include "fake_core.h"

#include <arch/guest.h>
#include <core/errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t was_read[FAKE_VA_PAGES * 4096];
bool fake_guest_allow_double;

void fake_guest_begin(void) { memset(was_read, 0, sizeof(was_read)); }

static bool inside(uint64_t va, size_t len) {
    uint64_t size = FAKE_VA_PAGES * 4096;
    return va >= FAKE_VA && va - FAKE_VA <= size && len <= size - (va - FAKE_VA);
}

void *fake_guest_ptr(uint64_t va) {
    uint64_t first = fake_current->domain == fake_d0 ? FAKE_FIRST : FAKE_D1_FIRST;
    return fake_frame(first + (va - FAKE_VA) / 4096) + va % 4096;
}

int guest_read(void *dst, guest_ptr_t src, size_t len) {
    lock_check_none(); // a guest access under a lock could wait for nobody knows what
    if (!inside(src.v, len))
        return fail(-EFAULT);
    for (size_t i = 0; i < len; i++) {
        size_t at = src.v - FAKE_VA + i;
        if (was_read[at] && !fake_guest_allow_double) {
            fprintf(stderr, "double fetch of guest byte %#llx\n", (unsigned long long)(src.v + i));
            abort();
        }
        was_read[at] = 1;
    }
    if (len)
        memcpy(dst, fake_guest_ptr(src.v), len); // the pages lie side by side
    return 0;
}

// No window is ever open here.
uint64_t translate_s12(uint64_t va, bool write) { return va | write | 1; }
int64_t guest_read_word_elsewhere(struct vcpu *v, guest_ptr_t src, uint64_t par) {
    (void)v;
    (void)par;
    uint32_t word;
    return guest_read(&word, src, sizeof(word)) ? -EFAULT : (int64_t)word;
}

int guest_write(guest_ptr_t dst, const void *src, size_t len) {
    lock_check_none();
    if (!inside(dst.v, len))
        return fail(-EFAULT);
    if (len)
        memcpy(fake_guest_ptr(dst.v), src, len);
    return 0;
}

int guest_translate(guest_ptr_t va, bool write, gfn_t *gfn) {
    (void)write;
    if (!inside(va.v, 1))
        return fail(-EFAULT);
    *gfn = gfn_of((fake_current->domain == fake_d0 ? FAKE_FIRST : FAKE_D1_GFN) +
                  (va.v - FAKE_VA) / 4096);
    return 0;
}
