// SPDX-License-Identifier: Apache-2.0
// Domains come and go (core/domain.c, domain_death.c, quota.c, physmap.c, p2m.c, page.c): after any
// number of lives every frame is free again, whoever held what, and nothing is freed while a CPU
// may still have a pointer to it. RAM is a piece of this process's memory at its own address.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/vcpu.h>
#include <core/console.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/options.h>
#include <core/page.h>
#include <core/physmap.h>
#include <sched/sched.h>
#include <xen/sched.h>

#include <cmocka.h> // last: its fail() is a macro

#define RAM_VA 0x20000000UL
#define RAM_FRAMES (64UL << 8) // 64 MiB
#define GFNS 8192              // of each map

static struct page table[RAM_FRAMES];
static uint64_t blocks; // mapped at EL2 now, one bit each
static bool asked[2], rest_known;
static unsigned dom_exc, evtchn_steps, grant_steps;
static bool lent;
static struct vcpu *seen;
struct options options;
_Thread_local struct percpu *fake_cpu;
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = 2;

void spin_lock(spinlock_t *l) { assert_int_equal(l->next++, 0); }
void spin_unlock(spinlock_t *l) { assert_int_equal(--l->next, 0); }
void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
void log_guest(struct domain *d, const char *fmt, ...) {
    (void)d;
    (void)fmt;
}
void *window_open(enum window w, mfn_t frame) {
    (void)w;
    return pa_va(mfn_pa(frame));
}
void window_close(enum window w) { (void)w; }
void *map_pinned(mfn_t frame) { return pa_va(mfn_pa(frame)); }
void unmap_pinned(void *va) { (void)va; }
void cache_zero(void *va, size_t size) { memset(va, 0, size); }
void cache_zero_clean(void *va, size_t size) { cache_zero(va, size); }
void *map_el2_block(mfn_t first) {
    blocks |= 1ULL << ((first.v - (RAM_VA >> 12)) >> 9);
    return pa_va(mfn_pa(first));
}
void unmap_el2_block(void *va) {
    blocks &= ~(1ULL << (((uintptr_t)va - RAM_VA) >> 21));
    memset(va, 0xee, MIB(2)); // a use after this reads garbage
}

// Stage 2 as a table by frame number, of pages from the quota as the real one.
struct map {
    uint64_t mfn;
    uint8_t type;
};
static struct map maps[MAX_DOMAINS][GFNS];
static struct map *map_of(const struct stage2 *s) { return maps[(s->vttbr >> 48) - 1]; }
int stage2_init(struct stage2 *s, struct quota *quota, uint16_t vmid) {
    s->root = quota_get(quota, 2);
    s->vttbr = (uint64_t)vmid << 48;
    memset(map_of(s), 0, sizeof(maps[0]));
    return s->root ? 0 : -ENOMEM;
}
void stage2_flush(const struct stage2 *s) { (void)s; }
int stage2_map(struct stage2 *s, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type t) {
    for (uint64_t i = 0; i < count; i++)
        map_of(s)[gfn.v + i] = (struct map){mfn.v + i, (uint8_t)t};
    return 0;
}
int stage2_unmap(struct stage2 *s, gfn_t gfn, uint64_t count) {
    return stage2_map(s, gfn, mfn_of(0), count, P2M_INVALID);
}
int stage2_swap(struct stage2 *s, gfn_t gfn, mfn_t mfn, enum p2m_type t, unsigned over,
                struct p2m_leaf *was) {
    unsigned order;
    was->type = stage2_lookup(s, gfn, &was->mfn, &order);
    return over & 1U << was->type ? stage2_map(s, gfn, mfn, 1, t) : -ENOENT;
}
enum p2m_type stage2_lookup(const struct stage2 *s, gfn_t gfn, mfn_t *mfn, unsigned *order) {
    *order = 0;
    *mfn = mfn_of(map_of(s)[gfn.v].mfn);
    return (enum p2m_type)map_of(s)[gfn.v].type;
}

