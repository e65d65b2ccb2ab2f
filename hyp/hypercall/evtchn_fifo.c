// SPDX-License-Identifier: Apache-2.0
// event_channel_op's sub-ops of the FIFO ABI (xen/event_channel.h), as evtchn.c has the others.
// Worst case: EVTCHN_STEP ports, then a continuation.
#include "evtchn.h"

// Private to continuations of init_control and expand_array; -ENOSYS unless one is under way.
#define EVTCHNOP_SWEEP 0x80000000U

_Static_assert(sizeof(struct evtchn_init_control) <= sizeof(((union evtchn_arg *)0)->fifo), "");

static int64_t apply_init_control(struct evtchn_plan *p) {
    struct evtchn_init_control *a = (void *)p->arg.fifo;
    a->link_bits = EVTCHN_FIFO_LINK_BITS;
    return evtchn_fifo_init_control(p->d, a->vcpu, gfn_of(a->control_gfn), a->offset);
}

static int64_t apply_expand_array(struct evtchn_plan *p) {
    const struct evtchn_expand_array *a = (const void *)p->arg.fifo;
    return evtchn_fifo_expand(p->d, gfn_of(a->array_gfn));
}

static int64_t apply_set_priority(struct evtchn_plan *p) {
    const struct evtchn_set_priority *a = (const void *)p->arg.fifo;
    return evtchn_set_priority(p->d, a->port, a->priority);
}

// Delivers what had waited for one of the two.
static int64_t sweep(struct vcpu *v, uint64_t *args) {
    if (!evtchn_fifo_sweep(v))
        return 0;
    args[0] = EVTCHNOP_SWEEP;
    return HYPERCALL_AGAIN;
}

static int64_t apply_nothing(struct evtchn_plan *p) {
    (void)p;
    return 0;
}

static const struct evtchn_op fifo_ops[] = {
    [EVTCHNOP_init_control] = {NULL, apply_init_control, sizeof(struct evtchn_init_control), true,
                               sweep},
    [EVTCHNOP_expand_array] = {NULL, apply_expand_array, sizeof(struct evtchn_expand_array), false,
                               sweep},
    [EVTCHNOP_set_priority] = {NULL, apply_set_priority, sizeof(struct evtchn_set_priority), false,
                               NULL},
};
static const struct evtchn_op go_on = {NULL, apply_nothing, 0, false, sweep};

const struct evtchn_op *evtchn_fifo_op(const struct vcpu *v, uint32_t cmd) {
    if (cmd == EVTCHNOP_SWEEP && v->evtchn.sweep_next)
        return &go_on;
    return cmd < ARRAY_SIZE(fifo_ops) && fifo_ops[cmd].apply ? &fifo_ops[cmd] : NULL;
}
