// SPDX-License-Identifier: Apache-2.0
// Fills a static domain's memory from its sealed image (core/sealed.h), through two windows. No
// lock of its own: the domain does not run. Worst case: SEALED_STEP pages copied.
#include <arch/cache.h>
#include <arch/map.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/page.h>
#include <lib/string.h>

#define SEALED_STEP 4

// What is left of `p` after `done` bytes, within one page at both ends. Guests start with caches
// off: what EL2 wrote must be in memory.
static int copy_part(struct domain *d, const struct sealed_piece *p, uint64_t done, uint64_t *len) {
    uint64_t from = p->from.v + done, to = p->to.v + done, n = p->size - done;
    struct page *page = p2m_get_ram(d, ipa_gfn(ipa_of(to)), true);
    if (!page)
        return fail(-EFAULT);
    n = MIN(n, PAGE_SIZE - from % PAGE_SIZE);
    n = MIN(n, PAGE_SIZE - to % PAGE_SIZE);
    const char *src = window_open(WINDOW_A, pa_mfn(pa_of(from)));
    char *dst = window_open(WINDOW_B, page_mfn(page));
    memcpy(dst + to % PAGE_SIZE, src + from % PAGE_SIZE, n);
    cache_clean(dst + to % PAGE_SIZE, n);
    window_close(WINDOW_B);
    window_close(WINDOW_A);
    page_put(page);
    *len = n;
    return 0;
}

int sealed_load_step(struct domain *d) {
    struct sealed *s = &d->sealed;
    for (unsigned i = 0; s->at < s->nr && i < SEALED_STEP; i++) {
        uint64_t n;
        int err = copy_part(d, &s->piece[s->at], s->copied, &n);
        if (err)
            return err;
        s->copied += n;
        if (s->copied == s->piece[s->at].size) {
            s->copied = 0;
            s->at++;
        }
    }
    if (s->at < s->nr)
        return SEALED_MORE;
    s->at = 0;
    cache_forget_code(); // of the life before
    return 0;
}
