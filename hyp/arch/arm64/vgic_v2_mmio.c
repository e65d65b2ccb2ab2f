// SPDX-License-Identifier: Apache-2.0
// The virtual GICv2 distributor (Arm IHI 0048B, 4.3), without Security Extensions: group 0 and 1.
// The guest's GICC is the hardware's GICV. Entered from abort.c,
// no lock held. Owns nothing; routes are changed under LOCK_VGIC_SPI. Worst case: a word of four
// routes.
#include <arch/stage2.h>
#include <arm64/vgic_impl.h>

enum { GICD_CTLR = 0x0, GICD_TYPER = 0x4, GICD_IIDR = 0x8, GICD_SGIR = 0xf00 };
enum { ROW_ITARGETSR = 0x800 / 128, ROW_SGIR = 0xf00 / 128, ROW_ID = 0xf80 / 128 };

static uint64_t read_identity(const struct domain *d, uint64_t offset) {
    switch (offset) {
    case GICD_CTLR:
        return d->arch.vgic.ctlr;
    case GICD_TYPER:
        return (d->arch.vgic.nr_irqs + 31) / 32 - 1 + ((d->nr_vcpus - 1) << 5);
    case GICD_IIDR:
        return VGIC_IIDR;
    default:
        return offset / 128 == ROW_ID ? vgic_read_id((uint32_t)offset, 2) : 0;
    }
}

static bool is_targets(uint64_t row) { return row >= ROW_ITARGETSR && row < 24; }

static void set_targets(struct vcpu *v, uint32_t id, uint8_t mask) {
    struct domain *d = v->domain;
    struct virq *q = id >= 32 ? vgic_virq(v, id) : NULL;
    if (!q)
        return;
    mask &= (uint8_t)((1u << d->nr_vcpus) - 1);
    spin_lock(&d->arch.vgic.spi_lock);
    q->affinity = mask;
    // Of several the first takes it.
    vgic_route(d, q, mask ? (uint8_t)__builtin_ctz(mask) : q->target, mask != 0);
    spin_unlock(&d->arch.vgic.spi_lock);
    vgic_reconsider(v, q);
}

static uint64_t get_targets(struct vcpu *v, uint32_t id) {
    if (id < 32)
        return BIT(v->id); // how a CPU finds its own number
    const struct virq *q = vgic_virq(v, id);
    return q ? q->affinity : 0;
}

static enum trap_result sgir(struct vcpu *v, uint32_t value) {
    uint32_t self = 1u << v->id, mask;
    switch (FIELD(value, 25, 24)) {
    case 0:
        mask = (uint32_t)FIELD(value, 23, 16);
        break;
    case 1:
        mask = ~self;
        break;
    case 2:
        mask = self;
        break;
    default:
        return TRAP_SKIP; // reserved
    }
    return vgic_send_v2_sgi(v, mask, value & 15);
}

// After GICD_SGIR (write-only) a byte of source CPUs for each SGI: CPENDSGIR, SPENDSGIR.
static bool is_sources(uint64_t offset) { return (offset & 0x7f) - 0x10 < 0x20; }

static void set_sources(struct vcpu *v, uint64_t sgi, uint8_t mask, bool on) {
    mask &= (uint8_t)((1u << v->domain->nr_vcpus) - 1);
    if (mask)
        vgic_set_sources(v, &v->arch.vgic.priv[sgi], mask, on);
}

// Rows beside those of vgic_regs.c: of bytes, or of words.
static bool has_bytes(uint64_t offset) {
    uint64_t row = offset / 128;
    return is_targets(row) || (row == ROW_SGIR && is_sources(offset));
}
static bool has_size(uint64_t offset, unsigned size) {
    return size == 4 || (size == 1 && has_bytes(offset)) || offset / 128 > ROW_ID;
}

static __attribute__((noinline)) enum trap_result read_bytes(struct vcpu *v, uint64_t offset,
                                                             uint64_t *value, unsigned size) {
    for (uint32_t i = 0; i < size; i++) {
        uint64_t mask = is_targets(offset / 128)
                            ? get_targets(v, (uint32_t)offset - 0x800 + i)
                            : vgic_get_sources(v, &v->arch.vgic.priv[(offset & 15) + i]);
        *value |= mask << 8 * i;
    }
    return TRAP_SKIP;
}

static __attribute__((noinline)) enum trap_result read_other(struct vcpu *v, uint64_t offset,
                                                             uint64_t *value, unsigned size) {
    if (!has_size(offset, size))
        return TRAP_INJECT;
    if (has_bytes(offset))
        return read_bytes(v, offset, value, size);
    *value = read_identity(v->domain, offset);
    return TRAP_SKIP;
}

static __attribute__((noinline)) enum trap_result write_other(struct vcpu *v, uint64_t offset,
                                                              uint64_t value, unsigned size) {
    if (!has_size(offset, size))
        return TRAP_INJECT;
    if (offset == GICD_CTLR)
        return vgic_set_groups(v, (uint32_t)value & 3);
    for (uint32_t i = 0; i < size && has_bytes(offset); i++) {
        uint8_t mask = (uint8_t)(value >> 8 * i);
        if (is_targets(offset / 128))
            set_targets(v, (uint32_t)offset - 0x800 + i, mask);
        else
            set_sources(v, (offset & 15) + i, mask, offset & 0x20);
    }
    return TRAP_SKIP;
}

static bool is_block(uint64_t offset) {
    uint64_t row = offset / 128;
    return row > 0 && row < ROW_SGIR && !is_targets(row);
}

static enum trap_result gicd_read(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size,
                                  const struct mmio_range *r) {
    (void)r;
    return is_block(offset) ? vgic_block_read(v, offset, value, size, 0, NR_INTIDS)
                            : read_other(v, offset, value, size);
}

static enum trap_result gicd_write(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size,
                                   const struct mmio_range *r) {
    (void)r;
    if (offset == GICD_SGIR && size == 4) // by far the most frequent
        return sgir(v, (uint32_t)value);
    return is_block(offset) ? vgic_block_write(v, offset, value, size, 0, NR_INTIDS)
                            : write_other(v, offset, value, size);
}

// GICV, its second page where 64 KiB frames have it.
static int map_cpu_interface(struct domain *d, const struct vgic_layout *l) {
    uint64_t second = l->vcpu_size > 2 * PAGE_SIZE ? 0x10000 : PAGE_SIZE;
    gfn_t gfn = ipa_gfn(ipa_of(l->cpu_base));
    int err = stage2_map(&d->p2m.s2, gfn, pa_mfn(pa_of(l->vcpu_base)), 1, P2M_DEVICE);
    return err ? err
               : stage2_map(&d->p2m.s2, gfn_add(gfn, 1), pa_mfn(pa_of(l->vcpu_base + second)), 1,
                            P2M_DEVICE);
}

int vgic_v2_create(struct domain *d) {
    const struct vgic_layout *l = d->arch.vgic.layout;
    int err =
        mmio_add(d, (struct mmio_range){l->dist_base, l->dist_size, gicd_read, gicd_write, 0});
    return err || d->privileged ? err : map_cpu_interface(d, l); // Dom0's builder maps its own
}
