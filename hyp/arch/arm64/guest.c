// SPDX-License-Identifier: Apache-2.0
// The one door to guest memory (R1): the current vCPU's address goes through its own stage 1 and 2
// by the AT instruction, the frame must be its domain's RAM. A window stays open on that frame,
// held by a reference, until another was needed or the vCPU ends: most arguments lie where the last
// ones did, and what they point to beside them; single words have a window of their own. What the
// address means is asked each time. Each byte moves once. Worst case: len bytes plus a window per
// page.

#include <arch/atomic.h>
#include <arch/guest_inline.h>
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
#define PAR_FRAME MASK(47, 12)
#define TRANSLATE_TRIES 4 // a break-before-make of another vCPU may be under way

static unsigned window_of(const struct vcpu *v, unsigned i) {
    return (v->domain->id % MAX_DOMAINS * MAX_VCPUS + v->id) * WINDOWS_PER_VCPU + i;
}

static void close_one(struct vcpu *v, unsigned i) {
    struct guest_window *w = &v->arch.window[i];
    w->tag = 0;
    vcpu_window_close(window_of(v, i));
    page_put(w->page);
}

void guest_windows_close(struct vcpu *v) {
    for (unsigned i = 0; i < WINDOWS_PER_VCPU; i++) {
        if (v->arch.window[i].tag)
            close_one(v, i);
    }
}

// Window i moves to the frame that `par` found, if it is the domain's RAM. NULL if not.
static __attribute__((noinline)) char *window_move(struct vcpu *v, unsigned i, uint64_t va,
                                                   bool write, uint64_t par) {
    struct guest_window *w = &v->arch.window[i];
    for (unsigned n = 1; (par & PAR_FAULT) && (par & PAR_STAGE2) && n < TRANSLATE_TRIES; n++)
        par = translate_s12(va, write);
    if (par & PAR_FAULT)
        return NULL;
    mfn_t mfn = pa_mfn(pa_of(par & PAR_FRAME));
    struct page *p = page_of(mfn);
    if (!p || !page_get_visible(p, v->domain))
        return NULL;
    if (w->tag)
        close_one(v, i);
    w->va = vcpu_window_open(window_of(v, i), mfn);
    w->page = p;
    w->tag = par;
    return w->va;
}

// The first byte of the page that va is in, NULL if the vCPU may not access it so.
static inline char *page_at(struct vcpu *v, uint64_t va, bool write) {
    const struct guest_window *w = v->arch.window;
    uint64_t par = translate_s12(va, write);
    if (likely(par == w[1].tag)) // the same frame, seen in the same way
        return w[1].va;
    if (likely(par == w[2].tag))
        return w[2].va;
    v->arch.window_newest ^= 1;
    return window_move(v, 1U + v->arch.window_newest, va, write, par);
}

static inline int copy(guest_ptr_t guest, char *buf, size_t len, bool write) {
    struct vcpu *v = current_vcpu();
    uint64_t va = guest.v;
    while (len) {
        size_t in_page = (size_t)(va % PAGE_SIZE);
        size_t n = MIN(len, (size_t)PAGE_SIZE - in_page);
        char *there = page_at(v, va, write);
        if (!there)
            return fail(-EFAULT);
        if (write)
            memcpy(there + in_page, buf, n);
        else
            memcpy(buf, there + in_page, n);
        __atomic_signal_fence(__ATOMIC_SEQ_CST); // what was read is not read again
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

// Through a window that is not open there, or askew.
int64_t guest_read_word_elsewhere(struct vcpu *v, guest_ptr_t src, uint64_t par) {
    uint32_t word;
    if (src.v % sizeof(word))
        return guest_read(&word, src, sizeof(word)) ? fail(-EFAULT) : (int64_t)word;
    const char *there = window_move(v, 0, src.v, false, par);
    if (!there)
        return fail(-EFAULT);
    return peek_word((const uint32_t *)(const void *)(there + src.v % PAGE_SIZE));
}

// Stage 1 alone gives the guest frame.
int guest_translate(guest_ptr_t va, bool write, gfn_t *gfn) {
    uint64_t par = translate_s1(va.v, write);
    if (par & PAR_FAULT)
        return fail(-EFAULT);
    *gfn = gfn_of(FIELD(par, 47, 12));
    return 0;
}
