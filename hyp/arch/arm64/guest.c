// SPDX-License-Identifier: Apache-2.0
// The one door to guest memory (R1): the current vCPU's address goes through its own stage 1 and 2
// by the AT instruction, the frame must be its domain's RAM and is held by a reference while a
// window is open on it. Each byte moves once. Worst case: len bytes plus a window per page.

#include <arch/atomic.h>
#include <arch/guest.h>
#include <arch/map.h>
#include <arm64/translate.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/page.h>
#include <core/upcall.h>
#include <core/vcpu.h>
#include <lib/string.h>

#define PAR_FAULT BIT(0)
#define PAR_STAGE2 BIT(9)
#define TRANSLATE_TRIES 4 // a break-before-make of another vCPU may be under way

// The frame behind va, with a reference on its page; NULL if it is not the domain's RAM with that
// access.
static struct page *frame_get(uint64_t va, bool write, mfn_t *mfn) {
    struct domain *d = current_vcpu()->domain;
    for (unsigned i = 0; i < TRANSLATE_TRIES; i++) {
        uint64_t par = translate_s12(va, write);
        if (!(par & PAR_FAULT)) {
            *mfn = mfn_of(FIELD(par, 47, 12));
            struct page *p = page_of(*mfn);
            return p && page_get_visible(p, d) ? p : NULL;
        }
        if (!(par & PAR_STAGE2))
            break;
    }
    return NULL;
}

static int copy(guest_ptr_t guest, void *own, size_t len, bool write) {
    uint64_t va = guest.v;
    char *buf = own;
    while (len) {
        size_t in_page = (size_t)(va & (PAGE_SIZE - 1));
        size_t n = MIN(len, (size_t)PAGE_SIZE - in_page);
        mfn_t mfn;
        struct page *p = frame_get(va, write, &mfn);
        if (!p)
            return fail(-EFAULT);
        char *there = (char *)window_open(WINDOW_A, mfn) + in_page;
        if (write)
            memcpy(there, buf, n);
        else
            memcpy(buf, there, n);
        __atomic_signal_fence(__ATOMIC_SEQ_CST); // what was read is not read again
        window_close(WINDOW_A);
        page_put(p);
        va += n;
        buf += n;
        len -= n;
    }
    return 0;
}

int guest_read(void *dst, guest_ptr_t src, size_t len) { return copy(src, dst, len, false); }

int guest_write(guest_ptr_t dst, const void *src, size_t len) {
    return copy(dst, (void *)(uintptr_t)src, len, true);
}

// Stage 1 alone gives the guest frame.
int guest_translate(guest_ptr_t va, bool write, gfn_t *gfn) {
    uint64_t par = translate_s1(va.v, write);
    if (par & PAR_FAULT)
        return fail(-EFAULT);
    *gfn = gfn_of(FIELD(par, 47, 12));
    return 0;
}
