// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI, the arm64 part: calling convention, guest handle, vCPU
// context, domain configuration and the memory map that the toolstack builds
// guests with. For the hypervisor, guests and user space alike; data and
// numbers only, nothing to call.
#pragma once

#include "layout.h"

// HVC immediate that makes a trap a hypercall. Number in x16, arguments in
// x0..x4, result in x0. x16 of a 32-bit guest is r12.
#define XEN_HYPERCALL_TAG 0xEA1

typedef uint64_t xen_pfn_t;
typedef uint64_t xen_ulong_t;
typedef uint64_t xen_callback_t;

/**
 * Guest virtual address as a field in memory: 64 bits for 32-bit guests too.
 * A structure, so that nothing can dereference it or pass it off as a pointer.
 */
typedef struct {
    _Alignas(8) uint64_t q;
} xen_guest_handle_t;
XEN_ABI_SIZE(xen_guest_handle_t, 8);

// vCPUs whose vcpu_info lives in shared_info; every other one registers its own.
#define XEN_LEGACY_MAX_VCPUS 1

/** General registers. A 32-bit guest's are where the Arm ARM maps R0-R14 and their banks to X0-X30.
 */
struct vcpu_guest_core_regs {
    uint64_t x0, x1, x2, x3, x4, x5, x6, x7;
    uint64_t x8, x9, x10, x11, x12, x13, x14, x15;
    uint64_t x16, x17, x18, x19, x20, x21, x22, x23;
    uint64_t x24, x25, x26, x27, x28, x29, x30;
    uint64_t pc64;
    uint64_t cpsr;
    union {
        uint64_t spsr_el1;
        uint32_t spsr_svc;
    };
    uint32_t spsr_fiq, spsr_irq, spsr_und, spsr_abt; // 32-bit guests
    uint64_t sp_el0;                                 // 64-bit guests
    uint64_t sp_el1, elr_el1;
};
XEN_ABI_SIZE(struct vcpu_guest_core_regs, 312);
XEN_ABI_OFFSET(struct vcpu_guest_core_regs, elr_el1, 304);

#define _VGCF_online 0
#define VGCF_online (1U << _VGCF_online)

/** What setvcpucontext and getvcpucontext carry. */
struct vcpu_guest_context {
    uint32_t flags; // VGCF_*
    uint32_t _pad0;
    struct vcpu_guest_core_regs user_regs;
    uint64_t sctlr;
    uint64_t ttbcr, ttbr0, ttbr1;
};
XEN_ABI_SIZE(struct vcpu_guest_context, 352);
XEN_ABI_OFFSET(struct vcpu_guest_context, user_regs, 8);
XEN_ABI_OFFSET(struct vcpu_guest_context, ttbr1, 344);

#define XEN_DOMCTL_CONFIG_GIC_NATIVE 0U
#define XEN_DOMCTL_CONFIG_GIC_V2 1U
#define XEN_DOMCTL_CONFIG_GIC_V3 2U

#define XEN_DOMCTL_CONFIG_TEE_NONE 0U
#define XEN_DOMCTL_CONFIG_TEE_OPTEE 1U

/** Arm's part of createdomain and getdomaininfo. */
struct xen_arch_domainconfig {
    uint8_t gic_version; // in and out: NATIVE comes back as V2 or V3
    uint8_t _pad0;
    uint16_t tee_type;
    uint32_t nr_spis;
    uint32_t clock_frequency; // out, Hz: only if the host's timer node overrides CNTFRQ, else 0
};
XEN_ABI_SIZE(struct xen_arch_domainconfig, 12);
XEN_ABI_OFFSET(struct xen_arch_domainconfig, tee_type, 2);
XEN_ABI_OFFSET(struct xen_arch_domainconfig, clock_frequency, 8);

// arch_vcpu_info and arch_shared_info are empty on Arm: they have no type here
// because standard C has no empty structure.

// PSR (CPSR, SPSR) bits.
#define PSR_THUMB (1U << 5)
#define PSR_FIQ_MASK (1U << 6)
#define PSR_IRQ_MASK (1U << 7)
#define PSR_ABT_MASK (1U << 8)
#define PSR_BIG_ENDIAN (1U << 9) // AArch32
#define PSR_DBG_MASK (1U << 9)   // AArch64
#define PSR_IT_MASK 0x0600fc00U
#define PSR_JAZELLE (1U << 24)
#define PSR_Z (1U << 30)

#define PSR_MODE_USR 0x10U
#define PSR_MODE_FIQ 0x11U
#define PSR_MODE_IRQ 0x12U
#define PSR_MODE_SVC 0x13U
#define PSR_MODE_MON 0x16U
#define PSR_MODE_ABT 0x17U
#define PSR_MODE_HYP 0x1aU
#define PSR_MODE_UND 0x1bU
#define PSR_MODE_SYS 0x1fU

