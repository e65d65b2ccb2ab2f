// SPDX-License-Identifier: Apache-2.0
// All cache maintenance after boot, by virtual address to the point of coherency. Ranges are
// (first, size), never an end that may wrap (XSA-437).

#include <arch/cache.h>
#include <arm64/sysreg.h>
#include <lib/string.h>

static uint64_t line_size(void) { return 4ULL << FIELD(read_ctr_el0(), 19, 16); }

#define FOR_EACH_LINE(insn, va, size)                                                              \
    do {                                                                                           \
        uint64_t line = line_size(), at = (uint64_t)(uintptr_t)(va), skew = at & (line - 1);       \
        uint64_t lines = (size) ? ((size) + skew + line - 1) / line : 0;                           \
        at -= skew;                                                                                \
        for (; lines % 8; lines--, at += line)                                                     \
            __asm__ volatile(insn ", %0" ::"r"(at) : "memory");                                    \
        for (; lines; lines -= 8) {                                                                \
            _Pragma("GCC unroll 8") for (unsigned i = 0; i < 8; i++, at += line) __asm__ volatile( \
                insn ", %0" ::"r"(at) : "memory");                                                 \
        }                                                                                          \
        dsb_sy(); /* reached the point of coherency before the caller hands the memory over */     \
    } while (0)

void cache_clean(const void *va, size_t size) { FOR_EACH_LINE("dc cvac", va, size); }

void cache_clean_invalidate(const void *va, size_t size) { FOR_EACH_LINE("dc civac", va, size); }

// CIVAC, not IVAC: a line that is shared with a neighbour's data must not lose it.
void cache_invalidate(const void *va, size_t size) { FOR_EACH_LINE("dc civac", va, size); }

// Does DC ZVA zero the range in runs of eight blocks? Bit 4 prohibits it.
static bool zva_fits(uint64_t at, size_t size, uint64_t *block) {
    uint64_t dczid = read_dczid_el0();
    *block = 4ULL << (dczid & 0xf);
    return !(dczid & BIT(4)) && !((at | size) & (8 * *block - 1));
}

#define ZERO_BLOCKS(insns)                                                                         \
    for (uint64_t n = size / (8 * block); n; n--) {                                                \
        _Pragma("GCC unroll 8") for (unsigned i = 0; i < 8; i++, at += block) __asm__ volatile(    \
            insns ::"r"(at) : "memory");                                                           \
    }

void cache_zero(void *va, size_t size) {
    uint64_t at = (uint64_t)(uintptr_t)va, block;
    if (zva_fits(at, size, &block))
        ZERO_BLOCKS("dc zva, %0")
    else
        memset(va, 0, size);
}

void cache_zero_clean(void *va, size_t size) {
    uint64_t at = (uint64_t)(uintptr_t)va, block;
    if (zva_fits(at, size, &block) && block == line_size()) {
        ZERO_BLOCKS("dc zva, %0\n\tdc cvac, %0")
        dsb_sy(); // reached the point of coherency before the caller hands the memory over
    } else {
        cache_zero(va, size);
        cache_clean(va, size);
    }
}

void cache_copy(void *restrict to, const void *restrict from, size_t size) {
    uint64_t a, b, c, d;
    __asm__ volatile("1:\n\t"
                     "ldp %3, %4, [%1], #128\n\tldp %5, %6, [%1, #-112]\n\t"
                     "stp %3, %4, [%0], #128\n\tstp %5, %6, [%0, #-112]\n\t"
                     "ldp %3, %4, [%1, #-96]\n\tldp %5, %6, [%1, #-80]\n\t"
                     "stp %3, %4, [%0, #-96]\n\tstp %5, %6, [%0, #-80]\n\t"
                     "ldp %3, %4, [%1, #-64]\n\tldp %5, %6, [%1, #-48]\n\t"
                     "stp %3, %4, [%0, #-64]\n\tstp %5, %6, [%0, #-48]\n\t"
                     "ldp %3, %4, [%1, #-32]\n\tldp %5, %6, [%1, #-16]\n\t"
                     "stp %3, %4, [%0, #-32]\n\tstp %5, %6, [%0, #-16]\n\t"
                     "subs %2, %2, #128\n\tb.ne 1b"
                     : "+r"(to), "+r"(from), "+r"(size), "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
                     :
                     : "memory", "cc");
}

void cache_forget_code(void) {
    __asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory"); // data first
}
