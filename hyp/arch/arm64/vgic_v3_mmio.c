// SPDX-License-Identifier: Apache-2.0
// The virtual GICv3 (Arm IHI 0069, 12.9 to 12.11): distributor with one security state (DS = 1) and
// affinity routing always on, a redistributor of two 64 KiB frames for each vCPU, SGIs by system
// register. No LPIs. Entered from abort.c and sysreg_trap.c, no lock held; routes are changed under
// LOCK_VGIC_SPI.
#include <arm64/vgic_impl.h>
#include <core/errno.h>

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4,
    GICD_IIDR = 0x8,
    GICD_IROUTER = 0x6000,
    GICR_IIDR = 0x4,
    GICR_TYPER = 0x8,
    GICR_WAKER = 0x14,
    GICR_SGI_FRAME = 0x10000,
    GICR_SIZE = 0x20000,
    ID_REGISTERS = 0xffd0,
};
#define SGI1R_IRM BIT(40)                                      // all but self
#define SGI1R_FAR (MASK(55, 40) | MASK(39, 32) | MASK(23, 16)) // Aff3-1, RS, IRM
#define CTLR_ARE_DS 0x50u                                      // ARE, DS: read as one
#define TYPER_A3V BIT(24)                                      // Aff3 may be other than 0
#define TYPER_IDBITS (9u << 19)                                // INTIDs of 10 bits

static uint32_t affinity_of(const struct vcpu *v) {
    return (uint32_t)(FIELD(v->arch.vmpidr, 39, 32) << 24 | FIELD(v->arch.vmpidr, 23, 0));
}

// The vCPU with that affinity, NULL if there is none. vCPU numbers usually are Aff0.
static struct vcpu *by_affinity(struct domain *d, uint32_t affinity) {
    struct vcpu *v = domain_vcpu(d, affinity & 0xff);
    if (likely(v && affinity_of(v) == affinity))
        return v;
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        if (affinity_of(d->vcpu[i]) == affinity)
            return d->vcpu[i];
    return NULL;
}

static uint32_t sgi_targets(struct vcpu *v, uint64_t value) {
    uint32_t mask = 0;
    if (value & SGI1R_IRM)
        return ~(1u << v->id);
    uint32_t cluster = (uint32_t)(FIELD(value, 55, 48) << 24 | FIELD(value, 39, 32) << 16 |
                                  FIELD(value, 23, 16) << 8 | FIELD(value, 47, 44) << 4);
    for (uint32_t list = (uint32_t)FIELD(value, 15, 0); list; list &= list - 1) {
        struct vcpu *t = by_affinity(v->domain, cluster + (uint32_t)__builtin_ctz(list));
        if (t)
            mask |= 1u << t->id;
    }
    return mask;
}

static __attribute__((noinline)) enum trap_result sgi1r_far(struct vcpu *v, uint64_t value) {
    return vgic_send_v3_sgi(v, sgi_targets(v, value), (unsigned)FIELD(value, 27, 24));
}

enum trap_result vgic_sgi1r(struct vcpu *v, uint64_t value) {
    if (unlikely((value & SGI1R_FAR) || !v->domain->arch.vgic.flat))
        return sgi1r_far(v, value);
    return vgic_send_v3_sgi(v, (uint32_t)FIELD(value, 15, 0), (unsigned)FIELD(value, 27, 24));
}

static bool is_id(uint64_t offset) { return offset - ID_REGISTERS < 0x10000 - ID_REGISTERS; }

static uint64_t read_identity(const struct domain *d, uint64_t offset) {
    switch (offset) {
    case GICD_CTLR:
        return d->arch.vgic.ctlr | CTLR_ARE_DS;
    case GICD_TYPER:
        return ((d->arch.vgic.nr_irqs + 31) / 32 - 1) | TYPER_IDBITS | TYPER_A3V;
    case GICD_IIDR:
        return VGIC_IIDR;
    default: // TYPER2, STATUSR and message-based SPIs: absent
        return is_id(offset) ? vgic_read_id((uint32_t)offset, 3) : 0;
    }
}

static uint64_t read_router(const struct virq *q) {
    return (uint64_t)(q->affinity >> 24) << 32 | (q->affinity & 0xffffff) | (q->any ? BIT(31) : 0);
}

