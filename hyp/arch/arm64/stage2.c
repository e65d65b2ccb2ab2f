// SPDX-License-Identifier: Apache-2.0
// Stage-2 tables (Arm ARM D8.3): start level 1, 4 KiB granule, up to two concatenated root tables
// (40-bit IPA). Called by core/p2m.c with LOCK_P2M held. Break-before-make lives in replace()
// alone; a table page returns to the quota only after the TLBI that unlinks it (R18). Worst case a
// call: count leaves.

#include <arch/atomic.h>
#include <arch/map.h>
#include <arch/stage2.h>
#include <arm64/stage2_pte.h>
#include <arm64/tlb.h>
#include <core/errno.h>

#define ENTRIES 512

static const uint64_t attr_of[] = {
    [P2M_RAM] = S2_NORMAL | S2_READ | S2_WRITE,
    [P2M_RAM_RO] = S2_NORMAL | S2_READ,
    [P2M_DEVICE] = S2_DEVICE | S2_READ | S2_WRITE | S2_XN,
    [P2M_DEVICE_MEM] = S2_UNCACHED | S2_READ | S2_WRITE | S2_XN,
    [P2M_SHARED] = S2_NORMAL | S2_READ | S2_WRITE | S2_XN,
    [P2M_GRANT] = S2_NORMAL | S2_READ | S2_WRITE | S2_XN,
    [P2M_GRANT_RO] = S2_NORMAL | S2_READ | S2_XN,
    [P2M_FOREIGN] = S2_NORMAL | S2_READ | S2_WRITE | S2_XN,
};

static uint64_t leaf_pte(mfn_t mfn, enum p2m_type t, unsigned level) {
    return mfn.v << PAGE_SHIFT | attr_of[t] | S2_AF | S2_TYPE(t) | S2_VALID |
           (level == 3 ? S2_TABLE : 0);
}

static unsigned order_of(unsigned level) { return 9 * (3 - level); }

static bool is_table(uint64_t pte, unsigned level) {
    return level < 3 && (pte & (S2_VALID | S2_TABLE)) == (S2_VALID | S2_TABLE);
}

static uint64_t *next_table(uint64_t pte) { return pa_va(pa_of(pte & S2_ADDR)); }

// The root has up to 1024 entries (two tables side by side); below it 512.
static uint64_t *slot(uint64_t *table, gfn_t gfn, unsigned level) {
    uint64_t i = gfn.v >> order_of(level);
    return &table[level == 1 ? i : i & (ENTRIES - 1)];
}

static bool in_range(const struct stage2 *s, gfn_t gfn, uint64_t count) {
    uint64_t limit = 1ULL << (s->ipa_bits - PAGE_SHIFT);
    return gfn.v < limit && count <= limit - gfn.v;
}

int stage2_init(struct stage2 *s, struct quota *quota, uint16_t vmid) {
    uint8_t bits = stage2_ipa_bits();
    s->quota = quota;
    s->ipa_bits = bits;
    s->start_level = 1;
    s->root = quota_get(quota, bits > 39 ? 2 : 1); // concatenated tables: aligned to their size
    if (!s->root)
        return fail(-ENOMEM);
    s->vttbr = va_pa(s->root).v | (uint64_t)vmid << 48;
    stage2_flush(s); // the VMID was another domain's
    return 0;
}

void stage2_flush(const struct stage2 *s) { tlb_flush_stage2(s, gfn_of(0), UINT64_MAX); }

// Returns the tables below `pte` (at `level`) to the quota; the TLBI that unlinked them is
// complete.
static void free_tables(struct stage2 *s, uint64_t pte, unsigned level) {
    if (!is_table(pte, level))
        return;
    uint64_t *t = next_table(pte);
    for (unsigned i = 0; level == 1 && i < ENTRIES; i++) {
        if (is_table(t[i], 2))
            quota_put(s->quota, next_table(t[i]));
    }
    quota_put(s->quota, t);
}

// Puts `pte` where another valid entry was: break, TLBI, make.
static void replace(struct stage2 *s, uint64_t *e, uint64_t pte, gfn_t gfn, unsigned level) {
    uint64_t old = *e;
    if (old & S2_VALID) {
        store_relaxed(e, 0);
        tlb_flush_stage2(s, gfn, 1ULL << order_of(level));
        free_tables(s, old, level);
    }
    store_release(e, pte); // what a new table holds is written before the table is linked
}

// A table that maps what the block `pte` at `level` maps; NULL when the quota is used up.
static uint64_t *split(struct stage2 *s, uint64_t pte, unsigned level) {
    uint64_t *t = quota_get(s->quota, 1);
    if (!t)
        return NULL;
    uint64_t step = PAGE_SIZE << order_of(level + 1);
    uint64_t first = pte | (level + 1 == 3 ? S2_TABLE : 0);
    for (unsigned i = 0; i < ENTRIES; i++)
        t[i] = first + i * step;
    return t;
}

