// SPDX-License-Identifier: Apache-2.0
// EL2's own stage-1 map: 48-bit VA, 4 KiB granule, VA = PA for image, heap, devices; guest RAM only
// through windows (of a CPU, of a vCPU) and pinned maps at the top of the address space. Owns
// LOCK_MAP. Worst case: a window is one store and one TLBI; everything else is boot or rare.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/map.h>
#include <arm64/sysreg.h>
#include <arm64/tlb.h>
#include <core/errno.h>
#include <core/lock.h>
#include <core/log.h>
#include <core/percpu.h>
#include <lib/bitmap.h>

#define ENTRIES 512
#define S1_VALID BIT(0)
#define S1_TABLE BIT(1) // at levels 0-2: a table; at level 3: a page
#define S1_ATTR(i) ((uint64_t)(i) << 2)
#define S1_RES1 BIT(6) // AP[1], RES1 at EL2
#define S1_RO BIT(7)
#define S1_INNER (3ULL << 8)
#define S1_AF BIT(10)
#define S1_XN BIT(54)
#define S1_ADDR MASK(47, 12)

#define ATTR_RAM (S1_RES1 | S1_ATTR(0) | S1_INNER | S1_AF | S1_XN)
#define ATTR_CODE (S1_RES1 | S1_ATTR(0) | S1_INNER | S1_AF | S1_RO)
#define ATTR_CONST (ATTR_RAM | S1_RO)
#define ATTR_DEVICE (S1_RES1 | S1_ATTR(1) | S1_AF | S1_XN)

// CPUs' windows, the pinned area, vCPUs' windows, in the last GiB of the 48-bit space.
#define TOP_BASE 0x0000ffffc0000000ULL
#define WINDOW_STRIDE 4 // pages: a hole around each window
#define PINNED_BASE (TOP_BASE + MIB(2))
#define PINNED_TABLES 8
#define PINNED_SLOTS (PINNED_TABLES * ENTRIES)
#define GUEST_BASE (PINNED_BASE + PINNED_TABLES * MIB(2))
#define GUEST_STRIDE 2
#define GUEST_TABLES (VCPU_WINDOWS * GUEST_STRIDE / ENTRIES)

typedef uint64_t table_t[ENTRIES];

#define S1_TABLES 67 // image 4, windows and pinned area 14, the rest for RAM and device ranges
static table_t tables[S1_TABLES] __attribute__((aligned(4096)));
static unsigned tables_used;
table_t s1_root __attribute__((aligned(4096)));
static uint64_t *window_ptes, *pinned_ptes, *guest_ptes;
static uint64_t pinned_used[BITMAP_WORDS(PINNED_SLOTS)];
static spinlock_t map_lock = SPINLOCK_INIT(LOCK_MAP);

static struct { uint64_t base, size; } boot_maps[32];
static unsigned nr_boot_maps;

extern char image_start[], text_end[], rodata_end[], image_end[];

static unsigned index_at(uint64_t va, unsigned level) {
    return (unsigned)(va >> (39 - 9 * level)) & (ENTRIES - 1);
}

static uint64_t span(unsigned level) { return PAGE_SIZE << (9 * (3 - level)); }

// The entry for va at `level`, making the tables above it; NULL when they ran out or a block is in
// the way.
static uint64_t *entry_for(uint64_t va, unsigned level) {
    uint64_t *t = s1_root;
    for (unsigned l = 0; l < level; l++) {
        uint64_t *e = &t[index_at(va, l)];
        if (!(*e & S1_VALID)) {
            if (tables_used == S1_TABLES)
                return NULL;
            *e = (uint64_t)(uintptr_t)tables[tables_used++] | S1_TABLE | S1_VALID;
        } else if (!(*e & S1_TABLE)) {
            return NULL;
        }
        t = (uint64_t *)(uintptr_t)(*e & S1_ADDR);
    }
    return &t[index_at(va, level)];
}