static void write_router(struct vcpu *v, struct virq *q, uint64_t mask, uint64_t value) {
    struct domain *d = v->domain;
    spin_lock(&d->arch.vgic.spi_lock);
    value = (read_router(q) & ~mask) | (value & mask);
    q->affinity = (uint32_t)(FIELD(value, 39, 32) << 24 | FIELD(value, 23, 0));
    q->any = value & BIT(31);
    // "Any" is whoever has it now.
    const struct vcpu *t = q->any ? d->vcpu[q->target] : by_affinity(d, q->affinity);
    vgic_route(d, q, t ? (uint8_t)t->id : q->target, t != NULL);
    spin_unlock(&d->arch.vgic.spi_lock);
    vgic_reconsider(v, q);
}

static bool is_router(uint64_t offset) { return offset - GICD_IROUTER < 8ULL * NR_INTIDS; }
static struct virq *routed(struct vcpu *v, uint64_t offset) {
    uint32_t id = (uint32_t)(offset - GICD_IROUTER) / 8;
    return id >= 32 ? vgic_virq(v, id) : NULL;
}

// Registers beside those of vgic_regs.c: words, and IROUTER's of eight bytes; the rest is reserved.
static bool has_size(uint64_t offset, unsigned size) {
    if (is_router(offset))
        return size >= 4;
    return size == 4 || !(offset < 0x80 || is_id(offset));
}

static __attribute__((noinline)) enum trap_result read_other(struct vcpu *v, uint64_t offset,
                                                             uint64_t *value, unsigned size) {
    if (!has_size(offset, size))
        return TRAP_INJECT;
    const struct virq *q = is_router(offset) ? routed(v, offset) : NULL;
    *value = q ? read_router(q) >> (offset & 4) * 8 : read_identity(v->domain, offset);
    return TRAP_SKIP;
}

static __attribute__((noinline)) enum trap_result write_other(struct vcpu *v, uint64_t offset,
                                                              uint64_t value, unsigned size) {
    if (!has_size(offset, size))
        return TRAP_INJECT;
    if (offset == GICD_CTLR)
        return vgic_set_groups(v, (uint32_t)value & 3);
    struct virq *q = is_router(offset) ? routed(v, offset) : NULL;
    unsigned shift = (unsigned)(offset & 4) * 8;
    if (q)
        write_router(v, q, (size == 8 ? ~0ULL : 0xffffffffULL) << shift, value << shift);
    return TRAP_SKIP;
}

// Of GICD and of a redistributor's SGI frame: vgic_regs.c has it.
static bool is_block(uint64_t offset) { return offset - 0x80 < 0x1000 - 0x80; }

static enum trap_result gicd_read(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size,
                                  const struct mmio_range *r) {
    (void)r;
    return is_block(offset) ? vgic_block_read(v, offset, value, size, 32, NR_INTIDS)
                            : read_other(v, offset, value, size);
}

static enum trap_result gicd_write(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size,
                                   const struct mmio_range *r) {
    (void)r;
    return is_block(offset) ? vgic_block_write(v, offset, value, size, 32, NR_INTIDS)
                            : write_other(v, offset, value, size);
}

static const struct vgic_layout *layout_of(const struct vcpu *v) {
    return v->domain->arch.vgic.layout;
}
static uint64_t stride(const struct vgic_layout *l) {
    return l->redist_stride ? l->redist_stride : GICR_SIZE;
}
static uint32_t room(const struct vgic_layout *l, uint32_t region) {
    return (uint32_t)(l->redist_size[region] / stride(l));
}
// Number of the first vCPU in a redistributor region.
static uint32_t first_in(const struct vgic_layout *l, uint32_t region) {
    uint32_t first = 0;
    for (uint32_t i = 0; i < region; i++)
        first += room(l, i);
    return first;
}

static uint64_t redist_typer(const struct vcpu *t, uint32_t index, uint32_t region) {
    bool last = t->id + 1 == t->domain->nr_vcpus || index + 1 == room(layout_of(t), region);
    return (uint64_t)affinity_of(t) << 32 | (uint64_t)t->id << 8 | (last ? BIT(4) : 0);
}