// The machine, the scheduler, events and grants: what they are asked for.
int arch_domain_create(struct domain *d, uint32_t nr_spis, bool vpmu) {
    d->arch.vpmu = vpmu;
    return nr_spis == 999 ? -EINVAL : 0;
}
int arch_vcpu_create(struct vcpu *v) { return v->id == 7 ? -EBUSY : 0; }
void arch_vcpu_destroy(struct vcpu *v) { (void)v; }
void vuart_destroy(struct domain *d) { (void)d; }
static unsigned irqs_left;
bool irq_release_step(struct domain *d) {
    (void)d;
    return irqs_left == 0 || --irqs_left == 0;
}
void arch_vcpu_dump(struct vcpu *v) { (void)v; }
static int inserted;
static struct sched_pool pool;
int sched_domain_create(struct domain *d, uint32_t id) {
    d->sched.pool = &pool;
    pool.nr_domains++;
    return id ? -ESRCH : 0;
}
void sched_domain_destroy(struct domain *d) {
    (void)d;
    pool.nr_domains--;
}
void sched_set_runstate_map(struct vcpu *v, void *map) { v->runstate_map = map; }
void sched_vcpu_insert(struct vcpu *v) {
    (void)v;
    inserted++;
}
void sched_vcpu_remove(struct vcpu *v) {
    (void)v;
    inserted--;
}
// No domain here is static.
bool restart_begin(struct domain *d, uint8_t reason) { return false; }
bool restart_busy(struct domain *d) { return false; }
void vcpu_pause(struct vcpu *v) { v->paused++; }
void vcpu_unpause(struct vcpu *v) { v->paused--; }
bool vcpu_at_rest(struct vcpu *v) {
    bool rest = asked[v->id];
    asked[v->id] = true;
    seen = v;
    return rest || rest_known;
}
void timer_cancel(struct timer *t) { t->slot = 0; }
int evtchn_create(struct domain *d) {
    (void)d;
    return 0;
}
bool evtchn_relinquish_step(struct domain *d) {
    (void)d;
    return ++evtchn_steps % 3 == 0;
}
void evtchn_raise_global_virq(struct domain *d, uint32_t virq) {
    (void)d;
    dom_exc += virq == VIRQ_DOM_EXC;
}
static port_t told;
int64_t evtchn_send(struct domain *d, port_t port) {
    (void)d;
    told = port;
    return 0;
}
void evtchn_set_limit(struct domain *d, uint32_t max_port) { d->evtchn.max_port = max_port; }
void grant_set_limits(struct domain *d, uint32_t frames, uint32_t maptrack_frames) {
    (void)maptrack_frames;
    d->grant.max_frames = frames;
}
int grant_create(struct domain *d) { return d->max_pages == 77 ? -ENOMEM : 0; }
bool grant_relinquish_step(struct domain *d) {
    (void)d;
    return ++grant_steps % 2 == 0;
}
bool grant_frames_lent(struct domain *d) {
    (void)d;
    return lent;
}
void cpu_raise(unsigned cpu, enum cpu_work work) { percpus[cpu].pending |= 1U << work; }
static uint32_t epoch;
uint32_t quiesce_begin(void) { return ++epoch; }
bool quiesce_done(uint32_t e) { return percpus[0].epoch >= e && percpus[1].epoch >= e; }
void cpu_stop_others(void) {}
void cpu_halt(void) { abort(); }
void machine_reset(void) {}
void machine_power_off(void) {}
void console_panic_mode(void) {}

// What the exit room of `cpu` does.
static void pass_exit(unsigned cpu) {
    fake_cpu = &percpus[cpu];
    do {
        percpus[cpu].pending = 0;
        percpus[cpu].epoch = epoch;
        domain_reap();
    } while (percpus[cpu].pending & (1U << WORK_REAP) || percpus[cpu].epoch != epoch);
    fake_cpu = &percpus[0];
}

