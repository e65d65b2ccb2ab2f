// SPDX-License-Identifier: Apache-2.0
// The firmware below: PSCI by SMC (the only conduit an EL2 can have below it), spin tables, and the
// workarounds it offers (R26). Boot, panic and power paths only.

#include <arch/boot.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/map.h>
#include <arm64/psci.h>
#include <arm64/smc.h>
#include <arm64/sysreg.h>
#include <boot/system.h>
#include <core/errno.h>
#include <core/percpu.h>

extern char secondary_entry[], secondary_spin_entry[];

static bool has_psci;
static uint32_t psci_cpu_on_id;
static uint64_t release_addr[NR_CPUS];
static int32_t workaround[3] = {-1, -1, -1};

void firmware_init(const struct system *s) {
    has_psci = s->psci && s->psci_smc;
    psci_cpu_on_id = s->psci_cpu_on ? s->psci_cpu_on : PSCI_CPU_ON_64;
    for (unsigned i = 0; i < s->nr_cpus; i++)
        release_addr[i] = s->cpu[i].release_addr.v;
    if (!has_psci || smc_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) < 0)
        return;
    static const uint32_t ids[] = {SMCCC_WORKAROUND_1, SMCCC_WORKAROUND_2, SMCCC_WORKAROUND_3};
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
        workaround[i] = (int32_t)smc_call(SMCCC_ARCH_FEATURES, ids[i], 0, 0);
}

int32_t firmware_workaround(unsigned n) { return workaround[n - 1]; }

int cpu_start(unsigned cpu) {
    struct percpu *c = &percpus[cpu];
    cache_clean(percpus, sizeof(percpus)); // it starts with its caches off
    if (!release_addr[cpu]) {
        if (!has_psci)
            return fail(-ENODEV);
        int64_t rc = smc_call(psci_cpu_on_id, c->mpidr, (uint64_t)(uintptr_t)secondary_entry,
                              (uint64_t)(uintptr_t)c);
        return rc ? fail(-EIO) : 0;
    }
    if (map_boot_ram(pa_of(release_addr[cpu]), sizeof(uint64_t)))
        return fail(-ENOMEM);
    volatile uint64_t *release = pa_va(pa_of(release_addr[cpu]));
    *release = (uint64_t)(uintptr_t)secondary_spin_entry;
    cache_clean_invalidate((const void *)(uintptr_t)release, sizeof(*release));
    __asm__ volatile("sev");
    return 0;
}

void machine_reset(void) {
    if (has_psci)
        (void)smc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

void machine_power_off(void) {
    if (has_psci)
        (void)smc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