// RD frame.
static bool is_typer(uint64_t offset) { return offset - GICR_TYPER < 8; }
static bool rd_has_size(uint64_t offset, unsigned size) {
    bool lpi = offset - 0x40 < 0x80; // SETLPIR to INVALLR: 64-bit registers, no LPIs here
    return size == 4 || (size == 8 && (is_typer(offset) || lpi));
}
static uint64_t rd_read(const struct vcpu *t, uint64_t offset) {
    if (offset == GICR_IIDR)
        return VGIC_IIDR;
    if (offset == GICR_WAKER)
        return t->arch.vgic.waker;
    return offset >= ID_REGISTERS ? vgic_read_id((uint32_t)offset, 3) : 0;
}

// The vCPU of a redistributor, NULL in a hole of the region; *index: its place there.
static struct vcpu *redist(struct vcpu *v, uint64_t offset, uint32_t region, uint32_t *index) {
    const struct vgic_layout *l = layout_of(v);
    *index = (uint32_t)(offset / stride(l));
    return *index < room(l, region) ? domain_vcpu(v->domain, first_in(l, region) + *index) : NULL;
}

// Another vCPU's redistributor, or the RD frame.
static __attribute__((noinline)) enum trap_result
gicr_read_other(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size, uint32_t region) {
    uint32_t index;
    struct vcpu *t = redist(v, offset, region, &index);
    offset %= stride(layout_of(v));
    if (t && is_block(offset - GICR_SGI_FRAME))
        return vgic_block_read(t, offset - GICR_SGI_FRAME, value, size, 0, 32);
    if (!t || offset >= GICR_SGI_FRAME)
        return TRAP_SKIP;
    if (!rd_has_size(offset, size))
        return TRAP_INJECT;
    *value =
        is_typer(offset) ? redist_typer(t, index, region) >> (offset & 4) * 8 : rd_read(t, offset);
    return TRAP_SKIP;
}

static __attribute__((noinline)) enum trap_result
gicr_write_other(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size, uint32_t region) {
    uint32_t index;
    struct vcpu *t = redist(v, offset, region, &index);
    offset %= stride(layout_of(v));
    if (t && is_block(offset - GICR_SGI_FRAME))
        return vgic_block_write(t, offset - GICR_SGI_FRAME, value, size, 0, 32);
    if (!t || offset >= GICR_SGI_FRAME)
        return TRAP_SKIP;
    if (!rd_has_size(offset, size))
        return TRAP_INJECT;
    if (offset == GICR_WAKER) // ChildrenAsleep follows ProcessorSleep at once
        t->arch.vgic.waker = value & 2 ? 6 : 0;
    return TRAP_SKIP;
}

// Offset in the vCPU's own SGI frame, which is what is written while running.
static uint64_t in_own_frame(const struct vcpu *v, uint64_t offset, const struct mmio_range *r) {
    return r->base + offset - v->arch.vgic.redist_base - GICR_SGI_FRAME;
}

static enum trap_result gicr_read(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size,
                                  const struct mmio_range *r) {
    uint64_t own = in_own_frame(v, offset, r);
    return likely(is_block(own)) ? vgic_block_read(v, own, value, size, 0, 32)
                                 : gicr_read_other(v, offset, value, size, r->nr);
}

static enum trap_result gicr_write(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size,
                                   const struct mmio_range *r) {
    uint64_t own = in_own_frame(v, offset, r);
    return likely(is_block(own)) ? vgic_block_write(v, own, value, size, 0, 32)
                                 : gicr_write_other(v, offset, value, size, r->nr);
}

int vgic_v3_create(struct domain *d) {
    const struct vgic_layout *l = d->arch.vgic.layout;
    int err =
        mmio_add(d, (struct mmio_range){l->dist_base, l->dist_size, gicd_read, gicd_write, 0});
    for (uint32_t i = 0; !err && i < l->nr_redist; i++)
        err = mmio_add(
            d, (struct mmio_range){l->redist_base[i], l->redist_size[i], gicr_read, gicr_write, i});
    return err;
}

int vgic_v3_vcpu_create(struct vcpu *v) {
    const struct vgic_layout *l = layout_of(v);
    v->domain->arch.vgic.flat =
        (v->id == 0 || v->domain->arch.vgic.flat) && affinity_of(v) == v->id;
    for (uint32_t i = 0; i < l->nr_redist; i++) {
        uint32_t first = first_in(l, i);
        if (v->id - first >= room(l, i))
            continue;
        v->arch.vgic.redist_base = l->redist_base[i] + (v->id - first) * stride(l);
        return 0;
    }
    return fail(-ENOSPC);
}
