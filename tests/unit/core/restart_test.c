// SPDX-License-Identifier: Apache-2.0
// A static domain is put back (core/restart.c, core/sealed.c): clean memory, the sealed image, its
// links; what its policy says; what waits. The machine below is faked: a map of frames, a clock
// that a timer moves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/page.h>
#include <core/physmap.h>
#include <core/wallclock.h>
#include <xen/sched.h>

#include <cmocka.h> // last: its fail() is a macro

#define FRAMES 64U
#define RAM_GFN 16U // 8 pages of the guest's RAM, frames 16..23
#define RAM_PAGES 8U
#define IMAGE 40U // frames 40, 41: the kernel

static uint8_t memory[FRAMES][4096] __attribute__((aligned(4096)));
static struct page pages[FRAMES];
static struct {
    enum p2m_type type;
    uint64_t mfn;
} map[FRAMES];
static struct domain dom, peer;
static struct vcpu vcpu;
static struct timer *armed;
static uint64_t now;
static unsigned removed, populated, sent, bound, resumed, downs, resets, closes, told;
static bool lent_grants, at_rest, bind_fails;
static uint64_t entry;
struct domain *dom0;

void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}
static unsigned virqs;
void evtchn_raise_global_virq(struct domain *d, uint32_t virq) {
    assert_true(d == dom0 && virq == VIRQ_DOM_EXC);
    virqs++;
}
void log_guest(struct domain *d, const char *fmt, ...) {
    (void)d;
    (void)fmt;
    told++;
}
uint64_t time_ns(void) { return now; }
void timer_set(struct timer *t, uint64_t deadline) {
    assert_true(deadline > now);
    t->deadline = deadline;
    armed = t;
}
void timer_cancel(struct timer *t) { t->slot = 0; }
void *window_open(enum window w, mfn_t frame) {
    (void)w;
    return memory[frame.v];
}
void window_close(enum window w) { (void)w; }
void cache_zero(void *va, size_t size) { memset(va, 0, size); }
void cache_clean(const void *va, size_t size) {
    (void)va;
    (void)size;
}
static unsigned forgot;
void cache_forget_code(void) { forgot++; }
struct page *page_of(mfn_t m) {
    return &pages[m.v];
}
mfn_t page_mfn(const struct page *p) { return mfn_of((uint64_t)(p - pages)); }
bool page_is_lent(mfn_t m) { return pages[m.v % FRAMES].refs > 1; }
void page_put(struct page *p) { p->refs--; }
void page_scrub(mfn_t m) {
    assert_int_equal(pages[m.v].refs, 1);
    memset(memory[m.v], 0, 4096);
}
enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn) {
    (void)d;
    *mfn = mfn_of(map[gfn.v].mfn);
    return map[gfn.v].type;
}
bool p2m_hole(struct domain *d, gfn_t gfn, unsigned *order) {
    (void)d;
    *order = 0;
    return map[gfn.v].type == P2M_INVALID;
}
struct page *p2m_get_frame(struct domain *d, gfn_t gfn, bool write, mfn_t *mfn) {
    (void)write;
    if (p2m_lookup(d, gfn, mfn) != P2M_RAM)
        return NULL;
    pages[mfn->v].refs++;
    return &pages[mfn->v];
}
int physmap_remove(struct domain *d, gfn_t gfn) {
    (void)d;
    map[gfn.v].type = P2M_INVALID;
    removed++;
    return 0;
}
int physmap_populate(struct domain *d, gfn_t gfn, unsigned order) {
    (void)d;
    assert_int_equal(order, 0);
    map[gfn.v].type = P2M_RAM;
    map[gfn.v].mfn = 50;
    pages[50].refs = 1;
    populated++;
    return 0;
}
bool physmap_fill_drop(struct domain *d) { return d == &dom; }
void stage2_flush(const struct stage2 *s) { (void)s; }
void wallclock_show(struct domain *d) { d->shared_info->wc_sec = 7; }
bool domain_at_rest(struct domain *d) { return d == &dom && at_rest; }
struct domain *domain_get(domid_t id) {
    return id == 2 ? &peer : NULL;
}
struct domain *domain_next(uint32_t from) {
    return from <= 1 ? &dom : from <= 2 ? &peer : NULL;
}
bool domain_stop(struct domain *d, uint8_t reason) {
    assert_ptr_equal(d, &peer);
    d->shutdown_reason = reason;
    return true;
}
void domain_resume(struct domain *d) { resumed += d == &dom; }
void domain_release_areas(struct vcpu *v) { v->info = NULL; }
static jmp_buf down;
noreturn void machine_down(const char *who, uint8_t reason) {
    (void)who;
    downs = reason + 1U;
    longjmp(down, 1);
}
bool evtchn_reset_step(struct domain *d) { return d == &dom && ++closes % 3 != 0; }
int evtchn_alloc_unbound(struct domain *d, domid_t remote, port_t *port) {
    (void)d;
    *port = 1;
    return remote ? -EINVAL : 0;
}
int evtchn_bind_static(struct domain *a, port_t port_a, struct domain *b, port_t port_b) {
    assert_true(a == &dom && b == &peer && port_a == 10 && port_b == 11);
    bound += !bind_fails;
    return bind_fails ? -EBUSY : 0;
}
int64_t evtchn_send(struct domain *d, port_t port) {
    sent += d == &dom && port == 10;
    return 0;
}
bool grant_relinquish_step(struct domain *d) {
    d->grant.relinquished = 5;
    return true;
}
bool grant_frames_lent(struct domain *d) { return d == &dom && lent_grants; }
void arch_vcpu_destroy(struct vcpu *v) { (void)v; }
void arch_domain_quiet(struct domain *d) { (void)d; }
bool arch_domain_reset_step(struct domain *d, uint64_t *cursor) {
    (void)d;
    resets++;
    return ++*cursor == 2;
}
void arch_vcpu_reset(struct vcpu *v, ipa_t at, uint64_t context) {
    assert_ptr_equal(v, &vcpu);
    assert_int_equal(context, 0x17000);
    entry = at.v;
}
void vcpu_online(struct vcpu *v) { v->state = VCPU_RUNNABLE; }
void vcpu_offline(struct vcpu *v) { v->state = VCPU_OFFLINE; }
uint32_t quiesce_begin(void) { return 3; }
static bool quiet;
bool quiesce_done(uint32_t epoch) { return epoch == 3 && quiet; }

