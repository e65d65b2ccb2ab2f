// SPDX-License-Identifier: Apache-2.0
// Trace buffers (core/trace.h). One block of 2 MiB holds the page of struct t_info and, from its
// second page on, each CPU's ring; it is taken at the first set_size and kept, as in Xen. Dom0 maps
// it and may write it: of what lies there only t_buf.cons is read, and not believed. A ring that is
// full drops records and says later how many. Owns LOCK_TRACE, which guards `control` alone. Worst
// case: SCRUB_STEP pages zeroed.
#include <arch/atomic.h>
#include <arch/cache.h>
#include <arch/map.h>
#include <arch/time.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/page.h>
#include <core/trace.h>

#define SCRUB_STEP 16
#define RECORD_BYTES(n) (12 + 4 * (n)) // with its time
#define LOST_WORDS 4
#define TRACE_ENTRIES ((TRC_HW | TRC_PV) & ~0xffffU) // classes with records of ways into EL2

struct ring {
    struct t_buf *buf;
    uint32_t prod; // the shared one is a copy
    uint32_t lost, lost_vcpu;
    uint64_t lost_since;
    uint64_t switched_ns; // when this CPU went over to whom it runs
    bool half;            // VIRQ_TBUF is due
};

static struct ring rings[NR_CPUS];
static struct {
    spinlock_t lock;
    char *block;
    uint32_t pages;    // a CPU
    uint32_t scrubbed; // of all
    uint32_t cpus, events;
    bool on;
} control = {.lock = SPINLOCK_INIT(LOCK_TRACE), .cpus = ~0U, .events = TRC_ALL};

static uint32_t ring_bytes(void) {
    return (control.pages << PAGE_SHIFT) - (uint32_t)sizeof(struct t_buf);
}

static uint32_t *word_at(const struct ring *r, uint32_t prod) {
    uint32_t at = prod < ring_bytes() ? prod : prod - ring_bytes();
    return (uint32_t *)(r->buf + 1) + at / 4;
}

static void advance(struct ring *r, uint32_t bytes) {
    r->prod += bytes;
    if (r->prod >= 2 * ring_bytes())
        r->prod -= 2 * ring_bytes();
}

static void put(struct ring *r, uint32_t event, uint64_t now, unsigned n, const uint32_t *words) {
    uint32_t *to = word_at(r, r->prod);
    to[0] = event | n << TRACE_EXTRA_SHIFT | (uint32_t)TRC_HD_CYCLE_FLAG;
    to[1] = (uint32_t)now;
    to[2] = (uint32_t)(now >> 32);
    for (unsigned i = 0; i < n; i++)
        to[3 + i] = words[i];
    advance(r, RECORD_BYTES(n));
}

// The end of the ring, where no record fits: records without a time that mean nothing.
static void pad(struct ring *r, uint32_t bytes) {
    while (bytes) {
        uint32_t n = MIN(bytes / 4 - 1, (uint32_t)TRACE_EXTRA_MAX);
        uint32_t *to = word_at(r, r->prod);
        to[0] = TRC_TRACE_WRAP_BUFFER | n << TRACE_EXTRA_SHIFT;
        for (uint32_t i = 0; i < n; i++)
            to[1 + i] = 0;
        advance(r, 4 + 4 * n);
        bytes -= 4 + 4 * n;
    }
}

// Bytes that the reader has not taken yet; all when what it says makes no sense.
static uint32_t unread(const struct ring *r) {
    uint32_t size = ring_bytes(), cons = load_acquire(&r->buf->cons);
    uint32_t used = r->prod >= cons ? r->prod - cons : r->prod + 2 * size - cons;
    return cons >= 2 * size ? size : MIN(used, size);
}

static bool chosen(uint32_t mask, uint32_t event) {
    mask &= event;
    return (mask >> TRC_CLS_SHIFT) && (mask >> TRC_SUBCLS_SHIFT & 0xf);
}

void trace_write(uint32_t event, unsigned n, const uint32_t *words) {
    struct percpu *c = this_cpu();
    struct ring *r = &rings[c->id];
    uint64_t now = time_ticks();
    if (!chosen(c->trace, event))
        return;
    uint32_t size = ring_bytes(), used = unread(r);
    uint32_t need = RECORD_BYTES(n) + (r->lost ? RECORD_BYTES(LOST_WORDS) : 0);
    uint32_t tail = size - r->prod % size, gap = tail < need ? tail : 0;
    if (size - used < gap + need) {
        if (r->lost++ == 0) {
            r->lost_since = now;
            r->lost_vcpu = trace_vcpu(c->loaded);
        }
        return;
    }
    pad(r, gap);
    if (r->lost) {
        const uint32_t lost[LOST_WORDS] = {r->lost, r->lost_vcpu << 16 | r->lost_vcpu >> 16,
                                           (uint32_t)r->lost_since,
                                           (uint32_t)(r->lost_since >> 32)};
        put(r, TRC_LOST_RECORDS, now, LOST_WORDS, lost);
        r->lost = 0;
    }
    put(r, event, now, n, words);
    store_release(&r->buf->prod, r->prod);
    if (used < size / 2 && used + gap + need >= size / 2) {
        r->half = true; // locks may be held here
        cpu_raise(c->id, WORK_QUIESCE);
    }
}

uint32_t trace_vcpu(const struct vcpu *v) {
    return v ? (uint32_t)v->domain->id << 16 | v->id : DOMID_IDLE << 16 | this_cpu()->id;
}

