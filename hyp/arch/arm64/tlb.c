// SPDX-License-Identifier: Apache-2.0
// All TLB maintenance after boot. Order in each: the table write is visible, then the TLBI, then
// its completion, before the caller may reuse what was mapped.

#include <arch/stage2.h>
#include <arm64/sysreg.h>
#include <arm64/tlb.h>

#define FLUSH_BY_IPA_MAX 16 // above it one flush of the whole VMID is cheaper

void tlb_flush_el2_local(uint64_t va) {
    dsb_nsh(); // the cleared entry before the TLBI
    __asm__ volatile("tlbi vae2, %0" ::"r"(va >> PAGE_SHIFT));
    dsb_nsh(); // completed before the frame is anyone else's
    isb();
}

void tlb_flush_el2(uint64_t va) {
    dsb_ishst(); // the cleared entry before the TLBI
    __asm__ volatile("tlbi vae2is, %0" ::"r"(va >> PAGE_SHIFT));
    dsb_ish(); // completed on all CPUs
    isb();
}

void tlb_flush_el2_all(void) {
    dsb_ishst(); // the cleared entries before the TLBI
    __asm__ volatile("tlbi alle2is");
    dsb_ish(); // completed on all CPUs
    isb();
}

void tlb_flush_guests_local(void) {
    __asm__ volatile("tlbi alle1");
    dsb_nsh(); // completed before a guest runs here
    isb();
}

void tlb_flush_guest_local(void) {
    __asm__ volatile("tlbi vmalle1");
    dsb_nsh(); // completed before the vCPU runs here
    isb();
}

void tlb_flush_stage2(const struct stage2 *s, gfn_t gfn, uint64_t count) {
    uint64_t mine = read_vttbr_el2();
    if (mine != s->vttbr) {
        write_vttbr_el2(s->vttbr);
        isb(); // the TLBIs below are for this VMID
    }
    dsb_ishst(); // the cleared entries before the TLBI
    if (count <= FLUSH_BY_IPA_MAX) {
        for (uint64_t i = 0; i < count; i++)
            __asm__ volatile("tlbi ipas2e1is, %0" ::"r"(gfn.v + i));
        dsb_ish(); // stage 2 gone before the combined entries are
        __asm__ volatile("tlbi vmalle1is");
    } else {
        __asm__ volatile("tlbi vmalls12e1is");
    }
    dsb_ish(); // completed on all CPUs before the frame is anyone else's
    isb();
    if (mine != s->vttbr) {
        write_vttbr_el2(mine);
        isb(); // back before anything runs on it
    }
}