static uint64_t all_free;
static int setup(void **state) {
    (void)state;
    static bool once;
    if (!once) {
        void *ram = mmap((void *)RAM_VA, RAM_FRAMES << 12, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        assert_ptr_equal(ram, RAM_VA);
        page_add_bank(mfn_of(RAM_VA >> 12), RAM_FRAMES, table);
        page_release_range(mfn_of(RAM_VA >> 12), RAM_FRAMES);
        all_free = page_free_count();
        once = true;
    }
    for (unsigned i = 0; i < 2; i++)
        percpus[i].id = i;
    fake_cpu = &percpus[0];
    rest_known = true;
    lent = false;
    dom_exc = 0;
    return 0;
}

static struct domain *create(domid_t id, uint64_t max_pages) {
    struct domain_config cfg = {.id = id, .nr_vcpus = 2, .max_pages = max_pages, .quota_pages = 64};
    struct domain *d = NULL;
    return domain_create(&cfg, &d) ? NULL : d;
}

static int populate(struct domain *d, uint64_t gfn, unsigned order) {
    int err;
    spin_lock(&d->lock);
    for (unsigned i = 0; (err = physmap_populate(d, gfn_of(gfn), order)) == PHYSMAP_MORE; i++)
        assert_true(i < 64);
    spin_unlock(&d->lock);
    return err;
}

static void destroy(struct domain *d) {
    for (unsigned i = 0; !domain_destroy_step(d); i++)
        assert_true(i < 1000);
    pass_exit(0);
}

static int teardown(void **state) {
    (void)state;
    pass_exit(0);
    pass_exit(1);
    pass_exit(0);
    assert_null(domain_next(0));
    assert_int_equal(page_free_count(), all_free);
    assert_int_equal(blocks, 0);
    assert_int_equal(inserted, 0);
    assert_int_equal(pool.nr_domains, 0);
    return 0;
}

static void a_life_leaves_nothing(void **state) {
    (void)state;
    for (unsigned life = 0; life < 100; life++) {
        struct domain *d = create(DOMID_INVALID, 4096);
        assert_non_null(d);
        assert_ptr_equal(domain_get(d->id), d);
        assert_int_equal(d->pause_count, 1);
        assert_int_equal(d->vcpu[1]->paused, 1);
        assert_int_equal(populate(d, 0x400, 9), 0);
        assert_int_equal(populate(d, 0x20, 0), 0);
        assert_int_equal(d->tot_pages, 513);
        domid_t id = d->id;
        irqs_left = 3; // steps of them
        destroy(d);
        assert_int_equal(irqs_left, 0);
        assert_null(domain_get(id));
        assert_int_equal(dom_exc, 2 * (life + 1)); // dead, gone
        pass_exit(1);
    }
}

static void ids_rise_and_their_place_comes_back(void **state) {
    (void)state;
    struct domain *a = create(DOMID_INVALID, 1), *b = create(DOMID_INVALID, 1);
    assert_int_equal(b->id, a->id + 1);
    assert_null(create(a->id, 1)); // in use
    domid_t id = a->id;
    destroy(a);
    assert_null(create(id, 1)); // a CPU may still look at the old one
    pass_exit(1);
    a = create(id, 1);
    assert_non_null(a);
    assert_ptr_equal(domain_next(0), a);
    assert_ptr_equal(domain_next(id + 1U), b);
    assert_null(domain_next(b->id + 1U));
    destroy(a);
    destroy(b);
}

static void memory_waits_for_every_cpu(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 4096);
    uint64_t mine = blocks;
    destroy(d);
    assert_int_equal(blocks, mine); // CPU 1 may be inside a hypercall with a pointer to it
    pass_exit(0);
    assert_int_equal(blocks, mine);
    pass_exit(1);
    assert_int_equal(blocks, 0);
}

