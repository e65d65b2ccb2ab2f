// SPDX-License-Identifier: Apache-2.0
// sysctl: timetables of arinc653, in Xen's form (one core, windows back to back from the start of
// the frame) and in ours (coff/arinc653.h). Tables are read and written through one draft that one
// caller has at a time; another asks again. Worst case: ARINC_WINDOWS elements.
#include "sysctl.h"
#include <coff/arinc653.h>
#include <core/percpu.h>

static struct sched_table draft;
static uint32_t draft_taken;

typedef int64_t table_fn(struct sched_pool *p, guest_ptr_t at);

static guest_ptr_t entry_at(guest_ptr_t at, uint32_t i) {
    const struct xen_sysctl_arinc653_schedule *s = NULL;
    return guest_ptr_add(at,
                         sizeof(*s) - sizeof(s->sched_entries) + i * sizeof(s->sched_entries[0]));
}

static guest_ptr_t window_at(guest_ptr_t at, uint32_t i) {
    return guest_ptr_add(at, offsetof(struct coff_arinc653_schedule, windows) +
                                 i * sizeof(struct coff_arinc653_window));
}

static int64_t xen_put(struct sched_pool *p, guest_ptr_t at) {
    struct {
        uint64_t frame;
        uint8_t nr;
    } head;
    __typeof__(((struct xen_sysctl_arinc653_schedule *)NULL)->sched_entries[0]) e;
    uint64_t end = 0;
    int err = guest_read(&head, at, sizeof(head));
    if (!err && (head.nr < 1 || head.nr > ARINC_WINDOWS || !p->cpus))
        err = fail(-EINVAL);
    for (uint32_t i = 0; !err && i < head.nr; i++) {
        err = guest_read(&e, entry_at(at, i), sizeof(e));
        struct sched_window *w = &draft.window[i];
        if (err || e.runtime > head.frame - end)
            return err ? err : fail(-EINVAL);
        *w = (struct sched_window){.start = end, .end = end + e.runtime, .vcpu_id = e.vcpu_id};
        w->cpu = (uint32_t)__builtin_ctz(p->cpus);
        memcpy(w->handle, e.dom_handle, sizeof(w->handle));
        end = w->end;
    }
    draft.frame = head.frame;
    draft.nr = head.nr;
    return err ? err : sched_arinc_set(p, &draft);
}

// The windows of the first core.
static int64_t xen_get(struct sched_pool *p, guest_ptr_t at) {
    __typeof__(((struct xen_sysctl_arinc653_schedule *)NULL)->sched_entries[0]) e;
    uint8_t head[16] = {0};
    int err = 0;
    sched_arinc_get(p, &draft);
    memset(&e, 0, sizeof(e));
    for (uint32_t i = 0; !err && i < draft.nr; i++) {
        const struct sched_window *w = &draft.window[i];
        if (w->cpu != draft.window[0].cpu)
            break;
        memcpy(e.dom_handle, w->handle, sizeof(w->handle));
        e.vcpu_id = w->vcpu_id;
        e.runtime = w->end - w->start;
        err = guest_write(entry_at(at, i), &e, sizeof(e));
        head[8]++;
    }
    memcpy(head, &draft.frame, sizeof(draft.frame));
    return err ? err : guest_write(at, head, sizeof(head));
}

static int64_t coff_put(struct sched_pool *p, guest_ptr_t at) {
    struct {
        uint32_t version, nr;
        uint64_t frame;
    } head;
    struct coff_arinc653_window e;
    int err = guest_read(&head, at, sizeof(head));
    if (!err && (head.version != COFF_ARINC653_VERSION || head.nr > ARINC_WINDOWS))
        err = fail(-EINVAL);
    for (uint32_t i = 0; !err && i < head.nr; i++) {
        err = guest_read(&e, window_at(at, i), sizeof(e));
        struct sched_window *w = &draft.window[i];
        *w = (struct sched_window){.start = e.start, .end = e.start + e.length, .cpu = e.cpu};
        w->vcpu_id = e.vcpu_id;
        memcpy(w->handle, e.handle, sizeof(w->handle));
    }
    draft.frame = head.frame;
    draft.nr = head.nr;
    return err ? err : sched_arinc_set(p, &draft);
}

static int64_t coff_get(struct sched_pool *p, guest_ptr_t at) {
    struct {
        uint32_t version, nr;
        uint64_t frame;
    } head = {.version = COFF_ARINC653_VERSION};
    struct coff_arinc653_window e;
    int err = 0;
    sched_arinc_get(p, &draft);
    for (uint32_t i = 0; !err && i < draft.nr; i++) {
        const struct sched_window *w = &draft.window[i];
        e = (struct coff_arinc653_window){.start = w->start, .length = w->end - w->start};
        e.vcpu_id = w->vcpu_id;
        e.cpu = w->cpu;
        memcpy(e.handle, w->handle, sizeof(w->handle));
        err = guest_write(window_at(at, i), &e, sizeof(e));
    }
    head.nr = draft.nr;
    head.frame = draft.frame;
    return err ? err : guest_write(at, &head, sizeof(head));
}

int64_t sysctl_arinc653(struct sched_pool *p, const struct xen_sysctl_scheduler_op *s) {
    table_fn *fn = s->cmd == XEN_SYSCTL_SCHEDOP_putinfo      ? xen_put
                   : s->cmd == XEN_SYSCTL_SCHEDOP_getinfo    ? xen_get
                   : s->cmd == COFF_SYSCTL_SCHEDOP_put_table ? coff_put
                   : s->cmd == COFF_SYSCTL_SCHEDOP_get_table ? coff_get
                                                             : NULL;
    if (!fn)
        return fail(-EINVAL);
    if (atomic_swap(&draft_taken, 1))
        return HYPERCALL_AGAIN;
    int64_t ret = fn(p, handle_ptr(&s->u.sched_arinc653.schedule));
    store_release(&draft_taken, 0U);
    return ret;
}
