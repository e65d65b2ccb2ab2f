// SPDX-License-Identifier: Apache-2.0
// See fake_core.h.
#include "fake_core.h"
#include "fake_guest.h"

#include <arch/cache.h>
#include <arch/map.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <core/build.h>
#include <core/console.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/page.h>
#include <core/upcall.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct domain *fake_d0, *fake_d1, *dom0;
struct vcpu *fake_current;
uint64_t fake_now = 1000;
typeof(fake_did) fake_did;
unsigned fake_fail_pool, fake_fail_map, fake_fail_unmap, fake_fail_pin;
int fake_pool_pages, fake_pins;
_Thread_local struct percpu *fake_cpu;
bool fake_interrupt_waits;
static struct percpu cpu;

const uint8_t build_id[] = {0xde, 0xad, 0xbe, 0xef, 1,  2,  3,  4,  5,  6,
                            7,    8,    9,    10,   11, 12, 13, 14, 15, 16};
const uint32_t build_id_len = sizeof(build_id);
char boot_commandline[1024] = "console=dtuart";

static _Alignas(4096) uint8_t ram[FAKE_FRAMES][4096];
#define QUOTA_FRAMES 1024
static struct page table[FAKE_FRAMES + QUOTA_FRAMES];
static _Alignas(4096) struct shared_info_page {
    struct shared_info info;
    uint8_t pad[4096 - sizeof(struct shared_info)];
} shared[2];
// EL2's pages for the domains' quotas: at a fixed low address, so that they have frame numbers.
#define QUOTA_VA 0x20000000UL
static uint8_t (*quota)[4096];
static bool quota_used[QUOTA_FRAMES];
static struct domain domains[2];
static struct vcpu vcpus[2][MAX_VCPUS];

// True when the injected failure is due now.
static bool due(unsigned *n) { return *n && --*n == 0; }

uint8_t *fake_frame(uint64_t mfn) { return ram[mfn - FAKE_FIRST]; }

void panic(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}
void log_at(enum log_level level, const char *fmt, ...) {
    (void)level;
    (void)fmt;
}
void log_guest(struct domain *d, const char *fmt, ...) {
    (void)d;
    (void)fmt;
    fake_did.guest_lines++;
}

size_t strlcpy(char *dst, const char *src, size_t size) {
    size_t n = strlen(src);
    if (size) {
        size_t copy = n < size - 1 ? n : size - 1;
        memcpy(dst, src, copy);
        dst[copy] = 0;
    }
    return n;
}
size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t from) {
    while (from < bits && !bitmap_test(map, from))
        from++;
    return from < bits ? from : bits;
}
size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t from) {
    while (from < bits && bitmap_test(map, from))
        from++;
    return from < bits ? from : bits;
}

// Maps: frames of RAM are where fake_frame says.
void *window_open(enum window w, mfn_t frame) {
    (void)w;
    return fake_frame(frame.v);
}
void window_close(enum window w) { (void)w; }
void *map_pinned(mfn_t frame) {
    if (due(&fake_fail_pin))
        return NULL;
    __atomic_fetch_add(&fake_pins, 1, __ATOMIC_RELAXED);
    return fake_frame(frame.v);
}
void unmap_pinned(void *va) {
    if ((uintptr_t)va % 4096)
        abort();
    __atomic_fetch_sub(&fake_pins, 1, __ATOMIC_RELAXED);
}
void cache_zero(void *va, size_t size) { memset(va, 0, size); }
void cache_zero_clean(void *va, size_t size) { cache_zero(va, size); }
void cache_copy(void *restrict to, const void *restrict from, size_t size) {
    memcpy(to, from, size);
}
void cache_clean(const void *va, size_t size) {
    (void)va;
    (void)size;
}
void cache_clean_invalidate(const void *va, size_t size) { cache_clean(va, size); }
void cache_invalidate(const void *va, size_t size) { cache_clean(va, size); }

// Stage 2 as a table by frame number.
#define MAX_GFN 0x10200
static struct {
    uint64_t mfn;
    enum p2m_type type;
} maps[2][MAX_GFN];

static bool beyond(gfn_t gfn, uint64_t count) {
    return gfn.v >= MAX_GFN || count > MAX_GFN - gfn.v;
}

