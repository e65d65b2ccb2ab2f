// SPDX-License-Identifier: Apache-2.0
// xen_version (xen/version.h): what the hypervisor says it is. 4.17 is the release whose interface
// is spoken; tools look up their libraries by it. Constant time but for copying at most 1 KiB out.
#include "version.h"
#include <core/build.h>
#include <xen/features.h>
#include <xen/version.h>

// Copies a string into a zeroed buffer of the whole ABI size and that to the guest (R3).
static int64_t write_text(guest_ptr_t dst, const char *text, size_t size) {
    char buf[1024];
    memset(buf, 0, sizeof(buf));
    strlcpy(buf, text, size);
    return guest_write(dst, buf, size);
}

static int64_t write_compile_info(guest_ptr_t dst) {
    struct xen_compile_info info;
    memset(&info, 0, sizeof(info));
    strlcpy(info.compiler, COMPILER, sizeof(info.compiler));
    strlcpy(info.compile_by, COMPILE_BY, sizeof(info.compile_by));
    strlcpy(info.compile_domain, COMPILE_DOMAIN, sizeof(info.compile_domain));
    strlcpy(info.compile_date, COMPILE_DATE, sizeof(info.compile_date));
    return guest_write(dst, &info, sizeof(info));
}

size_t version_changeset(char *text, size_t size) {
    static const char digit[] = "0123456789abcdef";
    size_t len = 0;
    for (size_t i = 0; i < build_id_len && len + 2 < size; i++) {
        text[len++] = digit[build_id[i] >> 4];
        text[len++] = digit[build_id[i] & 15];
    }
    text[len] = 0;
    return len;
}

static int64_t write_changeset(guest_ptr_t dst) {
    char text[64];
    memset(text, 0, sizeof(text));
    (void)version_changeset(text, sizeof(text));
    return guest_write(dst, text, sizeof(text));
}

static int64_t get_features(struct vcpu *v, guest_ptr_t arg) {
    const struct domain *d = v->domain;
    struct xen_feature_info info;
    int err = guest_read(&info, arg, sizeof(info));
    if (err)
        return err;
    if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
        return fail(-EINVAL);
    info.submap = 1U << XENFEAT_writable_page_tables | 1U << XENFEAT_auto_translated_physmap |
                  1U << XENFEAT_memory_op_vnode_supported | 1U << XENFEAT_ARM_SMCCC_supported;
    info.submap |= d->direct_mapped ? 1U << XENFEAT_direct_mapped : 1U << XENFEAT_not_direct_mapped;
    if (d->privileged)
        info.submap |= 1U << XENFEAT_dom0;
    return guest_write(arg, &info, sizeof(info));
}

static int64_t get_build_id(struct vcpu *v, guest_ptr_t arg) {
    int err = xsm_check(v->domain, v->domain, XSM_PRIVILEGED);
    if (err)
        return err;
    if (!arg.v)
        return build_id_len;
    uint32_t len;
    err = guest_read(&len, arg, sizeof(len));
    if (err)
        return err;
    if (len == 0)
        return fail(-EINVAL);
    if (len < build_id_len)
        return fail(-ENOBUFS);
    err = guest_write(guest_ptr_add(arg, sizeof(len)), build_id, build_id_len);
    return err ? err : (int64_t)build_id_len;
}

static int64_t version_strings(struct vcpu *v, uint32_t cmd, guest_ptr_t arg) {
    bool denied = xsm_check(v->domain, v->domain, XSM_PRIVILEGED) != 0;
    switch (cmd) {
    case XENVER_extraversion:
        return write_text(arg, VERSION_EXTRA, 16);
    case XENVER_capabilities:
        return write_text(arg, "xen-3.0-aarch64 xen-3.0-armv7l ", 1024);
    case XENVER_commandline:
        return write_text(arg, denied ? "<denied>" : boot_commandline, 1024);
    default:
        return fail(-ENOSYS);
    }
}

static __attribute__((noinline)) int64_t version_buffers(struct vcpu *v, uint32_t cmd,
                                                         guest_ptr_t arg) {
    switch (cmd) {
    case XENVER_compile_info:
        return write_compile_info(arg);
    case XENVER_changeset:
        return write_changeset(arg);
    case XENVER_platform_parameters: {
        // EL2 has its own address space: nothing of the guest's is reserved.
        struct xen_platform_parameters params = {.virt_start = 0};
        return guest_write(arg, &params, sizeof(params));
    }
    case XENVER_get_features:
        return get_features(v, arg);
    case XENVER_pagesize:
        return arg.v ? fail(-EINVAL) : (int64_t)PAGE_SIZE;
    case XENVER_guest_handle:
        return guest_write(arg, v->domain->handle, sizeof(v->domain->handle));
    case XENVER_build_id:
        return get_build_id(v, arg);
    default:
        return version_strings(v, cmd, arg);
    }
}

// The version itself is asked for all the time, also as the cheapest way into the hypervisor:
// short.
int64_t hypercall_xen_version(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)args[0];
    if (likely(cmd == XENVER_version))
        return VERSION_MAJOR << 16 | VERSION_MINOR;
    return version_buffers(v, cmd, guest_ptr_of(args[1]));
}