// Goes down to the entry of gfn at `level`, making or splitting tables on the way. With make =
// false it stops at the first hole: *at_level tells where.
static uint64_t *descend(struct stage2 *s, gfn_t gfn, unsigned level, bool make,
                         unsigned *at_level) {
    uint64_t *e = slot(s->root, gfn, 1);
    unsigned l = 1;
    for (; l < level; l++) {
        if (!is_table(*e, l)) {
            if (!(*e & S2_VALID) && !make)
                break;
            gfn_t first = gfn_of(ALIGN_DOWN(gfn.v, 1ULL << order_of(l)));
            uint64_t *t = (*e & S2_VALID) ? split(s, *e, l) : quota_get(s->quota, 1);
            if (!t)
                return NULL;
            replace(s, e, va_pa(t).v | S2_TABLE | S2_VALID, first, l);
        }
        e = slot(next_table(*e), gfn, l + 1);
    }
    *at_level = l;
    return e;
}

// The entry that says what is at gfn, a leaf or a hole, and its level.
static uint64_t *entry_at(const struct stage2 *s, gfn_t gfn, unsigned *level) {
    uint64_t *e = slot(s->root, gfn, 1);
    unsigned l = 1;
#pragma GCC unroll 3
    for (; is_table(*e, l); l++)
        e = slot(next_table(*e), gfn, l + 1);
    *level = l;
    return e;
}

// What the entry of gfn says.
static struct p2m_leaf leaf_at(uint64_t pte, gfn_t gfn, unsigned level) {
    if (!(pte & S2_VALID))
        return (struct p2m_leaf){.type = P2M_INVALID, .mfn = INVALID_MFN};
    uint64_t below = gfn.v & ((1ULL << order_of(level)) - 1);
    return (struct p2m_leaf){.type = (enum p2m_type)S2_TYPE_OF(pte),
                             .mfn = mfn_of(((pte & S2_ADDR) >> PAGE_SHIFT) + below)};
}

static unsigned level_for(uint64_t gfn, uint64_t mfn, uint64_t count) {
    for (unsigned level = 1; level < 3; level++) {
        uint64_t frames = 1ULL << order_of(level);
        if (!((gfn | mfn) & (frames - 1)) && count >= frames)
            return level;
    }
    return 3;
}

int stage2_map(struct stage2 *s, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type t) {
    if (!in_range(s, gfn, count))
        return fail(-EINVAL);
    while (count) {
        unsigned level = level_for(gfn.v, mfn.v, count);
        uint64_t *e = descend(s, gfn, level, true, &level);
        if (!e)
            return fail(-ENOMEM);
        replace(s, e, leaf_pte(mfn, t, level), gfn, level);
        uint64_t step = 1ULL << order_of(level);
        gfn = gfn_add(gfn, step);
        mfn = mfn_add(mfn, step);
        count -= step;
    }
    stage2_sync();
    return 0;
}

int stage2_unmap(struct stage2 *s, gfn_t gfn, uint64_t count) {
    if (!in_range(s, gfn, count))
        return fail(-EINVAL);
    while (count) {
        unsigned level = level_for(gfn.v, gfn.v, count);
        uint64_t *e = descend(s, gfn, level, false, &level);
        if (!e)
            return fail(-ENOMEM);
        uint64_t step = 1ULL << order_of(level);
        if (*e & S2_VALID)
            replace(s, e, 0, gfn, level);
        uint64_t ahead = step - (gfn.v & (step - 1)); // a hole may begin before gfn
        step = MIN(ahead, count);
        gfn = gfn_add(gfn, step);
        count -= step;
    }
    return 0;
}

int stage2_swap(struct stage2 *s, gfn_t gfn, mfn_t mfn, enum p2m_type t, unsigned over,
                struct p2m_leaf *was) {
    unsigned level;
    if (!in_range(s, gfn, 1)) {
        was->type = P2M_INVALID;
        return fail(over & 1U << P2M_INVALID ? -EINVAL : -ENOENT);
    }
    uint64_t *e = entry_at(s, gfn, &level);
    *was = leaf_at(*e, gfn, level);
    if (!(over & 1U << was->type))
        return fail(-ENOENT);
    if (unlikely(level < 3))
        e = descend(s, gfn, 3, true, &level);
    if (!e)
        return fail(-ENOMEM);
    replace(s, e, t == P2M_INVALID ? 0 : leaf_pte(mfn, t, 3), gfn, 3);
    if (t != P2M_INVALID)
        stage2_sync();
    return 0;
}

enum p2m_type stage2_lookup(const struct stage2 *s, gfn_t gfn, mfn_t *mfn, unsigned *order) {
    unsigned level = 3;
    struct p2m_leaf leaf = {.type = P2M_INVALID, .mfn = INVALID_MFN};
    if (in_range(s, gfn, 1)) {
        const uint64_t *e = entry_at(s, gfn, &level);
        leaf = leaf_at(*e, gfn, level);
    }
    *order = order_of(level);
    *mfn = leaf.mfn;
    return leaf.type;
}
