// SPDX-License-Identifier: Apache-2.0
// Calls of a guest to "firmware" (HVC #0, SMC #0): a table of allowed function ids (R27), PSCI 1.1
// and SMCCC 1.2; everything else is NOT_SUPPORTED. Worst case: CPU_ON, which resets one vCPU.

#include <arch/vcpu.h>
#include <arm64/psci.h>
#include <arm64/smc.h>
#include <arm64/trap.h>
#include <core/domain.h>
#include <core/upcall.h>
#include <xen/sched.h>

typedef int64_t smccc_fn(struct vcpu *v, const uint64_t *x);

static int64_t psci_version(struct vcpu *v, const uint64_t *x) {
    (void)v;
    (void)x;
    return 0x10001;
}

static int64_t smccc_version(struct vcpu *v, const uint64_t *x) {
    (void)v;
    (void)x;
    return 0x10002;
}

// Standby and power-down alike: the vCPU waits for an interrupt. A power-down request may return
// like a standby that was woken early (DEN0022, 5.4.2).
static int64_t psci_suspend(struct vcpu *v, const uint64_t *x) {
    (void)x;
    vcpu_block(v);
    return PSCI_SUCCESS;
}

static int64_t psci_cpu_off(struct vcpu *v, const uint64_t *x) {
    (void)x;
    vcpu_offline(v);
    return PSCI_SUCCESS;
}

static struct vcpu *vcpu_by_mpidr(struct domain *d, uint64_t mpidr) {
    uint64_t affinity = mpidr & 0xff00ffffffULL;
    if (affinity & ~0xffffULL)
        return NULL;
    return (affinity & 0xff) < 16
               ? domain_vcpu(d, (uint32_t)((affinity >> 8) * 16 + (affinity & 15)))
               : NULL;
}

static int64_t psci_cpu_on(struct vcpu *v, const uint64_t *x) {
    struct domain *d = v->domain;
    struct vcpu *target = vcpu_by_mpidr(d, x[1]);
    mfn_t mfn;
    int64_t rc = PSCI_ALREADY_ON;
    if (!target)
        return PSCI_INVALID_PARAMETERS;
    if ((x[2] & 3) || p2m_lookup(d, ipa_gfn(ipa_of(x[2])), &mfn) != P2M_RAM)
        return PSCI_INVALID_ADDRESS;
    spin_lock(&d->lock);
    if (target->state == VCPU_OFFLINE) {
        arch_vcpu_reset(target, ipa_of(x[2]), x[3]);
        vcpu_online(target);
        rc = PSCI_SUCCESS;
    }
    spin_unlock(&d->lock);
    return rc;
}

static int64_t psci_affinity_info(struct vcpu *v, const uint64_t *x) {
    struct vcpu *target = vcpu_by_mpidr(v->domain, x[1]);
    if (!target || x[2] > 3)
        return PSCI_INVALID_PARAMETERS;
    return load_acquire(&target->state) == VCPU_OFFLINE; // 1 = OFF
}

static int64_t psci_migrate_info_type(struct vcpu *v, const uint64_t *x) {
    (void)v;
    (void)x;
    return 2; // no trusted OS, or one that need not move
}

static int64_t psci_system_off(struct vcpu *v, const uint64_t *x) {
    (void)x;
    domain_shutdown(v->domain, SHUTDOWN_poweroff);
    return PSCI_SUCCESS;
}

static int64_t psci_system_reset(struct vcpu *v, const uint64_t *x) {
    (void)x;
    domain_shutdown(v->domain, SHUTDOWN_reboot);
    return PSCI_SUCCESS;
}

// Only the architectural warm reset (type 0) exists.
static int64_t psci_system_reset2(struct vcpu *v, const uint64_t *x) {
    if ((uint32_t)x[1] != 0)
        return PSCI_INVALID_PARAMETERS;
    return psci_system_reset(v, x);
}

static smccc_fn psci_features;

// UIDs and revisions that the Xen ABI publishes for its two services (arch-arm/smccc.h), in four
// words.
static int64_t service_count(struct vcpu *v, const uint64_t *x) {
    (void)v;
    return x[0] == SMCCC_HYP_CALL_COUNT ? 3 : 17;
}

static int64_t put4(struct vcpu *v, const uint32_t w[4]) {
    v->arch.regs.x[1] = w[1];
    v->arch.regs.x[2] = w[2];
    v->arch.regs.x[3] = w[3];
    return w[0];
}

static int64_t service_uid(struct vcpu *v, const uint64_t *x) {
    static const uint32_t hyp[4] = {0xdc1218a7, 0x694398c6, 0xd179cf9a, 0x67e6de8d};
    static const uint32_t std[4] = {0x6f3863f8, 0xbd4c394b, 0x16ce2092, 0x6f9fe541};
    return put4(v, x[0] == SMCCC_HYP_UID ? hyp : std);
}

