// SPDX-License-Identifier: Apache-2.0
// arinc653: a flight timetable. A major frame repeats; in it each CPU has windows, each given to
// one vCPU, who has the CPU then whether it computes or not; between windows the CPU idles. Windows
// at the same time on several CPUs make the vCPUs of a partition a gang. A new table waits for the
// end of the frame. Until one is set, everybody has DEFAULT_WINDOW in turn. A window that is its
// whole frame has no end to look after. All is under the pool's lock. Worst case: pick looks at the
// windows of its CPU once; a table that comes, at every pair.

#include <arch/time.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/percpu.h>
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/scheduler.h>

#define DEFAULT_WINDOW 10000000ULL // ns

struct timetable {
    uint64_t frame_start;
    struct sched_table *now, *other; // the one in effect
    bool pending, chosen;            // the other is to follow; it was set, not made up here
    uint8_t cursor[NR_CPUS];
    struct sched_table table[2];
};
static struct timetable timetables[NR_POOLS];

static inline struct timetable *of(const struct sched_pool *p) { return p->timetable; }

static bool is_for(const struct sched_window *w, const struct vcpu *v) {
    return w->vcpu_id == v->id && !memcmp(w->handle, v->domain->handle, sizeof(w->handle));
}

static bool same_vcpu(const struct sched_window *a, const struct sched_window *b) {
    return a->vcpu_id == b->vcpu_id && !memcmp(a->handle, b->handle, sizeof(a->handle));
}

static void resolve(struct sched_pool *p, struct sched_table *t) {
    for (uint32_t i = 0; i < t->nr; i++) {
        struct sched_window *w = &t->window[i];
        w->vcpu = NULL;
        for (struct vcpu *v = p->members; v && !w->vcpu; v = v->sched.next_member)
            w->vcpu = is_for(w, v) ? v : NULL;
    }
}

static void ask_all(struct sched_pool *p) {
    for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
        if (p->cpus & (1U << cpu))
            sched_ask(p, cpu);
    }
}

static void change(struct timetable *t, uint64_t start) {
    struct sched_table *was = t->now;
    t->now = t->other;
    t->other = was;
    t->pending = false;
    t->frame_start = start;
    memset(t->cursor, 0, sizeof(t->cursor));
}

// The other table is ready: from the end of the frame on, or at once when there is none.
static void follow(struct sched_pool *p, struct timetable *t) {
    t->pending = true;
    if (!t->now->frame)
        change(t, time_ns());
    ask_all(p);
}

// `now` is beyond the frame, or there is none: false.
static __attribute__((noinline)) bool begin_frame(struct timetable *t, uint64_t now) {
    for (unsigned i = 0; i < 2; i++) {
        uint64_t frame = t->now->frame, ran = now - t->frame_start;
        if (!frame || ran < frame)
            break;
        t->frame_start += t->pending ? frame : ran / frame * frame;
        if (t->pending)
            change(t, t->frame_start);
        memset(t->cursor, 0, sizeof(t->cursor));
    }
    return t->now->frame;
}

// The frame is the one that runs; false: there is none.
static inline bool keep_up(struct timetable *t, uint64_t now) {
    return likely(now - t->frame_start < t->now->frame) || begin_frame(t, now);
}

static __attribute__((noinline)) struct sched_window *search(struct timetable *t, unsigned cpu,
                                                             uint64_t ran) {
    for (unsigned i = t->cursor[cpu]; i < t->now->nr; i++) {
        struct sched_window *w = &t->now->window[i];
        if (w->cpu > cpu)
            break;
        if (w->cpu == cpu && w->end > ran) {
            t->cursor[cpu] = (uint8_t)i;
            return w;
        }
    }
    return NULL;
}

// The first window of `cpu` that is not over in this frame, or NULL.
static inline struct sched_window *window(struct timetable *t, unsigned cpu, uint64_t now) {
    struct sched_window *w = &t->now->window[t->cursor[cpu]];
    uint64_t ran = now - t->frame_start;
    return likely(w->cpu == cpu && w->end > ran) ? w : search(t, cpu, ran);
}

static struct vcpu *arinc_pick(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    struct timetable *t = of(p);
    uint64_t now = time_ns();
    if (unlikely(!(p->cpus & (1U << cpu)) || !keep_up(t, now)))
        return NULL;
    const struct sched_window *w = window(t, cpu, now);
    if (unlikely(!w || t->frame_start + w->start > now)) {
        *until = t->frame_start + (w ? w->start : t->now->frame);
        return NULL;
    }
    if (t->pending || w->end - w->start != t->now->frame)
        *until = t->frame_start + w->end;
    if (!w->vcpu || !sched_can_run(w->vcpu))
        return NULL;
    if (sched_usable(w->vcpu, cpu))
        return w->vcpu;
    uint8_t at = sched_place(w->vcpu);
    if (at != SCHED_NOWHERE)
        cpu_raise(at, WORK_SCHEDULE); // put it down, then tell
    return NULL;
}

