// SPDX-License-Identifier: Apache-2.0
// Arch contract: EL2's own stage-1 map. EL2's image and heap are mapped 1:1 (VA = PA); guest RAM is
// not mapped at all: it is touched through windows or pinned maps, and through nothing else.
#pragma once
#include <core/addr.h>

struct domain;

enum window { WINDOW_A, WINDOW_B, WINDOW_COUNT };

// Opens this CPU's window on the frame; the pointer is to its first byte, valid until window_close
// or the next open of the same window. The caller holds a reference on the frame. Bounded, no lock.
void *window_open(enum window w, mfn_t frame);
void window_close(enum window w);

// The same for vCPUs, arch/guest.h's own: a window stays open while its vCPU is anywhere.
#define WINDOWS_PER_VCPU 3
#define VCPU_WINDOWS (MAX_DOMAINS * MAX_VCPUS * WINDOWS_PER_VCPU)
void *vcpu_window_open(unsigned n, mfn_t frame);
void vcpu_window_close(unsigned n);

// Maps one frame of RAM for long (shared pages that hot paths touch: vcpu_info, event arrays).
// NULL when the area is full. The caller keeps a reference on the frame while it is mapped.
void *map_pinned(mfn_t frame);
void unmap_pinned(void *va);

// Maps `size` bytes of device registers (nGnRE, never executable). Boot only; NULL when full.
void *map_device(pa_t base, uint64_t size);

// Boot only: maps RAM [base, base+size) cacheable 1:1 for the loaders; dropped by map_drop_boot().
int map_boot_ram(pa_t base, uint64_t size) must_check;
void map_drop_boot(void);
// Maps RAM that is EL2's for good (heap, frame table), 1:1. Boot only.
int map_el2_ram(pa_t base, uint64_t size) must_check;

// Maps 2 MiB of RAM from `first` (aligned), 1:1, as EL2's own while it holds a domain's objects.
// NULL when the tables are used up. unmap: all CPUs have let go of it when it returns. Take
// LOCK_MAP.
void *map_el2_block(mfn_t first);
void unmap_el2_block(void *va);

// EL2-owned memory (image, heap, frame table) is identity-mapped.
static inline pa_t va_pa(const void *va) { return (pa_t){(uint64_t)(uintptr_t)va}; }
static inline void *pa_va(pa_t pa) { return (void *)(uintptr_t)pa.v; }