static int64_t service_revision(struct vcpu *v, const uint64_t *x) {
    (void)x;
    v->arch.regs.x[1] = 1; // minor
    return 0;
}

static int64_t workaround_call(struct vcpu *v, const uint64_t *x) {
    (void)v;
    unsigned n = x[0] == SMCCC_WORKAROUND_1 ? 1 : x[0] == SMCCC_WORKAROUND_2 ? 2 : 3;
    if (firmware_workaround(n) >= 0)
        (void)smc_call(x[0], x[1], 0, 0);
    return firmware_workaround(n) >= 0 ? 0 : SMCCC_UNKNOWN;
}

static int64_t arch_features(struct vcpu *v, const uint64_t *x) {
    (void)v;
    switch ((uint32_t)x[1]) {
    case SMCCC_VERSION:
    case SMCCC_ARCH_FEATURES:
        return 0;
    case SMCCC_WORKAROUND_1:
        return firmware_workaround(1);
    case SMCCC_WORKAROUND_2:
        return firmware_workaround(2);
    case SMCCC_WORKAROUND_3:
        return firmware_workaround(3);
    default:
        return SMCCC_UNKNOWN;
    }
}

// PSCI by function number; bit 30 of the id (64-bit arguments) is looked at by `wide`.
static const struct {
    smccc_fn *fn;
    uint8_t wide; // bit 0: the 32-bit form exists, bit 1: the 64-bit one
} psci_calls[] = {
    [0x00] = {psci_version, 1},       [0x01] = {psci_suspend, 3},
    [0x02] = {psci_cpu_off, 1},       [0x03] = {psci_cpu_on, 3},
    [0x04] = {psci_affinity_info, 3}, [0x06] = {psci_migrate_info_type, 1},
    [0x08] = {psci_system_off, 1},    [0x09] = {psci_system_reset, 1},
    [0x0a] = {psci_features, 1},      [0x12] = {psci_system_reset2, 3},
};

static const struct {
    uint32_t id;
    smccc_fn *fn;
} other_calls[] = {
    {SMCCC_WORKAROUND_2, workaround_call}, // the hottest first: up to one a kernel entry
    {SMCCC_WORKAROUND_1, workaround_call},  {SMCCC_WORKAROUND_3, workaround_call},
    {SMCCC_VERSION, smccc_version},         {SMCCC_ARCH_FEATURES, arch_features},
    {SMCCC_HYP_CALL_COUNT, service_count},  {SMCCC_HYP_UID, service_uid},
    {SMCCC_HYP_REVISION, service_revision}, {SMCCC_STD_CALL_COUNT, service_count},
    {SMCCC_STD_UID, service_uid},           {SMCCC_STD_REVISION, service_revision},
};

static smccc_fn *psci_call(uint32_t id) {
    uint32_t n = id & ~0x40000000u & ~0x84000000u;
    if ((id & 0xbfffff00u) != PSCI_VERSION || n >= ARRAY_SIZE(psci_calls))
        return NULL;
    return (psci_calls[n].wide & (id & 0x40000000u ? 2 : 1)) ? psci_calls[n].fn : NULL;
}

static int64_t psci_features(struct vcpu *v, const uint64_t *x) {
    (void)v;
    return psci_call((uint32_t)x[1]) || x[1] == SMCCC_VERSION ? 0 : PSCI_NOT_SUPPORTED;
}

static __attribute__((noinline)) void other_call(struct vcpu *v, uint32_t id) {
    uint64_t *x = v->arch.regs.x;
    uint64_t args[4] = {id, x[1] & 0xffffffffULL, x[2], x[3]}; // all of them take 32 bits
    for (size_t i = 0; i < ARRAY_SIZE(other_calls); i++) {
        if (other_calls[i].id == id) {
            x[0] = (uint64_t)other_calls[i].fn(v, args);
            return;
        }
    }
    x[0] = (uint64_t)(int64_t)SMCCC_UNKNOWN;
}

enum trap_result trap_smccc(struct vcpu *v, uint64_t esr) {
    uint64_t *x = v->arch.regs.x;
    uint32_t id = (uint32_t)x[0];
    smccc_fn *fn = psci_call(id);
    (void)esr;
    if (unlikely(!fn)) {
        other_call(v, id);
        return TRAP_DONE;
    }
    if (!(id & 0x40000000u)) { // 32-bit calls have 32-bit arguments
        x[1] &= 0xffffffffULL;
        x[2] &= 0xffffffffULL;
        x[3] &= 0xffffffffULL;
    }
    x[0] = (uint64_t)fn(v, x);
    return TRAP_DONE;
}
