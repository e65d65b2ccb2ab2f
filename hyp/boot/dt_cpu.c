// SPDX-License-Identifier: Apache-2.0
// CPUs and how they are started: /cpus and PSCI (Linux bindings arm/cpus.yaml, arm/psci.yaml). Boot
// CPU only; O(CPUs^2).
#include <boot/dt_readers.h>

#include <core/log.h>
#include <lib/string.h>

#define MPIDR_AFFINITY 0xff00ffffffULL
#define PSCI_0_2_CPU_ON_64 0xc4000003u // Arm DEN0022, 5.1.4

static void psci_node(struct system *s, const struct dt_walk *w) {
    static const char *const with_ids[] = {"arm,psci-1.0", "arm,psci-0.2", NULL};
    struct dt_prop method = dt_property(w->fdt, w->node, "method");
    uint32_t id = dt_u32(w->fdt, w->node, "cpu_on", 0);

    if (!dt_prop_is(method, "smc") && !dt_prop_is(method, "hvc"))
        dt_refuse(w->fdt, w->node, "PSCI without a method", "give it method = \"smc\"");
    if (dt_match(w, with_ids))
        s->psci_cpu_on = PSCI_0_2_CPU_ON_64;
    else if (id)
        s->psci_cpu_on = id;
    else
        return; // PSCI 0.1 that cannot start CPUs
    s->psci = true;
    s->psci_smc = dt_prop_is(method, "smc");
}

// spin-table: where the CPU polls for its entry point.
static bool release_address(const struct dt_walk *w, uint64_t *out) {
    struct dt_prop p = dt_property(w->fdt, w->node, "cpu-release-addr");

    return p.p && (p.len == 4 || p.len == 8) && dt_cells(p.p, (uint32_t)p.len / 4, out);
}

static void read_cpu(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    struct dt_prop method = dt_property(w->fdt, w->node, "enable-method");
    uint32_t cells = w->level[w->depth - 1].addr_cells;
    uint64_t mpidr, release = 0;

    if (cells == 0 || cells > 2 || w->reg.len != (int)cells * 4 ||
        !dt_cells(w->reg.p, cells, &mpidr))
        dt_refuse(w->fdt, w->node, "reg is not one MPIDR of #address-cells cells",
                  "correct #address-cells of /cpus or reg");
    if (!s->cpu_compatible_len && w->compatible.p &&
        w->compatible.len <= (int)sizeof(s->cpu_compatible)) {
        memcpy(s->cpu_compatible, w->compatible.p, (size_t)w->compatible.len);
        s->cpu_compatible_len = (uint32_t)w->compatible.len;
    }
    if ((mpidr & MPIDR_AFFINITY) == scan->boot_mpidr) {
        scan->boot_cpu_seen = true;
        return;
    }
    for (unsigned i = 1; i < s->nr_cpus; i++)
        if (s->cpu[i].mpidr == (mpidr & MPIDR_AFFINITY))
            dt_refuse(w->fdt, w->node, "two CPUs have the same reg", "give each CPU its own MPIDR");
    if (dt_prop_is(method, "spin-table")) {
        if (!release_address(w, &release) || release == 0) {
            log_warning("%s: spin-table without cpu-release-addr, not started", dt_walk_path(w));
            return;
        }
    } else if (!dt_prop_is(method, "psci")) {
        log_warning("%s: enable-method is neither psci nor spin-table, not started",
                    dt_walk_path(w));
        return;
    }
    if (s->nr_cpus == NR_CPUS) {
        scan->cpus_dropped++;
        return;
    }
    s->cpu[s->nr_cpus++] = (struct system_cpu){mpidr & MPIDR_AFFINITY, pa_of(release)};
}

void dt_cpu_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    static const char *const psci[] = {"arm,psci-1.0", "arm,psci-0.2", "arm,psci", NULL};

    if (!w->available)
        return;
    if (dt_prop_is(w->device_type, "cpu"))
        read_cpu(s, scan, w);
    else if (w->compatible.p && dt_match(w, psci))
        psci_node(s, w);
}

void dt_cpu_finish(struct system *s, const struct dt_scan *scan) {
    unsigned kept = 1;

    s->cpu[0] = (struct system_cpu){scan->boot_mpidr, pa_of(0)};
    if (!scan->boot_cpu_seen)
        log_warning("/cpus: no node for the boot CPU, MPIDR 0x%llx",
                    (unsigned long long)scan->boot_mpidr);
    if (scan->cpus_dropped)
        log_warning("/cpus: %u CPUs more than the %u that are supported stay off",
                    scan->cpus_dropped, NR_CPUS);
    for (unsigned i = 1; i < s->nr_cpus; i++)
        if (s->psci || s->cpu[i].release_addr.v)
            s->cpu[kept++] = s->cpu[i];
    if (kept != s->nr_cpus)
        log_warning("/psci: missing, %u CPUs that need it stay off", s->nr_cpus - kept);
    s->nr_cpus = kept;
}
