// SPDX-License-Identifier: Apache-2.0
// Performance monitors (Arm ARM D13) of the guests that have them: all counters of the CPU are the
// guest's while it runs and count nothing while it does not. As on Xen their overflow interrupt
// does not reach the guest. All others trap (sysreg_trap.c). Interrupts masked; worst case: 31
// counters.
#include <arm64/hcr.h>
#include <arm64/pmu.h>
#include <arm64/sysreg.h>
#include <core/domain.h>

#define PMCR_E BIT(0)
#define ALL 0xffffffffULL

static unsigned nr_counters(void) { return (unsigned)FIELD(read_pmcr_el0(), 15, 11); }

static void select_counter(unsigned n) {
    write_pmselr_el0(n);
    isb(); // PMXEVTYPER and PMXEVCNTR are that one's
}

void pmu_save(struct vcpu *v) {
    struct pmu_state *p = &v->arch.pmu;
    p->pmcr = read_pmcr_el0();
    write_pmcr_el0(p->pmcr & ~PMCR_E);
    isb(); // nothing counts any more
    p->selr = read_pmselr_el0(), p->userenr = read_pmuserenr_el0();
    p->cntenset = read_pmcntenset_el0(), p->intenset = read_pmintenset_el1();
    p->ovsset = read_pmovsset_el0();
    p->ccntr = read_pmccntr_el0(), p->ccfiltr = read_pmccfiltr_el0();
    for (unsigned n = 0; n < nr_counters(); n++) {
        select_counter(n);
        p->evtyper[n] = read_pmxevtyper_el0(), p->evcntr[n] = read_pmxevcntr_el0();
    }
    write_pmintenclr_el1(ALL); // an overflow is nobody else's interrupt
    write_pmuserenr_el0(0);
    write_mdcr_el2(read_mdcr_el2() | MDCR_PMU);
}

void pmu_load(struct vcpu *v) {
    const struct pmu_state *p = &v->arch.pmu;
    unsigned counters = nr_counters();
    write_pmcr_el0(0); // whatever the firmware left
    isb();             // before the counters get their values
    for (unsigned n = 0; n < counters; n++) {
        select_counter(n);
        write_pmxevtyper_el0(p->evtyper[n]), write_pmxevcntr_el0(p->evcntr[n]);
    }
    write_pmccntr_el0(p->ccntr), write_pmccfiltr_el0(p->ccfiltr);
    write_pmcntenclr_el0(ALL), write_pmcntenset_el0(p->cntenset);
    write_pmovsclr_el0(ALL), write_pmovsset_el0(p->ovsset);
    write_pmintenclr_el1(ALL), write_pmintenset_el1(p->intenset);
    write_pmselr_el0(p->selr), write_pmuserenr_el0(p->userenr);
    write_mdcr_el2(read_mdcr_el2() & ~MDCR_PMU);
    write_pmcr_el0(p->pmcr); // in force at the ERET
}
