// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: physdev_op(cmd, arg). On arm64 only the announcements of
// PCI devices occur; of the calls of x86 there are only the numbers here. Data
// and numbers only, nothing to call.
#pragma once

#include "xen.h"

#define PHYSDEVOP_irq_status_query 5U
#define PHYSDEVOP_set_iopl 6U
#define PHYSDEVOP_set_iobitmap 7U
#define PHYSDEVOP_apic_read 8U
#define PHYSDEVOP_apic_write 9U
#define PHYSDEVOP_alloc_irq_vector 10U
#define PHYSDEVOP_free_irq_vector 11U
#define PHYSDEVOP_eoi 12U
#define PHYSDEVOP_map_pirq 13U
#define PHYSDEVOP_unmap_pirq 14U
#define PHYSDEVOP_manage_pci_add 15U
#define PHYSDEVOP_manage_pci_remove 16U
#define PHYSDEVOP_pirq_eoi_gmfn_v1 17U
#define PHYSDEVOP_restore_msi 19U
#define PHYSDEVOP_manage_pci_add_ext 20U
#define PHYSDEVOP_setup_gsi 21U
#define PHYSDEVOP_get_free_pirq 23U
#define PHYSDEVOP_pci_mmcfg_reserved 24U
#define PHYSDEVOP_pci_device_add 25U
#define PHYSDEVOP_pci_device_remove 26U
#define PHYSDEVOP_restore_msi_ext 27U
#define PHYSDEVOP_pirq_eoi_gmfn_v2 28U
#define PHYSDEVOP_dbgp_op 29U
#define PHYSDEVOP_prepare_msix 30U
#define PHYSDEVOP_release_msix 31U

/** manage_pci_add, manage_pci_remove. */
struct physdev_manage_pci {
    uint8_t bus;
    uint8_t devfn;
};
XEN_ABI_SIZE(struct physdev_manage_pci, 2);
XEN_ABI_OFFSET(struct physdev_manage_pci, devfn, 1);

#define XEN_PCI_MMCFG_RESERVED 0x1U

/** pci_mmcfg_reserved: a window of ECAM. */
struct physdev_pci_mmcfg_reserved {
    uint64_t address;
    uint16_t segment;
    uint8_t start_bus;
    uint8_t end_bus;
    uint32_t flags;
};
XEN_ABI_SIZE(struct physdev_pci_mmcfg_reserved, 16);
XEN_ABI_OFFSET(struct physdev_pci_mmcfg_reserved, flags, 12);

#define XEN_PCI_DEV_EXTFN 0x1U
#define XEN_PCI_DEV_VIRTFN 0x2U
#define XEN_PCI_DEV_PXM 0x4U

/** pci_device_add. */
struct physdev_pci_device_add {
    uint16_t seg;
    uint8_t bus;
    uint8_t devfn;
    uint32_t flags; // XEN_PCI_DEV_*
    struct {
        uint8_t bus;
        uint8_t devfn;
    } physfn; // only with VIRTFN
    uint16_t _pad0;
    uint32_t optarr[]; // with PXM: one word, the proximity domain
};
XEN_ABI_SIZE(struct physdev_pci_device_add, 12);
XEN_ABI_OFFSET(struct physdev_pci_device_add, optarr, 12);

/** pci_device_remove, restore_msi_ext, prepare_msix, release_msix. */
struct physdev_pci_device {
    uint16_t seg;
    uint8_t bus;
    uint8_t devfn;
};
XEN_ABI_SIZE(struct physdev_pci_device, 4);
XEN_ABI_OFFSET(struct physdev_pci_device, devfn, 3);