int p2m_map(struct domain *d, gfn_t gfn, mfn_t mfn, uint64_t count, enum p2m_type type) {
    if (beyond(gfn, count))
        return fail(-EINVAL);
    if (due(&fake_fail_map))
        return fail(-ENOMEM);
    spin_lock(&d->p2m.lock);
    for (uint64_t i = 0; i < count; i++) {
        maps[d->id][gfn.v + i].mfn = mfn.v + i;
        maps[d->id][gfn.v + i].type = type;
    }
    d->p2m.max_gfn = MAX(d->p2m.max_gfn, gfn.v + count - 1);
    spin_unlock(&d->p2m.lock);
    return 0;
}
int p2m_swap(struct domain *d, gfn_t gfn, mfn_t mfn, enum p2m_type type, unsigned over,
             struct p2m_leaf *was) {
    was->type = p2m_lookup(d, gfn, &was->mfn);
    if (!(over & 1U << was->type))
        return fail(P2M_GRANTS & 1U << was->type ? -EBUSY : -ENOENT);
    return type == P2M_INVALID ? p2m_unmap(d, gfn, 1) : p2m_map(d, gfn, mfn, 1, type);
}
bool p2m_hole(struct domain *d, gfn_t gfn, unsigned *order) {
    mfn_t mfn;
    *order = 0;
    return p2m_lookup(d, gfn, &mfn) == P2M_INVALID;
}
int p2m_unmap(struct domain *d, gfn_t gfn, uint64_t count) {
    if (beyond(gfn, count))
        return fail(-EINVAL);
    if (due(&fake_fail_unmap))
        return fail(-ENOMEM);
    spin_lock(&d->p2m.lock);
    for (uint64_t i = 0; i < count; i++)
        maps[d->id][gfn.v + i].type = P2M_INVALID;
    spin_unlock(&d->p2m.lock);
    return 0;
}
enum p2m_type p2m_lookup(struct domain *d, gfn_t gfn, mfn_t *mfn) {
    if (beyond(gfn, 1))
        return P2M_INVALID;
    spin_lock(&d->p2m.lock);
    *mfn = mfn_of(maps[d->id][gfn.v].mfn);
    enum p2m_type t = maps[d->id][gfn.v].type;
    spin_unlock(&d->p2m.lock);
    return t;
}
void fake_unmap_foreign(struct domain *d) {
    for (uint64_t gfn = 0; gfn < MAX_GFN; gfn++) {
        if (maps[d->id][gfn].type == P2M_FOREIGN)
            page_put(page_of(mfn_of(maps[d->id][gfn].mfn)));
        maps[d->id][gfn].type = P2M_INVALID;
    }
}
struct page *p2m_get_frame(struct domain *d, gfn_t gfn, bool write, mfn_t *mfn) {
    enum p2m_type t = p2m_lookup(d, gfn, mfn);
    struct page *p = t == P2M_RAM || (t == P2M_RAM_RO && !write) ? page_of(*mfn) : NULL;
    return p && page_get(p, d) ? p : NULL;
}

// Scheduler and vCPU.
void vcpu_wake(struct vcpu *v) {
    __atomic_fetch_add(&fake_did.wakes, 1, __ATOMIC_RELAXED);
    if (load_relaxed(&v->state) == VCPU_BLOCKED)
        store_relaxed(&v->state, VCPU_RUNNING);
}
void vcpu_block(struct vcpu *v) {
    if (!v->pending)
        v->state = VCPU_BLOCKED;
}
void vcpu_online(struct vcpu *v) { v->state = VCPU_RUNNING; }
void vcpu_offline(struct vcpu *v) { v->state = VCPU_OFFLINE; }
void sched_set_runstate_map(struct vcpu *v, void *map) {
    v->runstate_map = map;
    if (map)
        memcpy(map, &v->runstate, sizeof(v->runstate));
}
void vcpu_yield(struct vcpu *v) {
    (void)v;
    fake_did.yields++;
}
void vcpu_raise(struct vcpu *v, enum vcpu_work work) {
    (void)atomic_or(&v->pending, 1U << work);
    vcpu_wake(v);
}
void vgic_inject(struct vcpu *v, virq_t irq) {
    if (irq == v->domain->arch.evtchn_ppi)
        vcpu_raise(v, VCPU_VGIC);
}
int64_t vgic_inject_ppi(struct vcpu *v, virq_t irq) {
    vgic_inject(v, irq);
    return 0;
}
void fake_exit(struct vcpu *v) {
    uint32_t work = v->pending;
    v->pending = 0;
    if (work & (1U << VCPU_VGIC))
        fake_did.upcalls++;
}
uint64_t time_ns(void) { return fake_now; }
void timer_set(struct timer *t, uint64_t deadline) {
    t->deadline = deadline;
    t->slot = 1;
}
void timer_cancel(struct timer *t) { t->slot = 0; }