// The entry to write for [va, va+left): the biggest leaf that fits and is not a table already.
static uint64_t *leaf_for(uint64_t va, uint64_t pa, uint64_t left, unsigned *level) {
    for (unsigned l = 1; l <= 3; l++) {
        if (((va | pa) & (span(l) - 1)) || left < span(l))
            continue;
        uint64_t *e = entry_for(va, l);
        if (e && !(l < 3 && (*e & S1_VALID) && (*e & S1_TABLE))) {
            *level = l;
            return e;
        }
    }
    return NULL;
}

// The valid leaf that maps va, or NULL.
static uint64_t *leaf_of(uint64_t va, unsigned *level) {
    uint64_t *t = s1_root;
    for (unsigned l = 0; l <= 3; l++) {
        uint64_t *e = &t[index_at(va, l)];
        if (!(*e & S1_VALID))
            return NULL;
        if (l == 3 || !(*e & S1_TABLE)) {
            *level = l;
            return e;
        }
        t = (uint64_t *)(uintptr_t)(*e & S1_ADDR);
    }
    return NULL;
}

// Maps [va, va+size) to pa, all page-aligned, 1:1 where something is there already: what maps the
// same stays, anything else is -EEXIST.
static int s1_map(uint64_t va, uint64_t pa, uint64_t size, uint64_t attr) {
    while (size > 0) {
        unsigned level;
        uint64_t *e = leaf_of(va, &level);
        if (e) {
            uint64_t same =
                (pa & ~(span(level) - 1)) | attr | S1_VALID | (level == 3 ? S1_TABLE : 0);
            if (*e != same)
                return fail(-EEXIST);
            uint64_t step = MIN(span(level) - (va & (span(level) - 1)), size);
            va += step;
            pa += step;
            size -= step;
            continue;
        }
        e = leaf_for(va, pa, size, &level);
        if (!e)
            return fail(-ENOMEM);
        *e = pa | attr | S1_VALID | (level == 3 ? S1_TABLE : 0);
        va += span(level);
        pa += span(level);
        size -= span(level);
    }
    return 0;
}

// Called by head.S with the MMU off: the image's own map, windows and pinned area. A failure leaves
// a hole that faults at once, before anything else could go wrong.
void mmu_build_first(uint64_t base);
void mmu_build_first(uint64_t base) {
    uint64_t text = (uint64_t)(uintptr_t)text_end, ro = (uint64_t)(uintptr_t)rodata_end;
    uint64_t end = (uint64_t)(uintptr_t)image_end;
    (void)!s1_map(base, base, text - base, ATTR_CODE);
    (void)!s1_map(text, text, ro - text, ATTR_CONST);
    (void)!s1_map(ro, ro, end - ro, ATTR_RAM);
    window_ptes = entry_for(TOP_BASE, 3);
    pinned_ptes = entry_for(PINNED_BASE, 3);
    guest_ptes = pinned_ptes + PINNED_SLOTS; // consecutive tables: one array of entries
    for (unsigned i = 1; i < PINNED_TABLES + GUEST_TABLES; i++)
        (void)entry_for(PINNED_BASE + i * MIB(2), 3);
}

static uint64_t window_slot(enum window w) {
    return (this_cpu()->id * WINDOW_COUNT + w) * WINDOW_STRIDE;
}

void *window_open(enum window w, mfn_t frame) {
    uint64_t slot = window_slot(w);
    store_relaxed(&window_ptes[slot], frame.v << PAGE_SHIFT | ATTR_RAM | S1_VALID | S1_TABLE);
    dsb_nsh(); // the entry is visible to this CPU's walker before the first access
    isb();
    return (void *)(uintptr_t)(TOP_BASE + slot * PAGE_SIZE);
}

void window_close(enum window w) {
    uint64_t slot = window_slot(w);
    store_relaxed(&window_ptes[slot], 0);
    tlb_flush_el2_local(TOP_BASE + slot * PAGE_SIZE);
}

void *vcpu_window_open(unsigned n, mfn_t frame) {
    uint64_t slot = n * GUEST_STRIDE;
    store_relaxed(&guest_ptes[slot], frame.v << PAGE_SHIFT | ATTR_RAM | S1_VALID | S1_TABLE);
    dsb_ishst(); // the entry is visible to the walkers of this CPU, and of where the vCPU goes
    isb();
    return (void *)(uintptr_t)(GUEST_BASE + slot * PAGE_SIZE);
}

