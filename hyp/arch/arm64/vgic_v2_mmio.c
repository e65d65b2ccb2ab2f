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
        return 0;
    }
}

static __attribute__((noinline)) enum trap_result identity(struct vcpu *v, struct mmio_access *a) {
    if (a->size != 4)
        return TRAP_INJECT;
    if (!a->write)
        a->value = read_identity(v->domain, a->offset);
    else if (a->offset == GICD_CTLR)
        return vgic_set_groups(v, (uint32_t)a->value & 3);
    return TRAP_DONE;
}

static void set_targets(struct vcpu *v, uint32_t id, uint8_t mask) {
    struct domain *d = v->domain;
    struct virq *q = vgic_virq(v, id);
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

static __attribute__((noinline)) enum trap_result targets(struct vcpu *v, struct mmio_access *a) {
    uint32_t id = (uint32_t)a->offset - 0x800;
    if (a->size != 1 && a->size != 4)
        return TRAP_INJECT;
    if (!a->write)
        a->value = 0;
    for (uint32_t i = 0; i < a->size; i++) {
        if (a->write) {
            if (id + i >= 32)
                set_targets(v, id + i, (uint8_t)(a->value >> 8 * i));
        } else if (id + i < 32) {
            a->value |= BIT(v->id) << 8 * i; // how a CPU finds its own number
        } else {
            const struct virq *q = vgic_virq(v, id + i);
            a->value |= q ? (uint64_t)q->affinity << 8 * i : 0;
        }
    }
    return TRAP_DONE;
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
        return TRAP_DONE; // reserved
    }
    return vgic_send_v2_sgi(v, mask, value & 15);
}

// After GICD_SGIR (write-only) a byte of source CPUs for each SGI: CPENDSGIR, SPENDSGIR.
static __attribute__((noinline)) enum trap_result sgi(struct vcpu *v, struct mmio_access *a) {
    uint32_t offset = (uint32_t)a->offset & 0x7f;
    bool bytes = offset >= 0x10 && offset < 0x30;
    if (a->size != 4 && !(bytes && a->size == 1))
        return TRAP_INJECT;
    if (!a->write)
        a->value = 0;
    for (uint32_t i = 0; bytes && i < a->size; i++) {
        struct virq *q = &v->arch.vgic.priv[(offset & 15) + i];
        uint8_t mask = (uint8_t)((a->value >> 8 * i) & ((1u << v->domain->nr_vcpus) - 1));
        if (!a->write)
            a->value |= (uint64_t)vgic_get_sources(v, q) << 8 * i;
        else if (mask)
            vgic_set_sources(v, q, mask, offset >= 0x20);
    }
    return TRAP_DONE;
}

static enum trap_result gicd(struct vcpu *v, struct mmio_access *a, void *arg) {
    (void)arg;
    uint64_t row = a->offset / 128;
    if (a->offset == GICD_SGIR && a->write && a->size == 4) // by far the most frequent
        return sgir(v, (uint32_t)a->value);
    if (row == 0)
        return identity(v, a);
    if (row == ROW_SGIR)
        return sgi(v, a);
    if (row >= ROW_ITARGETSR && row < 24)
        return targets(v, a);
    if (row < ROW_SGIR)
        return vgic_block_access(v, a, 0, NR_INTIDS);
    if (row == ROW_ID && a->size != 4)
        return TRAP_INJECT;
    if (!a->write)
        a->value = row == ROW_ID ? vgic_read_id((uint32_t)a->offset, 2) : 0;
    return TRAP_DONE;
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
    int err = mmio_add(d, ipa_of(l->dist_base), l->dist_size, gicd, NULL);
    return err || d->privileged ? err : map_cpu_interface(d, l); // Dom0's builder maps its own
}