// Runs the timer until the domain is back, at most `most` steps; how many it took, 0: not back.
static unsigned carry_on(unsigned most) {
    for (unsigned n = 1; n <= most; n++) {
        struct timer *t = armed;
        if (!t)
            return 0;
        armed = NULL;
        now = t->deadline;
        t->fn(t->arg);
        if (!restart_busy(&dom))
            return n;
    }
    return 0;
}

static void unused(void *arg) { (void)arg; }

static int setup(void **state) {
    (void)state;
    static struct shared_info *info;
    memset(memory, 0xa5, sizeof(memory));
    memset(pages, 0, sizeof(pages));
    memset(map, 0, sizeof(map));
    memset(&dom, 0, sizeof(dom));
    memset(&peer, 0, sizeof(peer));
    info = (struct shared_info *)(void *)memory[60];
    dom.id = 1, peer.id = 2;
    dom.shared_info = info;
    dom.vcpu[0] = &vcpu;
    dom.nr_vcpus = 1;
    dom.p2m.max_gfn = FRAMES - 1;
    dom.sealed = (struct sealed){
        .piece = {{pa_of(IMAGE << 12 | 8), 5000, ipa_of(RAM_GFN << 12)}},
        .nr = 1,
        .entry = ipa_of(RAM_GFN << 12),
        .fdt = ipa_of(0x17000),
        .policy = {.on_crash = ACTION_RESTART},
        .range = {{RAM_GFN, RAM_PAGES, true}, {30, 2, false}},
        .nr_ranges = 2,
        .link = {{10, 11, 2}},
        .nr_links = 1,
    };
    for (unsigned i = 0; i < RAM_PAGES; i++) {
        map[RAM_GFN + i].type = P2M_RAM;
        map[RAM_GFN + i].mfn = RAM_GFN + i;
        pages[RAM_GFN + i].refs = 1;
    }
    map[30].type = map[31].type = P2M_FOREIGN; // static shared memory
    map[30].mfn = 30, map[31].mfn = 31;
    armed = NULL;
    removed = populated = sent = bound = resumed = downs = resets = closes = forgot = 0;
    lent_grants = bind_fails = false;
    at_rest = quiet = true;
    entry = 0;
    return 0;
}