static void what_others_hold_keeps_it_listed(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 4096), *other = create(DOMID_INVALID, 4096);
    assert_int_equal(populate(d, 0x400, 9), 0);
    struct page *p = p2m_get_ram(d, gfn_of(0x433), true); // a foreign mapping's reference
    assert_non_null(p);
    spin_lock(&other->lock);
    assert_int_equal(physmap_put(other, gfn_of(5), page_mfn(p), P2M_FOREIGN), 0);
    spin_unlock(&other->lock);
    destroy(d);
    pass_exit(1);
    assert_int_equal(d->tot_pages, 1);
    assert_int_equal(d->life, DOMAIN_DEAD);
    assert_int_equal(dom_exc, 1); // who holds it is told
    assert_true(domain_destroy_step(d));
    assert_int_equal(dom_exc, 1);
    assert_ptr_equal(domain_get(d->id), d);
    assert_null(p2m_get_ram(d, gfn_of(0x434), true));
    destroy(other); // lets go of it
    pass_exit(0);
    pass_exit(1);
}

static void a_lent_grant_frame_keeps_it_listed(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 16);
    lent = true;
    destroy(d);
    pass_exit(1);
    assert_ptr_equal(domain_get(d->id), d);
    lent = false;
    domain_maybe_gone(d);
    assert_true(percpus[0].pending & (1U << WORK_REAP));
    pass_exit(0);
}

static void nothing_is_taken_before_the_vcpus_rest(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 16);
    assert_int_equal(populate(d, 1, 0), 0);
    rest_known = asked[0] = asked[1] = false;
    assert_false(domain_destroy_step(d));
    assert_int_equal(d->dying_step, 0); // both were asked, neither is down
    assert_true(asked[0] && asked[1]);
    assert_false(domain_destroy_step(d));
    assert_int_equal(d->dying_step, 1);
    assert_int_equal(d->tot_pages, 1);
    destroy(d);
}

// Two vCPUs of the control domain destroy the same domain: one at a time.
static void two_destroyers(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 16);
    assert_int_equal(populate(d, 1, 0), 0);
    d->in_step = true; // the other CPU
    for (unsigned i = 0; i < 100; i++)
        assert_false(domain_destroy_step(d));
    assert_int_equal(d->dying_step, 0);
    assert_int_equal(d->tot_pages, 1);
    d->in_step = false;
    destroy(d);
}

static void limits_hold(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 3);
    assert_int_equal(populate(d, 1, 0), 0);
    assert_int_equal(populate(d, 2, 1), 0);
    assert_int_equal(populate(d, 9, 0), -ENOMEM);
    // The same place again: the old frame goes, the limit counts both for a moment.
    d->max_pages = 4;
    assert_int_equal(populate(d, 1, 0), 0);
    assert_int_equal(d->tot_pages, 3);
    spin_lock(&d->lock);
    assert_int_equal(physmap_decrease(d, gfn_of(2)), 0);
    assert_int_equal(physmap_decrease(d, gfn_of(2)), -EINVAL);
    spin_unlock(&d->lock);
    assert_int_equal(d->tot_pages, 2);
    destroy(d);
}

static void an_unfinished_extent_goes_back(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 4096);
    spin_lock(&d->lock);
    assert_int_equal(physmap_populate(d, gfn_of(0x400), 9), PHYSMAP_MORE);
    assert_int_equal(d->tot_pages, PHYSMAP_STEP);
    // Another order: the first is given up.
    assert_int_equal(physmap_populate(d, gfn_of(0x10), 5), PHYSMAP_MORE);
    assert_int_equal(d->tot_pages, PHYSMAP_STEP);
    spin_unlock(&d->lock);
    destroy(d);
}

static void failures_of_creation_leave_nothing(void **state) {
    (void)state;
    struct domain *d;
    struct domain_config cfg = {.id = DOMID_INVALID, .nr_vcpus = 8, .quota_pages = 64};
    assert_int_equal(domain_create(&cfg, &d), -EBUSY); // the machine has no place for the last
    cfg.nr_vcpus = 9;
    assert_int_equal(domain_create(&cfg, &d), -EINVAL);
    cfg.nr_vcpus = 0;
    assert_int_equal(domain_create(&cfg, &d), -EINVAL);
    cfg.nr_vcpus = 1, cfg.nr_spis = 999;
    assert_int_equal(domain_create(&cfg, &d), -EINVAL);
    cfg.nr_spis = 0, cfg.max_pages = 77;
    assert_int_equal(domain_create(&cfg, &d), -ENOMEM);
    cfg.max_pages = 0, cfg.quota_pages = RAM_FRAMES;
    assert_int_equal(domain_create(&cfg, &d), -ENOMEM);
}