// Eight digits and no suffix, as in Linux's <asm/ptrace.h>: a program may include both.
#define PSR_MODE_BIT 0x10U // set: AArch32
#define PSR_MODE_EL3h 0x0000000d
#define PSR_MODE_EL3t 0x0000000c
#define PSR_MODE_EL2h 0x00000009
#define PSR_MODE_EL2t 0x00000008
#define PSR_MODE_EL1h 0x00000005
#define PSR_MODE_EL1t 0x00000004
#define PSR_MODE_EL0t 0x00000000

// State of a vCPU that nobody has given a context. Z is set for old 32-bit
// kernels, whose first words do nothing only under a condition that Z decides.
#define PSR_GUEST32_INIT (PSR_Z | PSR_ABT_MASK | PSR_FIQ_MASK | PSR_IRQ_MASK | PSR_MODE_SVC)
#define PSR_GUEST64_INIT (PSR_ABT_MASK | PSR_FIQ_MASK | PSR_IRQ_MASK | PSR_MODE_EL1h)
#define SCTLR_GUEST_INIT 0x00c50078ULL

// Guest physical memory map, fixed between toolstack and hypervisor. A guest
// learns it from its device tree and must not rely on these numbers.
#define GUEST_VIRTIO_MMIO_BASE 0x02000000ULL
#define GUEST_VIRTIO_MMIO_SIZE 0x00100000ULL

#define GUEST_GICD_BASE 0x03001000ULL // GICv2
#define GUEST_GICD_SIZE 0x00001000ULL
#define GUEST_GICC_BASE 0x03002000ULL
#define GUEST_GICC_SIZE 0x00002000ULL

#define GUEST_GICV3_GICD_BASE 0x03001000ULL
#define GUEST_GICV3_GICD_SIZE 0x00010000ULL
#define GUEST_GICV3_RDIST_REGIONS 1
#define GUEST_GICV3_GICR0_BASE 0x03020000ULL // 128 redistributors of 128 KiB
#define GUEST_GICV3_GICR0_SIZE 0x01000000ULL

#define GUEST_VPCI_ECAM_BASE 0x10000000ULL
#define GUEST_VPCI_ECAM_SIZE 0x10000000ULL

#define GUEST_ACPI_BASE 0x20000000ULL
#define GUEST_ACPI_SIZE 0x02000000ULL

#define GUEST_PL011_BASE 0x22000000ULL
#define GUEST_PL011_SIZE 0x00001000ULL

#define GUEST_VPCI_ADDR_TYPE_MEM 0x02000000ULL
#define GUEST_VPCI_MEM_ADDR 0x23000000ULL
#define GUEST_VPCI_MEM_SIZE 0x10000000ULL

#define GUEST_GNTTAB_BASE 0x38000000ULL
#define GUEST_GNTTAB_SIZE 0x01000000ULL

#define GUEST_MAGIC_BASE 0x39000000ULL // console, store, monitor ring, vuart: a page each
#define GUEST_MAGIC_SIZE 0x01000000ULL

#define GUEST_RAM_BANKS 2
#define GUEST_RAM0_BASE 0x40000000ULL
#define GUEST_RAM0_SIZE 0xc0000000ULL
#define GUEST_RAM1_BASE 0x0200000000ULL
#define GUEST_RAM1_SIZE 0xfe00000000ULL
#define GUEST_RAM_BASE GUEST_RAM0_BASE
#define GUEST_RAM_MAX (GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)

#define GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM 0x42000000ULL
#define GUEST_VPCI_PREFETCH_MEM_ADDR 0x100000000ULL
#define GUEST_VPCI_PREFETCH_MEM_SIZE 0x100000000ULL

#define GUEST_MAX_VCPUS 128

// Interrupt ids (INTID), not device-tree cells.
#define GUEST_TIMER_VIRT_PPI 27
#define GUEST_TIMER_PHYS_S_PPI 29
#define GUEST_TIMER_PHYS_NS_PPI 30
#define GUEST_EVTCHN_PPI 31
#define GUEST_VPL011_SPI 32
#define GUEST_VIRTIO_MMIO_SPI_FIRST 33
#define GUEST_VIRTIO_MMIO_SPI_LAST 43

// PSCI 0.1 function ids, as the guest's /psci node names them.
#define PSCI_cpu_suspend 0U
#define PSCI_cpu_off 1U
#define PSCI_cpu_on 2U
#define PSCI_migrate 3U
