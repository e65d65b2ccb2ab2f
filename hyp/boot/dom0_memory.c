// SPDX-License-Identifier: Apache-2.0
// Dom0's address space: RAM in big aligned blocks (so that stage 2 gets 1 GiB and 2 MiB leaves),
// and the regions that Dom0 uses for grants and foreign pages. Boot CPU only.
#include <boot/dom0.h>
#include <boot/range.h>

#include <core/grant.h>
#include <core/log.h>
#include <core/page.h>

#define MIN_ORDER 9 // 2 MiB
#define BLOCK_BYTES(order) (PAGE_SIZE << (order))
#define LOAD_ALIGN MIB(2)
#define EXTENDED_MIN MIB(64)

// Up to `count` blocks, largest first; an order is left when no free block of it remains or it is
// more than is asked.
static uint64_t take_blocks(struct dom0_plan *plan, uint64_t left, uint64_t limit, unsigned count) {
    unsigned order = PAGE_MAX_ORDER;

    while (order >= MIN_ORDER && left > 0 && count > 0) {
        struct page *p = NULL;
        uint64_t base;

        if (BLOCK_BYTES(order) <= left)
            p = page_alloc_block(order, mfn_of(0), mfn_of(limit >> PAGE_SHIFT));
        if (!p) {
            order--;
            continue;
        }
        base = mfn_pa(page_mfn(p)).v;
        if (!range_insert(plan->g.bank, &plan->g.nr_banks, MAX_BANKS, base,
                          base + BLOCK_BYTES(order))) {
            page_free_block(p, order);
            break;
        }
        left -= BLOCK_BYTES(order);
        count--;
    }
    return left;
}

// Linux's linear map starts at the GiB of its lowest RAM, and its balloon wants pages at any
// address that nothing has, so some of it is where the machine's begins. Then comes what 32-bit
// DMA masks reach.
void dom0_take_memory(const struct system *s, struct dom0_plan *plan, uint64_t bytes,
                      uint64_t limit) {
    uint64_t first = ALIGN_DOWN(s->bank[0].base.v, GIB(1)) + GIB(1), left = bytes;

    plan->g.nr_banks = 0;
    left = take_blocks(plan, left, MIN(limit, first), 1);
    left = take_blocks(plan, left, MIN(limit, GIB(4)), MAX_BANKS);
    left = take_blocks(plan, left, limit, MAX_BANKS);
    if (left)
        boot_refuse("dom0_mem=", "ask for less or give the machine more memory",
                    "only %llu MiB of %llu MiB for Dom0 are free",
                    (unsigned long long)((bytes - left) >> 20), (unsigned long long)(bytes >> 20));
}

static bool overlaps_any(const struct system_range *r, const struct system_range *list,
                         unsigned n) {
    for (unsigned i = 0; i < n; i++)
        if (range_overlap(r, &list[i]))
            return true;
    return false;
}

static void add_all(struct system_range *all, unsigned *n, unsigned max,
                    const struct system_range *list, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (!range_insert(all, n, max, list[i].base.v, range_end(&list[i])))
            boot_refuse("device tree", "merge or disable some", "too many device regions");
}

void dom0_find_regions(const struct system *s, struct dom0_plan *plan, uint64_t ipa_end) {
    static struct system_range all[DOM0_REGIONS + MAX_RESERVED + DOM0_WINDOWS];
    const uint64_t grants = GRANT_MAX_FRAMES * PAGE_SIZE;
    const struct system_range *top = &s->bank[s->nr_banks - 1];
    uint64_t from = MAX(GIB(4), range_end(top)), stop;
    unsigned n = 0;

    add_all(all, &n, ARRAY_SIZE(all), plan->device, plan->nr_device);
    add_all(all, &n, ARRAY_SIZE(all), plan->owned, plan->nr_owned);
    add_all(all, &n, ARRAY_SIZE(all), plan->window, plan->nr_window);
    // EL2's image is RAM that Dom0 never gets: that address space is free in Dom0's map.
    plan->g.grants = (struct system_range){pa_of(ALIGN_UP(s->image.base.v, PAGE_SIZE)), grants};
    if (overlaps_any(&plan->g.grants, plan->g.bank, plan->g.nr_banks) ||
        overlaps_any(&plan->g.grants, plan->device, plan->nr_device) ||
        overlaps_any(&plan->g.grants, plan->window, plan->nr_window))
        plan->g.grants.size = 0;
    plan->g.nr_extended = 0;
    while (plan->g.nr_extended < GUEST_EXTENDED && range_next_gap(all, n, ipa_end, &from, &stop)) {
        uint64_t first = ALIGN_UP(from, LOAD_ALIGN), end = ALIGN_DOWN(stop, LOAD_ALIGN);

        if (first < end && end - first >= EXTENDED_MIN) {
            if (plan->g.grants.size == 0) {
                plan->g.grants = (struct system_range){pa_of(first), grants};
                first += LOAD_ALIGN;
            }
            plan->g.extended[plan->g.nr_extended++] =
                (struct system_range){pa_of(first), end - first};
        }
        from = stop;
    }
    if (plan->g.grants.size == 0)
        boot_refuse("device tree", "give the board an address hole of 64 MiB above its RAM",
                    "no address space is free for Dom0's grant table");
}
