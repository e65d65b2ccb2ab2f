// SPDX-License-Identifier: Apache-2.0
// The granter's side of grant tables: frames, entries and their pins. Owns LOCK_GRANT. Entries are
// the guest's to write at any time: flags and domid are read as one word and changed by a bounded
// compare-and-swap (R12), the frame is read once, after the in-use flags are set. Worst case:
// growing by GRANT_MAX_FRAMES pages of the pool.
#include <arch/map.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/index.h>
#include <core/p2m.h>
#include <core/page.h>
#include <core/physmap.h>
#include <core/shared_word.h>

static int grow_locked(struct domain *d, uint32_t frames) {
    struct grant_table *g = &d->grant;
    if (frames > g->max_frames)
        return fail(-EINVAL);
    while (g->nr_frames < frames) {
        void *page = domain_page_get(d);
        if (!page)
            return fail(-ENOMEM);
        page_share(d->id, pa_mfn(va_pa(page)));
        g->frame[g->nr_frames] = page;
        g->gfn[g->nr_frames] = INVALID_GFN;
        store_release(&g->nr_frames, g->nr_frames + 1);
    }
    return 0;
}

int grant_grow(struct domain *d, uint32_t frames) {
    spin_lock(&d->grant.lock);
    int err = grow_locked(d, frames);
    spin_unlock(&d->grant.lock);
    return err;
}

static int frame_locked(struct domain *d, uint64_t idx, mfn_t *mfn) {
    if (idx >= d->grant.max_frames)
        return fail(-EINVAL);
    idx = index_nospec(idx, GRANT_MAX_FRAMES);
    int err = grow_locked(d, (uint32_t)idx + 1);
    if (!err)
        *mfn = pa_mfn(va_pa(d->grant.frame[idx]));
    return err;
}

int grant_frame_for_map(struct domain *d, uint64_t idx, mfn_t *mfn) {
    spin_lock(&d->grant.lock);
    int err = frame_locked(d, idx, mfn);
    spin_unlock(&d->grant.lock);
    return err;
}

// Takes the frame away from where it was shown before, if it still is.
static int unshow(struct domain *d, gfn_t old, mfn_t frame) {
    mfn_t now;
    if (old.v == INVALID_GFN.v || p2m_lookup(d, old, &now) != P2M_SHARED || now.v != frame.v)
        return 0;
    return p2m_unmap(d, old, 1);
}

int grant_map_frame(struct domain *d, uint64_t idx, gfn_t gfn) {
    struct grant_table *g = &d->grant;
    mfn_t mfn;
    spin_lock(&g->lock);
    int err = frame_locked(d, idx, &mfn);
    if (!err && g->gfn[idx].v != gfn.v)
        err = unshow(d, g->gfn[idx], mfn);
    if (!err)
        err = physmap_put(d, gfn, mfn, P2M_SHARED);
    if (!err)
        g->gfn[idx] = gfn;
    spin_unlock(&g->lock);
    return err;
}

// The entry, NULL when the table does not have it. Caller holds the lock.
static struct grant_entry_v1 *entry_of(struct grant_table *g, grant_ref_t ref) {
    uint64_t limit = (uint64_t)g->nr_frames * GRANT_ENTRIES_PER_FRAME;
    if (ref >= limit)
        return NULL;
    ref = (grant_ref_t)index_nospec(ref, limit);
    struct grant_entry_v1 *frame = g->frame[ref / GRANT_ENTRIES_PER_FRAME];
    return &frame[ref % GRANT_ENTRIES_PER_FRAME];
}

// The pin of an entry that exists; its page is made when first needed.
static struct grant_pin *pin_of(struct domain *d, grant_ref_t ref, bool make) {
    struct grant_pin **page = &d->grant.pin[index_nospec(ref / GRANT_PER_PAGE, GRANT_PIN_PAGES)];
    if (!*page && make)
        *page = domain_page_get(d);
    return *page ? &(*page)[ref % GRANT_PER_PAGE] : NULL;
}

// Flags and domid as one word: flags below, domid above.
static uint32_t *word_of(struct grant_entry_v1 *e) { return (uint32_t *)(void *)e; }