static void quota_grows_and_shrinks(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 16);
    struct quota *q = &d->quota;
    assert_int_equal(q->pages, 512);
    while (quota_resize_step(q, d->id, 1500) == QUOTA_MORE)
        ;
    assert_int_equal(q->pages, 1536);
    void *page[1000];
    for (unsigned i = 0; i < 1000; i++) {
        page[i] = quota_get(q, 1);
        assert_non_null(page[i]);
        memset(page[i], 0x55, 4096);
    }
    int rc;
    while ((rc = quota_resize_step(q, d->id, 512)) == QUOTA_MORE)
        ;
    assert_int_equal(rc, -EBUSY);
    for (unsigned i = 0; i < 1000; i++)
        quota_put(q, page[i]);
    while ((rc = quota_resize_step(q, d->id, 0)) == QUOTA_MORE)
        ;
    assert_int_equal(rc, 0);
    assert_int_equal(q->pages, 512);
    unsigned n = 0;
    for (uint64_t *p; (p = quota_get(q, 1)) != NULL; n++)
        assert_int_equal(p[n % 512], 0);
    assert_int_equal(q->used, 512);
    destroy(d);
}

static void pauses_count(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 16);
    domain_pause(d);
    assert_int_equal(domain_unpause(d), 0);
    assert_int_equal(d->vcpu[0]->paused, 1);
    assert_false(d->begun);
    assert_int_equal(domain_unpause(d), 0);
    assert_int_equal(d->vcpu[0]->paused, 0);
    assert_true(d->begun);
    assert_int_equal(domain_unpause(d), -EINVAL);
    domain_shutdown(d, SHUTDOWN_suspend);
    assert_int_equal(d->vcpu[0]->paused, 1);
    domain_shutdown(d, SHUTDOWN_crash); // the first word counts
    assert_int_equal(d->shutdown_reason, SHUTDOWN_suspend);
    assert_int_equal(dom_exc, 1);
    domain_resume(d);
    domain_resume(d);
    assert_int_equal(d->vcpu[0]->paused, 0);
    d->suspend_port = 5; // told there instead, of this reason alone
    domain_shutdown(d, SHUTDOWN_suspend);
    assert_int_equal(told, 5);
    assert_int_equal(dom_exc, 1);
    domain_resume(d);
    told = 0;
    domain_shutdown(d, SHUTDOWN_poweroff);
    assert_int_equal(told, 0);
    assert_int_equal(dom_exc, 2);
    destroy(d);
}

static void who_acts_on_it_has_nobody_afterwards(void **state) {
    (void)state;
    struct domain *d = create(DOMID_INVALID, 16), *other = create(DOMID_INVALID, 16);
    other->target = d->id + 1u;
    d->target = other->id + 1u;
    destroy(d);
    assert_int_equal(other->target, 0);
    destroy(other);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_life_leaves_nothing),
        TEST(ids_rise_and_their_place_comes_back),
        TEST(memory_waits_for_every_cpu),
        TEST(what_others_hold_keeps_it_listed),
        TEST(a_lent_grant_frame_keeps_it_listed),
        TEST(nothing_is_taken_before_the_vcpus_rest),
        TEST(two_destroyers),
        TEST(limits_hold),
        TEST(an_unfinished_extent_goes_back),
        TEST(failures_of_creation_leave_nothing),
        TEST(quota_grows_and_shrinks),
        TEST(pauses_count),
        TEST(who_acts_on_it_has_nobody_afterwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