void vcpu_window_close(unsigned n) {
    uint64_t slot = n * GUEST_STRIDE;
    store_relaxed(&guest_ptes[slot], 0);
    tlb_flush_el2(GUEST_BASE + slot * PAGE_SIZE);
}

void *map_pinned(mfn_t frame) {
    spin_lock(&map_lock);
    size_t slot = bitmap_next_clear(pinned_used, PINNED_SLOTS, 0);
    if (slot < PINNED_SLOTS) {
        bitmap_set(pinned_used, slot);
        store_relaxed(&pinned_ptes[slot], frame.v << PAGE_SHIFT | ATTR_RAM | S1_VALID | S1_TABLE);
        dsb_ishst(); // visible to every walker before the pointer is published
        isb();
    }
    spin_unlock(&map_lock);
    return slot < PINNED_SLOTS ? (void *)(uintptr_t)(PINNED_BASE + slot * PAGE_SIZE) : NULL;
}

void unmap_pinned(void *va) {
    uint64_t slot = ((uint64_t)(uintptr_t)va - PINNED_BASE) >> PAGE_SHIFT;
    CHECK(slot < PINNED_SLOTS && bitmap_test(pinned_used, slot));
    spin_lock(&map_lock);
    store_relaxed(&pinned_ptes[slot], 0);
    tlb_flush_el2(PINNED_BASE + slot * PAGE_SIZE);
    bitmap_clear(pinned_used, slot);
    spin_unlock(&map_lock);
}

static int map_identity(uint64_t base, uint64_t size, uint64_t attr) {
    uint64_t first = ALIGN_DOWN(base, PAGE_SIZE), last = ALIGN_UP(base + size, PAGE_SIZE);
    spin_lock(&map_lock);
    int rc = s1_map(first, first, last - first, attr);
    dsb_ishst(); // visible to the walker before the first access
    isb();
    spin_unlock(&map_lock);
    return rc;
}

void *map_device(pa_t base, uint64_t size) {
    return map_identity(base.v, size, ATTR_DEVICE) ? NULL : (void *)(uintptr_t)base.v;
}

int map_el2_ram(pa_t base, uint64_t size) { return map_identity(base.v, size, ATTR_RAM); }

void *map_el2_block(mfn_t first) {
    pa_t base = mfn_pa(first);
    return map_identity(base.v, MIB(2), ATTR_RAM) ? NULL : pa_va(base);
}

void unmap_el2_block(void *va) {
    uint64_t at = (uint64_t)(uintptr_t)va, end = at + MIB(2);
    unsigned level = 2;
    spin_lock(&map_lock);
    for (; at < end; at += span(level)) { // pages where a loader's map had left a table
        uint64_t *e = leaf_of(at, &level);
        if (e)
            store_relaxed(e, 0);
    }
    tlb_flush_el2_all();
    spin_unlock(&map_lock);
}

int map_boot_ram(pa_t base, uint64_t size) {
    uint64_t first = ALIGN_DOWN(base.v, PAGE_SIZE), last = ALIGN_UP(base.v + size, PAGE_SIZE);
    if (nr_boot_maps == ARRAY_SIZE(boot_maps))
        return fail(-ENOSPC);
    boot_maps[nr_boot_maps].base = first;
    boot_maps[nr_boot_maps++].size = last - first;
    return map_identity(base.v, size, ATTR_RAM);
}

void map_drop_boot(void) {
    spin_lock(&map_lock);
    for (unsigned i = 0; i < nr_boot_maps; i++) {
        uint64_t va = boot_maps[i].base, end = va + boot_maps[i].size;
        unsigned level = 3;
        while (va < end) {
            uint64_t *e = leaf_of(va, &level);
            if (e)
                *e = 0;
            va = ALIGN_DOWN(va, span(level)) + span(level);
            level = 3;
        }
    }
    nr_boot_maps = 0;
    tlb_flush_el2_all();
    spin_unlock(&map_lock);
}
