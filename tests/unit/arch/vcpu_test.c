// SPDX-License-Identifier: Apache-2.0
// arch/arm64/vcpu.c: a vCPU finds its registers as it left them, and nothing of another one's
// stage 1.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <arch/vuart.h>
#include <arm64/sysreg.h>
#include <arm64/tlb.h>
#include <arm64/vtimer.h>
#include <core/domain.h>
#include <core/options.h>

#include <cmocka.h> // last: its fail() is a macro

struct options options;
static struct percpu cpus[2];
_Thread_local struct percpu *fake_cpu = cpus;
static unsigned flushes;

void tlb_flush_guest_local(void) { flushes++; }
void fp_save(struct fp_state *s);
void fp_load(const struct fp_state *s);
void fp_save(struct fp_state *s) {}
void fp_load(const struct fp_state *s) {}
void guest_windows_close(struct vcpu *v) {}
int vgic_create(struct domain *d, uint32_t nr_spis) { return 0; }
bool vgic_has_deliverable(struct vcpu *v) { return false; }
void vgic_load(struct vcpu *v) {}
void vgic_save(struct vcpu *v) {}
void vgic_quiet(struct domain *d) {}
void vgic_reset_spis(struct domain *d, uint32_t first, uint32_t count) {}
int vgic_vcpu_create(struct vcpu *v) { return 0; }
void vtimer_put_by(struct vcpu *v) {}
void vtimer_take_up(struct vcpu *v) {}
void vtimer_vcpu_create(struct vcpu *v) {}
void vtimer_vcpu_destroy(struct vcpu *v) {}
void vuart_reset(struct domain *d) {}
void domain_crash(struct domain *d, const char *why) { abort(); }
void log_at(unsigned level, const char *fmt, ...) {}

// What a guest writes without a trap: by EL1 at any width, and by AArch32 EL1 only.
static struct fake_reg *const wide[] = {
    &fake_sctlr_el1, &fake_cpacr_el1,   &fake_ttbr0_el1,      &fake_ttbr1_el1, &fake_tcr_el1,
    &fake_mair_el1,  &fake_amair_el1,   &fake_vbar_el1,       &fake_esr_el1,   &fake_far_el1,
    &fake_afsr0_el1, &fake_afsr1_el1,   &fake_contextidr_el1, &fake_par_el1,   &fake_tpidr_el0,
    &fake_tpidr_el1, &fake_tpidrro_el0, &fake_elr_el1,        &fake_spsr_el1,  &fake_sp_el0,
    &fake_sp_el1,    &fake_cntkctl_el1, &fake_csselr_el1};
static struct fake_reg *const narrow[] = {&fake_dacr32_el2, &fake_ifsr32_el2, &fake_fpexc32_el2,
                                          &fake_spsr_abt,   &fake_spsr_und,   &fake_spsr_irq,
                                          &fake_spsr_fiq};

static struct domain *domain(void) {
    struct domain *d = calloc(1, sizeof(*d));
    d->nr_vcpus = 2;
    for (uint32_t i = 0; i < 2; i++) {
        d->vcpu[i] = calloc(1, sizeof(struct vcpu));
        d->vcpu[i]->domain = d;
        d->vcpu[i]->id = i;
    }
    return d;
}

static void put_away(struct domain *d) {
    for (uint32_t i = 0; i < 2; i++)
        free(d->vcpu[i]);
    free(d);
}

static void fill(struct fake_reg *const *regs, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++)
        fake_reg_write(regs[i], "", seed + i);
}

static void same(struct fake_reg *const *regs, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++)
        assert_int_equal(regs[i]->value, seed + i);
}

static int reset(void **state) {
    fake_regs_reset();
    fake_reg_write(&fake_isr_el1, "isr_el1", 0);
    fake_reg_write(&fake_cntv_ctl_el0, "cntv_ctl_el0", 0);
    fake_reg_write(&fake_cntv_cval_el0, "cntv_cval_el0", 0);
    cpus[0].id = 0, cpus[1].id = 1;
    fake_cpu = cpus;
    flushes = 0;
    return 0;
}

static void registers_come_back(void **state) {
    struct domain *d = domain();
    struct vcpu *a = d->vcpu[0], *b = d->vcpu[1];
    a->arch.aarch32 = b->arch.aarch32 = true;
    arch_vcpu_switch(NULL, a);
    fill(wide, ARRAY_SIZE(wide), 1000), fill(narrow, ARRAY_SIZE(narrow), 2000);
    arch_vcpu_switch(a, b);
    fill(wide, ARRAY_SIZE(wide), 3000), fill(narrow, ARRAY_SIZE(narrow), 4000);
    arch_vcpu_switch(b, a);
    same(wide, ARRAY_SIZE(wide), 1000), same(narrow, ARRAY_SIZE(narrow), 2000);
    arch_vcpu_switch(a, b);
    same(wide, ARRAY_SIZE(wide), 3000), same(narrow, ARRAY_SIZE(narrow), 4000);
    put_away(d);
}

// Two vCPUs may use one ASID for two things.
static void stage1_of_another_is_flushed(void **state) {
    struct domain *d = domain(), *e = domain();
    struct vcpu *a = d->vcpu[0], *b = d->vcpu[1];
    arch_vcpu_switch(NULL, a);
    fill(wide, ARRAY_SIZE(wide), 0);
    flushes = 0;
    arch_vcpu_switch(a, b);
    assert_int_equal(flushes, 1);
    arch_vcpu_switch(b, e->vcpu[0]);
    flushes = 0;
    arch_vcpu_switch(e->vcpu[0], b); // nobody of its domain was here meanwhile
    assert_int_equal(flushes, 0);
    arch_vcpu_switch(b, NULL);
    fake_cpu = cpus + 1;
    arch_vcpu_switch(NULL, b); // CPU 1 has never seen it
    assert_int_equal(flushes, 1);
    arch_vcpu_switch(b, NULL);
    fake_cpu = cpus;
    arch_vcpu_switch(NULL, a); // CPU 0 saw b last
    assert_int_equal(flushes, 2);
    put_away(d), put_away(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(registers_come_back, reset),
        cmocka_unit_test_setup(stage1_of_another_is_flushed, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
