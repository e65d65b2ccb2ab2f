// SPDX-License-Identifier: Apache-2.0
// TLB maintenance (R18). Each function completes before it returns.
#pragma once
#include <core/addr.h>
#include <core/types.h>

struct stage2;

// EL2's own translation of the page at va: this CPU / all CPUs / everything.
void tlb_flush_el2_local(uint64_t va);
void tlb_flush_el2(uint64_t va);
void tlb_flush_el2_all(void);
// Every guest's translations on this CPU.
void tlb_flush_guests_local(void);
// The current VMID's translations by stage 1, on this CPU.
void tlb_flush_guest_local(void);
// A guest's translations of `count` frames from gfn, on all CPUs.
void tlb_flush_stage2(const struct stage2 *s, gfn_t gfn, uint64_t count);
