// SPDX-License-Identifier: Apache-2.0
// Arch contract: stage-2 tables (Arm ARM D8): 4 KiB granule, 4K/2M/1G leaves chosen by alignment,
// break-before-make inside. The caller (core/p2m.c) holds LOCK_P2M. Table pages come from the quota
// given and go with it.
#pragma once
#include <core/addr.h>
#include <core/quota.h>

// Kept in the software bits of each leaf.
enum p2m_type {
    P2M_INVALID,
    P2M_RAM, // read, write, execute
    P2M_RAM_RO,
    P2M_DEVICE,     // nGnRE, passed-through registers
    P2M_DEVICE_MEM, // normal non-cacheable: PCI windows, framebuffers
    P2M_SHARED,     // EL2's page shown to the guest (shared_info, grant frames)
    P2M_GRANT,
    P2M_GRANT_RO,
    P2M_FOREIGN,
};

// What is at a frame, and where.
struct p2m_leaf {
    enum p2m_type type; // P2M_INVALID: a hole
    mfn_t mfn;
};

struct stage2 {
    void *root; // root table(s), concatenated where the IPA size asks for it
    struct quota *quota;
    uint64_t vttbr; // VTTBR_EL2 with the VMID
    uint8_t start_level;
    uint8_t ipa_bits;
};

// Empty tables for `vmid`, root pages out of `quota`; -ENOMEM.
int stage2_init(struct stage2 *s, struct quota *quota, uint16_t vmid) must_check;
// No TLB has anything of it when this returns. No CPU runs on it.
void stage2_flush(const struct stage2 *s);
// Maps / unmaps `count` frames; -EINVAL outside the IPA space, -ENOMEM when the pool is empty.
int stage2_map(struct stage2 *s, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type t) must_check;
int stage2_unmap(struct stage2 *s, gfn_t gfn, uint64_t count) must_check;
// Puts frame `mfn` at gfn, or a hole (t = P2M_INVALID), in the place of what is there if its type
// is one of the set `over` (bit = enum p2m_type; P2M_INVALID: a hole), which *was says: one walk.
// -ENOENT: of another type; -EINVAL; -ENOMEM.
int stage2_swap(struct stage2 *s, gfn_t gfn, mfn_t mfn, enum p2m_type t, unsigned over,
                struct p2m_leaf *was) must_check;
// Type at gfn; *mfn the frame, *order the log2 frames of its leaf.
enum p2m_type stage2_lookup(const struct stage2 *s, gfn_t gfn, mfn_t *mfn, unsigned *order);