// Sets the in-use flags while the entry permits the use.
static int16_t claim(struct grant_entry_v1 *e, domid_t user, bool write) {
    uint32_t seen = load_relaxed(word_of(e));
    for (unsigned i = 0; i < SHARED_WORD_TRIES; i++) {
        uint32_t want = seen | GTF_reading | (write ? GTF_writing : 0);
        if ((seen & GTF_type_mask) != GTF_permit_access || seen >> 16 != user ||
            (write && (seen & GTF_readonly)))
            return GNTST_general_error;
        if (__atomic_compare_exchange_n(word_of(e), &seen, want, true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
            return GNTST_okay;
    }
    return GNTST_eagain; // the granter hammers its own entry
}

// Takes back the flags that no pin justifies.
static void settle(struct grant_entry_v1 *e, const struct grant_pin *pin) {
    uint32_t clear = 0, old;
    if (pin->writers == 0)
        clear |= GTF_writing;
    if (pin->writers == 0 && pin->readers == 0)
        clear |= GTF_reading;
    if (clear)
        (void)shared_update32(word_of(e), clear, 0, &old);
}

// A reference on the frame: of the one already in use, else of what the entry names now.
static struct page *frame_ref(struct domain *d, struct grant_entry_v1 *e, struct grant_pin *pin,
                              bool write) {
    if (pin->readers || pin->writers) {
        struct page *p = page_of(mfn_of(pin->mfn));
        return p && page_get(p, d) ? p : NULL;
    }
    mfn_t mfn;
    struct page *p = p2m_get_frame(d, gfn_of(load_relaxed(&e->frame)), write, &mfn);
    if (p)
        pin->mfn = mfn.v;
    return p;
}

static int16_t pin_locked(struct domain *d, domid_t user, grant_ref_t ref, bool write, mfn_t *mfn) {
    struct grant_entry_v1 *e = entry_of(&d->grant, ref);
    if (!e)
        return GNTST_bad_gntref;
    struct grant_pin *pin = pin_of(d, ref, true);
    if (!pin)
        return GNTST_no_space;
    int16_t status = claim(e, user, write);
    if (status != GNTST_okay)
        return status;
    if (!frame_ref(d, e, pin, write)) {
        settle(e, pin);
        return GNTST_bad_page;
    }
    if (write)
        pin->writers++;
    else
        pin->readers++;
    *mfn = mfn_of(pin->mfn);
    return GNTST_okay;
}

int16_t grant_pin(struct domain *d, domid_t user, grant_ref_t ref, bool write, mfn_t *mfn) {
    spin_lock(&d->grant.lock);
    int16_t status = pin_locked(d, user, ref, write, mfn);
    spin_unlock(&d->grant.lock);
    return status;
}

void grant_unpin(struct domain *d, grant_ref_t ref, bool write, mfn_t mfn) {
    spin_lock(&d->grant.lock);
    struct grant_entry_v1 *e = entry_of(&d->grant, ref);
    struct grant_pin *pin = e ? pin_of(d, ref, false) : NULL;
    uint32_t *count = pin ? (write ? &pin->writers : &pin->readers) : NULL;
    if (count && *count && pin->mfn == mfn.v) { // else: the domid belongs to another domain by now
        (*count)--;
        settle(e, pin);
    }
    spin_unlock(&d->grant.lock);
    page_put(page_of(mfn));
}

void grant_set_limits(struct domain *d, uint32_t frames, uint32_t maptrack_frames) {
    d->grant.max_frames = MIN(frames, (uint32_t)GRANT_MAX_FRAMES);
    d->grant.max_handles =
        MIN(maptrack_frames, (uint32_t)GRANT_MAPTRACK_FRAMES) * GRANT_PER_MAPTRACK_FRAME;
}

int grant_create(struct domain *d) {
    struct grant_table *g = &d->grant;
    spin_lock_init(&g->lock, LOCK_GRANT);
    g->version = 1;
    if (!g->max_frames)
        grant_set_limits(d, UINT32_MAX, UINT32_MAX);
    return grant_grow(d, GRANT_INITIAL_FRAMES);
}

bool grant_frames_lent(struct domain *d) {
    for (uint32_t i = 0; i < d->grant.nr_frames; i++) {
        if (page_is_lent(pa_mfn(va_pa(d->grant.frame[i]))))
            return true;
    }
    return false;
}
