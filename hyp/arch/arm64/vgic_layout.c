// SPDX-License-Identifier: Apache-2.0
// Where domains see their interrupt controller: one whose addresses are the machine's where the
// host's is, so that a device tree made from the host's is true; others where Xen has it. Pure:
// the host tool writes guests' device trees by it. Written at boot, const afterwards.
#include <arm64/vgic.h>
#include <xen/arch-arm.h>

struct vgic_layout vgic_host_layout;

const struct vgic_layout *vgic_layout_for(bool host) {
    static struct vgic_layout guest;
    const struct vgic_layout *h = &vgic_host_layout;
    if (host)
        return h;
    guest = (struct vgic_layout){.version = h->version};
    if (h->version == 3) {
        guest.dist_base = GUEST_GICV3_GICD_BASE, guest.dist_size = GUEST_GICV3_GICD_SIZE;
        guest.redist_base[0] = GUEST_GICV3_GICR0_BASE;
        guest.redist_size[0] = GUEST_GICV3_GICR0_SIZE;
        guest.nr_redist = GUEST_GICV3_RDIST_REGIONS;
    } else {
        guest.dist_base = GUEST_GICD_BASE, guest.dist_size = GUEST_GICD_SIZE;
        guest.cpu_base = GUEST_GICC_BASE, guest.cpu_size = GUEST_GICC_SIZE;
        guest.vcpu_base = h->vcpu_base, guest.vcpu_size = h->vcpu_size;
    }
    return &guest;
}
