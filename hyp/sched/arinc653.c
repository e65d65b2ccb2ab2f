// SPDX-License-Identifier: Apache-2.0
// arinc653: a flight timetable. A major frame repeats; in it each CPU has windows, each given to
// one vCPU, who has the CPU then whether it computes or not; between windows the CPU idles. Windows
// at the same time on several CPUs make the vCPUs of a partition a gang. A new table waits for the
// end of the frame. Until one is set, everybody has DEFAULT_WINDOW in turn. All is under the pool's
// lock. Worst case: pick looks at the windows of its CPU once; a table that comes, at every pair.

#include <arch/time.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/percpu.h>
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/scheduler.h>

#define DEFAULT_WINDOW 10000000ULL // ns

static struct timetable {
    struct sched_table table[2];
    uint64_t frame_start;
    uint8_t now;          // the one in effect
    bool pending, chosen; // the other is to follow; it was set, not made up here
    uint8_t cursor[NR_CPUS];
} timetables[NR_POOLS];

static struct timetable *of(const struct sched_pool *p) { return &timetables[p - sched_pools]; }

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
    t->now ^= 1;
    t->pending = false;
    t->frame_start = start;
    memset(t->cursor, 0, sizeof(t->cursor));
}

// The other table is ready: from the end of the frame on, or at once when there is none.
static void follow(struct sched_pool *p, struct timetable *t) {
    t->pending = true;
    if (!t->table[t->now].frame)
        change(t, time_ns());
    ask_all(p);
}

static void next_frame(struct timetable *t, uint64_t now) {
    for (unsigned i = 0; i < 2; i++) {
        uint64_t frame = t->table[t->now].frame, ran = now - t->frame_start;
        if (!frame || ran < frame)
            return;
        t->frame_start += t->pending ? frame : ran / frame * frame;
        if (t->pending)
            change(t, t->frame_start);
        memset(t->cursor, 0, sizeof(t->cursor));
    }
}

// The first window of `cpu` that is not over, or NULL.
static struct sched_window *window(struct timetable *t, unsigned cpu, uint64_t now) {
    struct sched_table *table = &t->table[t->now];
    uint64_t ran = now - t->frame_start;
    for (unsigned i = t->cursor[cpu]; i < table->nr; i++) {
        struct sched_window *w = &table->window[i];
        if (w->cpu > cpu)
            break;
        if (w->cpu == cpu && w->end > ran) {
            t->cursor[cpu] = (uint8_t)i;
            return w;
        }
    }
    return NULL;
}

static struct vcpu *arinc_pick(struct sched_pool *p, unsigned cpu, uint64_t *until) {
    struct timetable *t = of(p);
    uint64_t now = time_ns();
    next_frame(t, now);
    uint64_t frame = t->table[t->now].frame;
    if (!frame || !(p->cpus & (1U << cpu)))
        return NULL;
    struct sched_window *w = window(t, cpu, now);
    if (!w || t->frame_start + w->start > now) {
        *until = t->frame_start + (w ? w->start : frame);
        return NULL;
    }
    *until = t->frame_start + w->end;
    if (!w->vcpu || !sched_can_run(w->vcpu))
        return NULL;
    if (sched_usable(w->vcpu, cpu))
        return w->vcpu;
    if (w->vcpu->sched.loaded_on != SCHED_NOWHERE)
        cpu_raise(w->vcpu->sched.loaded_on, WORK_SCHEDULE); // put it down, then tell
    return NULL;
}

// Is it v's time somewhere?
static void arinc_wake(struct sched_pool *p, struct vcpu *v) {
    struct timetable *t = of(p);
    uint64_t now = time_ns();
    for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
        const struct sched_window *w = p->cpus & (1U << cpu) ? window(t, cpu, now) : NULL;
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
    struct sched_table *table = &t->table[t->now ^ 1];
    uint32_t nr = 0, cpus = 0, members = 0, n = 0;
    for (uint32_t left = p->cpus; left; left &= left - 1)
        cpus++;
    if (t->chosen || !cpus)
        return;
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

static void arinc_init(struct sched_pool *p) { memset(of(p), 0, sizeof(*of(p))); }

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
        t->table[t->now ^ 1] = *table;
        resolve(p, &t->table[t->now ^ 1]);
        t->chosen = true;
        follow(p, t);
    }
    spin_unlock(&p->lock);
    return err;
}

void sched_arinc_get(struct sched_pool *p, struct sched_table *table) {
    struct timetable *t = of(p);
    spin_lock(&p->lock);
    *table = t->table[t->now ^ t->pending];
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