// Domains.
struct domain *domain_get(domid_t id) {
    return id < 2 ? &domains[id] : NULL;
}
struct domain *domain_resolve(struct vcpu *v, domid_t id) {
    return id == DOMID_SELF ? v->domain : domain_get(id);
}
struct vcpu *domain_vcpu(struct domain *d, uint32_t id) {
    return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}
void domain_shutdown(struct domain *d, uint8_t reason) {
    fake_did.shutdowns++;
    fake_did.reason = reason;
    d->shut = true;
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        d->vcpu[i]->paused++;
}
void *domain_page_get(struct domain *d) {
    (void)d;
    if (due(&fake_fail_pool))
        return NULL;
    for (unsigned i = 0; i < QUOTA_FRAMES; i++) {
        bool free = false;
        if (!__atomic_compare_exchange_n(&quota_used[i], &free, true, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_RELAXED))
            continue;
        memset(quota[i], 0, 4096);
        __atomic_fetch_add(&fake_pool_pages, 1, __ATOMIC_RELAXED);
        return quota[i];
    }
    abort();
}
void domain_page_put(struct domain *d, void *page) {
    (void)d;
    memset(page, 0xaa, 4096); // a use after this reads garbage
    __atomic_fetch_sub(&fake_pool_pages, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&quota_used[(uint8_t(*)[4096])page - quota], false, __ATOMIC_RELEASE);
}

// A thread is a CPU; it says that it passed the exit room by fake_exit_room.
static uint32_t last_epoch;
struct percpu *fake_cpus;
unsigned fake_nr_cpus;
uint32_t quiesce_begin(void) { return __atomic_add_fetch(&last_epoch, 1, __ATOMIC_SEQ_CST); }
bool quiesce_done(uint32_t epoch) {
    for (unsigned i = 0; i < fake_nr_cpus; i++)
        if ((int32_t)(load_acquire(&fake_cpus[i].epoch) - epoch) < 0)
            return false;
    return true;
}
void fake_exit_room(void) { store_release(&fake_cpu->epoch, load_acquire(&last_epoch)); }

void domain_maybe_gone(struct domain *d) { (void)d; }
struct domain *domain_next(uint32_t from) {
    return from < 2 ? &domains[from] : NULL;
}
int domain_create(const struct domain_config *cfg, struct domain **out) {
    fake_control.asked = *cfg;
    *out = fake_control.made;
    return *out ? 0 : fail(-ENOMEM);
}
void domain_pause(struct domain *d) { d->pause_count++; }
int domain_unpause(struct domain *d) { return d->pause_count-- ? 0 : fail(-EINVAL); }
void domain_resume(struct domain *d) { d->shut = false; }
bool domain_destroy_step(struct domain *d) {
    d->life = DOMAIN_DEAD;
    return true;
}
int quota_resize_step(struct quota *q, uint16_t owner, uint32_t pages) {
    (void)owner;
    if (q->pages >= pages)
        return 0;
    q->pages += QUOTA_PAGES;
    return QUOTA_MORE;
}
uint8_t arch_gic_version(const struct domain *d) {
    (void)d;
    return 3;
}

bool console_write(const char *text, size_t len) {
    if (len > fake_did.console_room || fake_did.console_len + len > sizeof(fake_did.console)) {
        fake_did.console_room = sizeof(fake_did.console); // it drains until the next try
        return false;
    }
    memcpy(fake_did.console + fake_did.console_len, text, len);
    fake_did.console_len += len;
    fake_did.console_room -= len;
    return true;
}
size_t console_read(char *buf, size_t len) {
    size_t n = fake_did.input ? strlen(fake_did.input) : 0;
    n = MIN(n, len);
    if (n == 0)
        return 0;
    memcpy(buf, fake_did.input, n);
    fake_did.input += n;
    return n;
}