static void comes_back_clean(void **state) {
    (void)state;
    map[5].type = P2M_SHARED; // what the guest had mapped
    map[RAM_GFN + 2].type = P2M_SHARED;
    map[40].type = P2M_DEVICE;
    vcpu.polling = vcpu.info_registered = true;
    dom.watchdog[0].fn = unused;
    assert_true(restart_begin(&dom, SHUTDOWN_crash));
    assert_true(restart_busy(&dom));
    assert_true(carry_on(60) > 10); // in small steps
    assert_int_equal(resumed, 1);
    assert_memory_equal(memory[RAM_GFN], memory[IMAGE] + 8, 4088);
    assert_memory_equal(memory[RAM_GFN] + 4088, memory[IMAGE + 1], 8);
    assert_int_equal(memory[RAM_GFN + 1][0], 0xa5);
    assert_int_equal(memory[RAM_GFN + 1][1000], 0); // behind the image
    for (unsigned i = 3; i < RAM_PAGES; i++)
        for (unsigned k = 0; k < 4096; k += 64)
            assert_int_equal(memory[RAM_GFN + i][k], 0);
    assert_int_equal(populated, 1); // where the shared page was
    assert_int_equal(removed, 2);
    assert_int_equal(map[5].type, P2M_INVALID);
    assert_int_equal(map[40].type, P2M_DEVICE);
    assert_int_equal(map[30].type, P2M_FOREIGN);
    assert_int_equal(memory[30][0], 0xa5); // shared memory is its peers' too
    assert_int_equal(bound, 1);
    assert_int_equal(sent, 1);
    assert_int_equal(entry, RAM_GFN << 12);
    assert_int_equal(vcpu.state, VCPU_RUNNABLE);
    assert_false(vcpu.polling || vcpu.info_registered || dom.watchdog[0].fn);
    assert_ptr_equal(vcpu.info, &dom.shared_info->vcpu_info[0]);
    assert_int_equal(dom.shared_info->evtchn_pending[0], 0);
    assert_int_equal(dom.shared_info->wc_sec, 7);
    assert_int_equal(dom.grant.relinquished, 0);
    assert_int_equal(resets, 2);
    assert_int_equal(forgot, 1);
    for (unsigned i = 0; i < FRAMES; i++)
        assert_true(pages[i].refs <= 1);
}

static void waits_for_what_others_hold(void **state) {
    (void)state;
    pages[RAM_GFN + 6].refs = 2; // mapped by another domain
    assert_true(restart_begin(&dom, SHUTDOWN_crash));
    assert_int_equal(carry_on(100), 0);
    assert_int_equal(memory[RAM_GFN + 6][0], 0xa5);
    assert_int_equal(resumed, 0);
    pages[RAM_GFN + 6].refs = 1;
    assert_true(carry_on(20) > 0);
    assert_int_equal(memory[RAM_GFN + 6][0], 0);
    lent_grants = true;
    quiet = at_rest = false;
    assert_true(restart_begin(&dom, SHUTDOWN_crash));
    assert_int_equal(carry_on(10), 0);
    assert_int_equal(closes, 3); // of the first time
    at_rest = true;
    assert_int_equal(carry_on(20), 0);
    quiet = true;
    assert_int_equal(carry_on(20), 0);
    lent_grants = false;
    bind_fails = true; // its peer took the port
    assert_true(carry_on(60) > 0);
    assert_int_equal(resumed, 2);
    assert_int_equal(sent, 1);
}

