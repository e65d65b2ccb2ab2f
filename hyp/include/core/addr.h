// SPDX-License-Identifier: Apache-2.0
// Address kinds are types (one-member structs), in release too: no raw integer address crosses a
// function. mfn/gfn are frame numbers (4 KiB), pa/ipa bytes, guest_ptr_t a guest virtual address.
#pragma once
#include <core/types.h>

typedef struct {
    uint64_t v;
} pa_t; // machine physical address
typedef struct {
    uint64_t v;
} ipa_t; // intermediate (guest) physical address
typedef struct {
    uint64_t v;
} mfn_t; // machine frame
typedef struct {
    uint64_t v;
} gfn_t; // guest frame
typedef struct {
    uint64_t v;
} guest_ptr_t; // guest virtual address, translated by the current vCPU

static inline pa_t pa_of(uint64_t v) { return (pa_t){v}; }
static inline ipa_t ipa_of(uint64_t v) { return (ipa_t){v}; }
static inline mfn_t mfn_of(uint64_t v) { return (mfn_t){v}; }
static inline gfn_t gfn_of(uint64_t v) { return (gfn_t){v}; }
static inline guest_ptr_t guest_ptr_of(uint64_t v) { return (guest_ptr_t){v}; }
static inline mfn_t pa_mfn(pa_t a) { return (mfn_t){a.v >> PAGE_SHIFT}; }
static inline pa_t mfn_pa(mfn_t m) { return (pa_t){m.v << PAGE_SHIFT}; }
static inline gfn_t ipa_gfn(ipa_t a) { return (gfn_t){a.v >> PAGE_SHIFT}; }
static inline ipa_t gfn_ipa(gfn_t g) { return (ipa_t){g.v << PAGE_SHIFT}; }
static inline mfn_t mfn_add(mfn_t m, uint64_t n) { return (mfn_t){m.v + n}; }
static inline gfn_t gfn_add(gfn_t g, uint64_t n) { return (gfn_t){g.v + n}; }
static inline guest_ptr_t guest_ptr_add(guest_ptr_t p, uint64_t n) {
    return (guest_ptr_t){p.v + n};
}
#define INVALID_GFN ((gfn_t){~0ULL})
#define INVALID_MFN ((mfn_t){~0ULL})

// Checked arithmetic for guest-derived numbers (R4): true when the result does not fit.
#define ck_add(a, b, res) __builtin_add_overflow((a), (b), (res))
#define ck_mul(a, b, res) __builtin_mul_overflow((a), (b), (res))
