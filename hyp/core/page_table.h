// SPDX-License-Identifier: Apache-2.0
// The frame table, of page.c and page_free.c.
#pragma once
#include <core/log.h>
#include <core/page.h>

#define MAX_TABLE_BANKS 16

struct page_bank {
    uint64_t first, count;
    struct page *table;
};
extern struct page_bank page_banks[MAX_TABLE_BANKS]; // their tables lie one after the other
extern unsigned page_nr_banks;

// page_of and page_mfn.
static inline struct page *page_look_up(mfn_t m) {
    for (const struct page_bank *b = page_banks; b < page_banks + page_nr_banks; b++) {
        if (likely(m.v - b->first < b->count))
            return &b->table[m.v - b->first];
    }
    return NULL;
}
static inline mfn_t page_place(const struct page *p) {
    for (const struct page_bank *b = page_banks; b < page_banks + page_nr_banks; b++) {
        uint64_t i = (uint64_t)(p - b->table);
        if (likely(i < b->count))
            return mfn_of(b->first + i);
    }
    panic("page %p is in no bank", (const void *)p);
}