// A device that still answers as one at work, then as one at rest; before its memory is scrubbed.
static void devices_come_to_rest_first(void **state) {
    volatile uint32_t reg[2] = {7, 7};
    (void)state;
    dom.sealed.reset[0] = (struct device_reset){va_pa((void *)(uintptr_t)&reg[0]), 1, 0, 0};
    dom.sealed.reset[1] =
        (struct device_reset){va_pa((void *)(uintptr_t)&reg[1]), 0x10, 0x81, 0x80};
    dom.sealed.nr_resets = 2;
    assert_true(restart_begin(&dom, SHUTDOWN_crash));
    assert_int_equal(carry_on(40), 0);
    assert_true(reg[0] == 1 && reg[1] == 0x10);
    assert_int_equal(memory[RAM_GFN + 6][0], 0xa5);
    reg[1] = 0x91;
    assert_int_equal(carry_on(40), 0);
    reg[1] = 0x90;
    assert_true(carry_on(60) > 0);
    assert_int_equal(reg[1], 0x90); // written once
    assert_int_equal(resumed, 1);
    assert_true(restart_begin(&dom, SHUTDOWN_crash)); // it never does: the domain is halted
    assert_in_range(carry_on(3000), 1000, 1020);
    assert_int_equal(resumed, 1);
    assert_int_equal(virqs, 1);
    assert_true(restart_begin(&dom, SHUTDOWN_crash)); // again, by hand
    reg[1] = 0x80;
    assert_true(carry_on(60) == 0 && reg[1] == 0x10);
}

static void policy_decides(void **state) {
    (void)state;
    assert_false(restart_begin(&dom, SHUTDOWN_poweroff)); // halts, as without a policy
    assert_false(restart_begin(&dom, SHUTDOWN_watchdog));
    assert_false(restart_begin(&dom, SHUTDOWN_suspend));
    dom.sealed.policy = (struct restart_policy){.on_hang = ACTION_RESTART, .limit = 2};
    assert_false(restart_begin(&dom, SHUTDOWN_crash));
    for (unsigned i = 0; i < 2; i++) {
        assert_true(restart_begin(&dom, SHUTDOWN_watchdog));
        assert_true(carry_on(60) > 0);
    }
    assert_false(restart_begin(&dom, SHUTDOWN_watchdog));
    dom.sealed.policy = (struct restart_policy){.on_crash = ACTION_PANIC};
    if (!setjmp(down))
        (void)restart_begin(&dom, SHUTDOWN_crash);
    assert_int_equal(downs, SHUTDOWN_crash + 1); // the machine goes with it
    dom.sealed.policy = (struct restart_policy){.on_shutdown = ACTION_RESTART};
    assert_true(restart_begin(&dom, SHUTDOWN_reboot));
    dom.life = DOMAIN_DYING; // destroyed meanwhile: nothing goes on
    assert_int_equal(carry_on(60), 1);
    assert_int_equal(resumed, 2);
}

static void a_group_restarts_together(void **state) {
    (void)state;
    dom.sealed.policy = (struct restart_policy){.on_crash = ACTION_RESTART_GROUP, .group = 3};
    peer.sealed.policy = (struct restart_policy){.on_crash = ACTION_RESTART_GROUP, .group = 4};
    assert_true(restart_begin(&dom, SHUTDOWN_crash));
    assert_false(restart_busy(&peer));
    assert_true(carry_on(60) > 0);
    peer.sealed.policy.group = 3;
    assert_true(restart_begin(&dom, SHUTDOWN_crash));
    assert_true(restart_busy(&peer));
    assert_int_equal(peer.shutdown_reason, SHUTDOWN_reboot);
}

int main(void) {
#define T(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {T(comes_back_clean), T(waits_for_what_others_hold),
                                       T(devices_come_to_rest_first), T(policy_decides),
                                       T(a_group_restarts_together)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
