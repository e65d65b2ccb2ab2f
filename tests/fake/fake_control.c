// SPDX-License-Identifier: Apache-2.0
// What the control side of the hypercall room calls below itself: vCPU registers, the console's
// text and keys, the CPUs.
#include "fake_core.h"

#include <arch/time.h>
#include <arch/vcpu.h>
#include <arch/vuart.h>
#include <core/console.h>
#include <core/errno.h>
#include <core/irq.h>
#include <core/options.h>
#include <sched/sched.h>
#include <string.h>
#include <xen/domctl.h>

struct fake_control fake_control;
uint32_t nr_cpus = 4;
static struct vcpu_guest_context contexts[2][MAX_VCPUS];

void fake_control_reset(void) {
    memset(&fake_control, 0, sizeof(fake_control));
    memset(contexts, 0, sizeof(contexts));
    fake_policy(XEN_SCHEDULER_CREDIT2);
}

int arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c) {
    if (c->user_regs.cpsr == PSR_MODE_EL2h)
        return fail(-EINVAL);
    contexts[v->domain->id][v->id] = *c;
    return 0;
}
void arch_vcpu_get_context(const struct vcpu *v, struct vcpu_guest_context *c) {
    *c = contexts[v->domain->id][v->id];
}
bool arch_has_pmu(void) { return fake_control.pmu; }
int arch_domain_set_width(struct domain *d, unsigned bits) {
    (void)d;
    return bits == 64 ? 0 : fail(-EINVAL);
}

void vcpu_pause(struct vcpu *v) { v->paused++; }
void vcpu_unpause(struct vcpu *v) { v->paused--; }
bool vcpu_at_rest(struct vcpu *v) {
    (void)v;
    if (!fake_control.not_at_rest)
        return true;
    fake_control.not_at_rest--;
    return false;
}
static struct sched_ops policy = {.name = "credit2", .id = XEN_SCHEDULER_CREDIT2};
void fake_policy(uint32_t id) { policy.id = id; }
struct sched_pool fake_pool = {.ops = &policy, .cpus = 15, .nr_domains = 2};
struct sched_pool *sched_pool_get(uint32_t id) {
    return id ? NULL : &fake_pool;
}
struct sched_pool *sched_pool_next(uint32_t id) {
    return sched_pool_get(id);
}
const struct sched_ops *sched_find_id(uint32_t id) { return id == policy.id ? &policy : NULL; }
int sched_pool_create(uint32_t *id, const struct sched_ops *ops) {
    (void)ops;
    if (*id != SCHED_ANY)
        return fail(-EEXIST);
    *id = 1;
    return 0;
}
int sched_pool_destroy(uint32_t id) {
    (void)id;
    return fail(-EBUSY);
}
// A CPU arrives at the second look, a domain at the second call.
int sched_pool_remove_cpu(uint32_t id, uint32_t *cpu) {
    if (id)
        return fail(-ENOENT);
    *cpu = *cpu == SCHED_ANY ? 3 : *cpu;
    fake_control.not_at_rest = 1;
    return SCHED_MORE;
}
int sched_pool_add_cpu(uint32_t id, uint32_t *cpu) { return sched_pool_remove_cpu(id, cpu); }
bool sched_cpu_moved(unsigned cpu) {
    (void)cpu;
    return vcpu_at_rest(NULL);
}
uint32_t sched_free_cpus(void) { return 8; }
int sched_domain_move(struct domain *d, uint32_t id) {
    (void)d;
    return id ? fail(-ENOENT) : vcpu_at_rest(NULL) ? 0 : SCHED_MORE;
}
int sched_set_affinity(struct vcpu *v, const uint32_t *hard, const uint32_t *soft) {
    if (hard && !(*hard & fake_pool.cpus))
        return fail(-EINVAL);
    v->sched.hard = hard ? *hard : v->sched.hard;
    v->sched.soft = soft ? *soft : v->sched.soft;
    return 0;
}
void sched_fair_set(struct domain *d, uint16_t weight, uint16_t cap) {
    d->sched.weight = weight;
    d->sched.cap = cap;
}
void sched_rtds_set(struct vcpu *v, uint64_t period, uint64_t budget, bool extra) {
    v->sched.rt.period = period;
    v->sched.rt.budget = budget;
    v->sched.rt.extra = extra;
}
void sched_rtds_get(struct vcpu *v, uint64_t *period, uint64_t *budget, bool *extra) {
    *period = v->sched.rt.period;
    *budget = v->sched.rt.budget;
    *extra = v->sched.rt.extra;
}
static struct sched_table table;
int sched_arinc_set(struct sched_pool *p, struct sched_table *t) {
    (void)p;
    table = *t;
    return t->nr ? 0 : fail(-EINVAL);
}
void sched_arinc_get(struct sched_pool *p, struct sched_table *t) {
    (void)p;
    *t = table;
}
int sched_pin_override(struct vcpu *v, int32_t cpu) {
    (void)v;
    return cpu < 4 ? 0 : -EINVAL;
}
uint64_t sched_run_time(struct vcpu *v) { return 1000 + v->id; }
uint64_t sched_busy_ns(unsigned cpu) { return 100 * cpu; }
uint64_t time_ns_to_ticks(uint64_t ns) { return ns / 16; }

void debugkey_handle(char key) {
    size_t n = strlen(fake_control.keys);
    if (n + 1 < sizeof(fake_control.keys))
        fake_control.keys[n] = key;
}
size_t console_log_read(uint64_t *pos, char *buf, size_t len) {
    size_t n = 0;
    if (*pos < fake_control.forgotten)
        *pos = fake_control.forgotten;
    for (; n < len && *pos < fake_control.log_len; n++, (*pos)++)
        buf[n] = (char)('a' + *pos % 26);
    return n;
}
void console_log_forget(uint64_t pos) { fake_control.forgotten = pos; }
uint64_t console_log_position(uint32_t low) { return low; }

int vuart_create(struct domain *d, gfn_t ring, domid_t backend, port_t *port) {
    (void)ring;
    return evtchn_alloc_for_hyp(d, backend, port);
}
bool irq_is_guests(irq_t irq) { return irq == FAKE_IRQ; }

const struct domain *irq_owner(irq_t irq) {
    return irq == FAKE_IRQ ? fake_control.irq_owner : NULL;
}

int irq_assign(irq_t irq, struct domain *d) {
    if (irq != FAKE_IRQ)
        return -EINVAL;
    if (fake_control.irq_owner)
        return fake_control.irq_owner == d ? -EEXIST : -EBUSY;
    fake_control.irq_owner = d;
    return 0;
}

void vuart_notified(struct domain *d) {
    (void)d;
    fake_control.vuart_news++;
}

struct options options = {.loglvl = "info",
                          .guest_loglvl = "none/warning",
                          .gnttab_max_frames = GRANT_MAX_FRAMES,
                          .gnttab_max_maptrack_frames = GRANT_MAX_MAPTRACK_FRAMES};
const char build_version[] = "0.1.0 (test)";
bool console_set_loglvl(const char *value, bool guest) {
    (void)guest;
    return !strcmp(value, "error") || !strcmp(value, "info");
}
