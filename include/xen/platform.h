// SPDX-License-Identifier: MIT
// Xen 4.17 public ABI: platform_op(arg), for the hardware domain. On arm64 only
// settime64 occurs; of the other calls there are only the numbers here. Data
// and numbers only, nothing to call.
#pragma once

#include "xen.h"

#define XENPF_INTERFACE_VERSION 0x03000001U

#define XENPF_settime32 17U
#define XENPF_add_memtype 31U
#define XENPF_del_memtype 32U
#define XENPF_read_memtype 33U
#define XENPF_microcode_update 35U
#define XENPF_platform_quirk 39U
#define XENPF_get_cpu_version 48U
#define XENPF_efi_runtime_call 49U
#define XENPF_firmware_info 50U
#define XENPF_enter_acpi_sleep 51U
#define XENPF_change_freq 52U
#define XENPF_getidletime 53U
#define XENPF_set_processor_pminfo 54U
#define XENPF_get_cpuinfo 55U
#define XENPF_cpu_online 56U
#define XENPF_cpu_offline 57U
#define XENPF_cpu_hotadd 58U
#define XENPF_mem_hotadd 59U
#define XENPF_core_parking 60U
#define XENPF_resource_op 61U
#define XENPF_settime64 62U
#define XENPF_settime XENPF_settime64
#define XENPF_get_symbol 63U

/** settime32: the wall clock at a moment of system time. */
struct xenpf_settime32 {
    uint32_t secs;
    uint32_t nsecs;
    uint64_t system_time; // ns
};
XEN_ABI_SIZE(struct xenpf_settime32, 16);
XEN_ABI_OFFSET(struct xenpf_settime32, system_time, 8);

/** settime64: the same without the overflow of 2106. */
struct xenpf_settime64 {
    uint64_t secs;
    uint32_t nsecs;
    uint32_t mbz;
    uint64_t system_time; // ns
};
XEN_ABI_SIZE(struct xenpf_settime64, 24);
XEN_ABI_OFFSET(struct xenpf_settime64, system_time, 16);

/** cpu_online, cpu_offline. */
struct xenpf_cpu_ol {
    uint32_t cpuid;
};
XEN_ABI_SIZE(struct xenpf_cpu_ol, 4);

/** Argument of every platform_op. */
struct xen_platform_op {
    uint32_t cmd;               // XENPF_*
    uint32_t interface_version; // XENPF_INTERFACE_VERSION
    union {
        struct xenpf_settime64 settime;
        struct xenpf_settime32 settime32;
        struct xenpf_settime64 settime64;
        struct xenpf_cpu_ol cpu_ol;
        uint8_t pad[128];
    } u;
};
XEN_ABI_SIZE(struct xen_platform_op, 136);
XEN_ABI_OFFSET(struct xen_platform_op, u, 8);