// Is it v's time somewhere?
static void arinc_wake(struct sched_pool *p, struct vcpu *v) {
    struct timetable *t = of(p);
    uint64_t now = time_ns();
    uint32_t left = likely(keep_up(t, now)) ? p->cpus : 0;
    for (; left; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctz(left);
        const struct sched_window *w = window(t, cpu, now);
        if (w && w->vcpu == v && t->frame_start + w->start <= now)
            sched_ask(p, cpu);
    }
}

static void arinc_sleep(struct sched_pool *p, struct vcpu *v) {
    (void)p;
    (void)v;
}

// A window each on the CPUs in turn.
static void make_up(struct sched_pool *p) {
    struct timetable *t = of(p);
    uint32_t nr = 0, cpus = 0, members = 0, n = 0;
    for (uint32_t left = p->cpus; left; left &= left - 1)
        cpus++;
    if (t->chosen || !cpus)
        return;
    (void)keep_up(t, time_ns());
    struct sched_table *table = t->other;
    for (const struct vcpu *v = p->members; v && members < ARINC_WINDOWS; v = v->sched.next_member)
        members++;
    for (uint32_t left = p->cpus; left; left &= left - 1, n++) {
        uint32_t i = 0, k = 0;
        for (struct vcpu *v = p->members; v && i < members; v = v->sched.next_member, i++) {
            if (i % cpus != n)
                continue;
            struct sched_window *w = &table->window[nr++];
            w->start = k++ * DEFAULT_WINDOW;
            w->end = w->start + DEFAULT_WINDOW;
            w->vcpu = v;
            w->vcpu_id = v->id;
            w->cpu = (uint32_t)__builtin_ctz(left);
            memcpy(w->handle, v->domain->handle, sizeof(w->handle));
        }
    }
    table->nr = nr;
    table->frame = (members + cpus - 1) / cpus * DEFAULT_WINDOW;
    follow(p, t);
}

static void arinc_init(struct sched_pool *p) {
    struct timetable *t = p->timetable = &timetables[p - sched_pools];
    memset(t, 0, sizeof(*t));
    t->now = &t->table[0];
    t->other = &t->table[1];
}

static void arinc_insert(struct sched_pool *p, struct vcpu *v) {
    struct timetable *t = of(p);
    v->cpu = (uint8_t)__builtin_ctz(p->cpus);
    for (unsigned i = 0; i < 2 * ARINC_WINDOWS; i++) {
        struct sched_window *w = &t->table[i / ARINC_WINDOWS].window[i % ARINC_WINDOWS];
        if (t->chosen && is_for(w, v))
            w->vcpu = v;
    }
    make_up(p);
}

static void arinc_remove(struct sched_pool *p, struct vcpu *v) {
    struct timetable *t = of(p);
    for (unsigned i = 0; i < 2 * ARINC_WINDOWS; i++) {
        struct sched_window *w = &t->table[i / ARINC_WINDOWS].window[i % ARINC_WINDOWS];
        w->vcpu = w->vcpu == v ? NULL : w->vcpu;
    }
    make_up(p);
}

static void arinc_changed(struct sched_pool *p, struct vcpu *v) {
    if (v->state == VCPU_RUNNING)
        sched_ask(p, v->cpu);
    arinc_wake(p, v);
}

static void arinc_cpu(struct sched_pool *p, unsigned cpu) {
    (void)cpu;
    make_up(p);
}

static int check(const struct sched_pool *p, const struct sched_table *t) {
    for (uint32_t i = 0; i < t->nr; i++) {
        const struct sched_window *w = &t->window[i], *last = i ? w - 1 : NULL;
        if (w->start >= w->end || w->end > t->frame || w->cpu >= NR_CPUS ||
            !(p->cpus & (1U << w->cpu)))
            return fail(-EINVAL);
        if (last && (last->cpu > w->cpu || (last->cpu == w->cpu && last->end > w->start)))
            return fail(-EINVAL);
        for (const struct sched_window *o = t->window; o < w; o++) {
            if (o->start < w->end && w->start < o->end && same_vcpu(o, w))
                return fail(-EINVAL);
        }
    }
    return t->nr && t->frame ? 0 : fail(-EINVAL);
}

int sched_arinc_set(struct sched_pool *p, struct sched_table *table) {
    struct timetable *t = of(p);
    spin_lock(&p->lock);
    int err = p->ops == &sched_arinc653 ? check(p, table) : fail(-EINVAL);
    if (!err) {
        (void)keep_up(t, time_ns());
        *t->other = *table;
        resolve(p, t->other);
        t->chosen = true;
        follow(p, t);
    }
    spin_unlock(&p->lock);
    return err;
}

void sched_arinc_get(struct sched_pool *p, struct sched_table *table) {
    struct timetable *t = of(p);
    spin_lock(&p->lock);
    *table = t->pending ? *t->other : *t->now;
    spin_unlock(&p->lock);
}

const struct sched_ops sched_arinc653 = {
    .name = "arinc653",
    .id = XEN_SCHEDULER_ARINC653,
    .init = arinc_init,
    .insert = arinc_insert,
    .remove = arinc_remove,
    .wake = arinc_wake,
    .sleep = arinc_sleep,
    .pick = arinc_pick,
    .changed = arinc_changed,
    .cpu = arinc_cpu,
};