static void domain_init(unsigned id, uint32_t nr_vcpus, uint64_t gfn) {
    struct domain *d = &domains[id];
    *d = (struct domain){.id = (domid_t)id, .life = DOMAIN_ALIVE, .nr_vcpus = nr_vcpus};
    d->privileged = d->direct_mapped = id == 0;
    d->max_pages = FAKE_OWNED + 8;
    d->arch.evtchn_ppi = 16;
    spin_lock_init(&d->lock, LOCK_DOMAIN);
    d->sched.pool = sched_pool_get(0);
    d->sched.weight = 256;
    spin_lock_init(&d->p2m.lock, LOCK_P2M);
    memset(&shared[id], 0, sizeof(shared[id]));
    d->shared_info = &shared[id].info;
    for (uint32_t i = 0; i < nr_vcpus; i++) {
        struct vcpu *v = &vcpus[id][i];
        memset(v, 0, sizeof(*v));
        v->domain = d;
        v->id = i;
        v->state = VCPU_RUNNING;
        v->sched.hard = v->sched.soft = ~0U;
        d->vcpu[i] = v;
    }
    uint64_t first = id ? FAKE_D1_FIRST : FAKE_FIRST;
    page_to_guest(d, mfn_of(first), FAKE_OWNED);
    if (p2m_map(d, gfn_of(gfn), mfn_of(first), FAKE_OWNED, P2M_RAM) || evtchn_create(d) ||
        grant_create(d))
        abort();
}

void fake_core_reset(void) {
    static bool bank;
    if (!bank) {
        page_add_bank(mfn_of(FAKE_FIRST), FAKE_FRAMES, table);
        quota = mmap((void *)QUOTA_VA, sizeof(*quota) * QUOTA_FRAMES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (quota != (void *)QUOTA_VA)
            abort();
        page_add_bank(mfn_of(QUOTA_VA >> 12), QUOTA_FRAMES, table + FAKE_FRAMES);
    }
    bank = true;
    memset(quota_used, 0, sizeof(quota_used));
    fake_cpu = &cpu;
    // Page states from the beginning, by way of the free lists.
    while (page_alloc_block(0, mfn_of(0), mfn_of(~0ULL)))
        ;
    memset(maps, 0, sizeof(maps));
    fake_fail_pool = fake_fail_map = fake_fail_unmap = fake_fail_pin = 0;
    fake_pool_pages = fake_pins = 0;
    fake_guest_allow_double = false;
    fake_now = 1000;
    memset(&fake_did, 0, sizeof(fake_did));
    fake_control_reset();
    fake_did.console_room = sizeof(fake_did.console);
    memset(table, 0, FAKE_FRAMES * sizeof(table[0]));
    fake_interrupt_waits = false;
    memset(ram, 0, sizeof(ram));
    domain_init(0, 4, FAKE_FIRST);
    domain_init(1, 2, FAKE_D1_GFN);
    fake_d0 = dom0 = &domains[0];
    fake_d1 = &domains[1];
    page_release_range(mfn_of(FAKE_FIRST + FAKE_OWNED), FAKE_D1_FIRST - FAKE_FIRST - FAKE_OWNED);
    page_release_range(mfn_of(FAKE_D1_FIRST + FAKE_OWNED), 128 - FAKE_OWNED);
    if (p2m_map(fake_d0, gfn_of(FAKE_DEVICE), mfn_of(FAKE_DEVICE), 1, P2M_DEVICE))
        abort();
    fake_current = fake_d0->vcpu[0];
}

void fake_core_teardown(void) {
    for (unsigned i = 0; i < 2; i++) {
        struct domain *d = &domains[i];
        d->life = DOMAIN_DYING;
        while (!evtchn_relinquish_step(d))
            ;
        while (!grant_relinquish_step(d))
            ;
        for (uint32_t v = 0; v < d->nr_vcpus; v++) {
            unpin_frame(&d->vcpu[v]->info_page);
            unpin_frame(&d->vcpu[v]->runstate_page);
        }
    }
}

void fake_hypercall_start(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2) {
    uint64_t *x = v->arch.regs.x;
    x[16] = nr;
    x[0] = a0;
    x[1] = a1;
    x[2] = a2;
}

bool fake_hypercall_step(struct vcpu *v, int64_t *ret) {
    fake_current = v;
    fake_guest_begin();
    *ret = hypercall_dispatch(v, v->arch.regs.x[16]);
    if (*ret == HYPERCALL_AGAIN)
        fake_did.retries++;
    return *ret != HYPERCALL_AGAIN;
}

int64_t fake_hypercall(struct vcpu *v, uint64_t nr, uint64_t a0, uint64_t a1, uint64_t a2) {
    int64_t ret;
    fake_hypercall_start(v, nr, a0, a1, a2);
    for (unsigned i = 0; !fake_hypercall_step(v, &ret); i++) {
        if (i > 10000)
            panic("hypercall %llu does not end", (unsigned long long)nr);
    }
    return ret;
}