void trace_runstate(const struct vcpu *v, uint32_t from, uint32_t to) {
    static const uint32_t also[] = {[RUNSTATE_runnable] = TRC_SCHED_WAKE,
                                    [RUNSTATE_blocked] = TRC_SCHED_BLOCK,
                                    [RUNSTATE_offline] = TRC_SCHED_SLEEP};
    bool put_off = from == RUNSTATE_running && to == RUNSTATE_runnable;
    if (v && to != RUNSTATE_running && !put_off)
        trace(also[to], v->domain->id, v->id);
    trace(TRC_SCHED_RUNSTATE_CHANGE | from << 8 | to << 4, trace_vcpu(v));
}

static uint32_t clip(uint64_t ns) { return (uint32_t)MIN(ns, (uint64_t)UINT32_MAX); }

void trace_switch(const struct vcpu *prev, const struct vcpu *next, uint64_t until) {
    struct ring *r = &rings[this_cpu()->id];
    uint32_t a = trace_vcpu(prev), b = trace_vcpu(next);
    uint64_t now = time_ns(), waited = next ? now - next->runstate.state_entry_time : 0;
    uint32_t ran = clip(now - r->switched_ns);
    uint32_t slice = until == UINT64_MAX ? UINT32_MAX : clip(until - MIN(until, now));
    if (prev == next) {
        if (prev) {
            trace(TRC_SCHED_SWITCH_INFCONT, a >> 16, a & 0xffff, ran, slice);
            trace(TRC_SCHED_CONTINUE_RUNNING, a);
        }
        return;
    }
    r->switched_ns = now;
    trace(TRC_SCHED_SWITCH_INFPREV, a >> 16, a & 0xffff, ran);
    trace(TRC_SCHED_SWITCH_INFNEXT, b >> 16, b & 0xffff, clip(waited), slice);
    trace(TRC_SCHED_SWITCH, a >> 16, a & 0xffff, b >> 16, b & 0xffff);
    if (!prev)
        trace_runstate(NULL, RUNSTATE_running, RUNSTATE_runnable);
    if (!next)
        trace_runstate(NULL, RUNSTATE_runnable, RUNSTATE_running);
}

void trace_pass(struct percpu *c) {
    struct ring *r = &rings[c->id];
    cpu_trace_entries(c->trace & TRACE_ENTRIES);
    if (!c->trace)
        r->lost = 0; // nothing of it in the next capture
    if (!r->half)
        return;
    r->half = false;
    evtchn_raise_global_virq(dom0, VIRQ_TBUF);
}

// Every CPU finds out in its exit room.
static void apply(void) REQUIRES(&control.lock) {
    for (unsigned cpu = 0; cpu < nr_cpus; cpu++) {
        bool on = control.on && (control.cpus >> cpu & 1);
        store_relaxed(&percpus[cpu].trace, on ? control.events : 0);
    }
    (void)quiesce_begin();
}

// All is zeroed and shared: tells Dom0 where the rings are.
static void publish(void) REQUIRES(&control.lock) {
    struct t_info *info = (void *)control.block;
    uint64_t first = pa_mfn(va_pa(control.block)).v;
    uint32_t list = (uint32_t)(offsetof(struct t_info, mfn_offset[NR_CPUS]) + 3) / 4;
    info->tbuf_size = (uint16_t)control.pages;
    for (uint32_t cpu = 0, page = 1; cpu < nr_cpus; cpu++) {
        info->mfn_offset[cpu] = (uint16_t)list;
        rings[cpu].buf = (void *)(control.block + (page << PAGE_SHIFT));
        for (uint32_t i = 0; i < control.pages; i++)
            ((uint32_t *)info)[list++] = (uint32_t)(first + page++);
    }
}

static int set_size_step(uint32_t pages) REQUIRES(&control.lock) {
    if (pages == 0)
        return fail(-EINVAL);
    if (!control.block) {
        control.block = (char *)quota_block_new(DOMID_XEN);
        control.pages = MIN(pages, (QUOTA_PAGES - 1) / nr_cpus);
        return control.block ? TRACE_MORE : fail(-ENOMEM);
    }
    if (rings[0].buf)
        return fail(pages == control.pages ? -EBUSY : -EINVAL);
    for (uint32_t i = 0; i < SCRUB_STEP; i++) {
        if (control.scrubbed == 1 + control.pages * nr_cpus) {
            publish();
            return 0;
        }
        char *page = control.block + (control.scrubbed++ << PAGE_SHIFT);
        cache_zero(page, PAGE_SIZE);
        page_share(DOMID_XEN, pa_mfn(va_pa(page)));
    }
    return TRACE_MORE;
}

int trace_set_size(uint32_t pages) {
    spin_lock(&control.lock);
    int rc = set_size_step(pages);
    spin_unlock(&control.lock);
    return rc;
}

void trace_set_cpus(uint32_t cpus) {
    spin_lock(&control.lock);
    control.cpus = cpus;
    apply();
    spin_unlock(&control.lock);
}

void trace_set_events(uint32_t mask) {
    spin_lock(&control.lock);
    control.events = mask;
    apply();
    spin_unlock(&control.lock);
}

int trace_set_on(bool on) {
    spin_lock(&control.lock);
    int rc = on && !rings[0].buf ? fail(-EINVAL) : 0;
    if (!rc) {
        control.on = on;
        apply();
    }
    spin_unlock(&control.lock);
    return rc;
}

struct trace_info trace_info(void) {
    spin_lock(&control.lock);
    struct trace_info info = {.events = control.events};
    if (rings[0].buf) {
        info.size = PAGE_SIZE;
        info.at = pa_mfn(va_pa(control.block));
    }
    spin_unlock(&control.lock);
    return info;
}
