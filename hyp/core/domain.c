// SPDX-License-Identifier: Apache-2.0
// Domains: the table of them, and creation as a list of parts with rollback: a new subsystem is one
// row. Owns LOCK_DOMAIN_LIST (the table) and each domain's LOCK_DOMAIN. Worst case: creation,
// bounded by the quotas asked for; lookups are one index.

#include "domain_table.h"
#include <arch/cpu.h>
#include <arch/map.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <core/console.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/log.h>
#include <core/options.h>
#include <core/page.h>
#include <core/pin.h>
#include <core/wallclock.h>
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/sched.h>

struct domain *dom0;
struct domain *domains[MAX_DOMAINS], *domains_leaving[MAX_DOMAINS];
spinlock_t domain_list_lock = SPINLOCK_INIT(LOCK_DOMAIN_LIST);
static domid_t last_id;

void *domain_page_get(struct domain *d) { return quota_get(&d->quota, 1); }
void domain_page_put(struct domain *d, void *page) { quota_put(&d->quota, page); }

static int quota_create(struct domain *d, const struct domain_config *cfg) {
    while (d->quota.pages - d->quota.used < cfg->quota_pages) {
        struct quota_block *b = quota_block_new(d->id);
        if (!b)
            return fail(-ENOMEM);
        quota_add(&d->quota, b);
    }
    return 0;
}

static int map_create(struct domain *d, const struct domain_config *cfg) {
    (void)cfg;
    return p2m_create(d, (uint16_t)(d->id % MAX_DOMAINS + 1)); // VMID 0 is nobody's
}

static int arch_create(struct domain *d, const struct domain_config *cfg) {
    return arch_domain_create(d, cfg->nr_spis, cfg->vpmu);
}

// One page that the guest may map: event flags, wall clock.
static int shared_info_create(struct domain *d, const struct domain_config *cfg) {
    (void)cfg;
    d->shared_info = domain_page_get(d);
    if (!d->shared_info)
        return fail(-ENOMEM);
    page_share(d->id, pa_mfn(va_pa(d->shared_info)));
    wallclock_show(d);
    return 0;
}

static int evtchn_part_create(struct domain *d, const struct domain_config *cfg) {
    int rc = evtchn_create(d);
    evtchn_set_limit(d, cfg->max_evtchn_port);
    return rc;
}

static int grant_part_create(struct domain *d, const struct domain_config *cfg) {
    grant_set_limits(d, cfg->max_grant_frames, cfg->max_maptrack_frames);
    return grant_create(d);
}

static int sched_create(struct domain *d, const struct domain_config *cfg) {
    return sched_domain_create(d, cfg->cpupool);
}

static int vcpus_create(struct domain *d, const struct domain_config *cfg) {
    for (uint32_t i = 0; i < cfg->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        v->domain = d;
        v->id = i;
        v->state = VCPU_OFFLINE;
        v->runstate.state = RUNSTATE_offline;
        v->paused = 1; // with the domain
        int rc = arch_vcpu_create(v);
        if (rc)
            return rc;
        sched_vcpu_insert(v);
        d->nr_vcpus = i + 1;
    }
    return 0;
}

void domain_release_areas(struct vcpu *v) {
    sched_set_runstate_map(v, NULL);
    v->info = NULL;
    unpin_frame(&v->info_page);
    unpin_frame(&v->runstate_page);
}

void domain_vcpus_remove(struct domain *d) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        arch_vcpu_destroy(d->vcpu[i]);
        timer_cancel(&d->vcpu[i]->poll_timer);
        timer_cancel(&d->vcpu[i]->periodic_timer);
        sched_vcpu_remove(d->vcpu[i]);
    }
    for (unsigned i = 0; i < DOMAIN_WATCHDOGS; i++)
        timer_cancel(&d->watchdog[i]);
    timer_cancel(&d->sealed.timer);
    if (d->sched.pool)
        sched_domain_destroy(d);
}

// What they take is the domain's quota, so that a failure needs to undo only what is known outside.
static const struct {
    const char *name;
    int (*create)(struct domain *d, const struct domain_config *cfg);
} parts[] = {
    {"quota", quota_create},        {"p2m", map_create},
    {"machine", arch_create},       {"shared_info", shared_info_create},
    {"scheduler", sched_create},    {"vcpus", vcpus_create},
    {"evtchn", evtchn_part_create}, {"grant", grant_part_create},
};

static int create_parts(struct domain *d, const struct domain_config *cfg) {
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        int rc = parts[i].create(d, cfg);
        if (rc) {
            log_error("d%u: %s failed: %d", d->id, parts[i].name, rc);
            domain_vcpus_remove(d);
            return rc;
        }
    }
    return 0;
}

// The objects of a domain in the first block of its quota.
static struct domain *objects(domid_t id, const struct domain_config *cfg) {
    struct quota_block *b = quota_block_new(id);
    if (!b)
        return NULL;
    struct domain *d = quota_carve(b, sizeof(*d), 64);
    d->id = id;
    d->privileged = cfg->privileged;
    d->direct_mapped = cfg->direct_mapped;
    d->xs_domain = cfg->xs_domain;
    d->max_pages = cfg->max_pages;
    d->pause_count = 1;
    memcpy(d->handle, cfg->handle, sizeof(d->handle));
    spin_lock_init(&d->lock, LOCK_DOMAIN);
    spin_lock_init(&d->quota.lock, LOCK_QUOTA);
    for (uint32_t i = 0; i < cfg->nr_vcpus; i++)
        d->vcpu[i] = quota_carve(b, ALIGN_UP(sizeof(struct vcpu), 64), 64);
    quota_add(&d->quota, b);
    return d;
}

static bool place_is_free(uint32_t id) REQUIRES(&domain_list_lock) {
    return !domains[id % MAX_DOMAINS] && !domains_leaving[id % MAX_DOMAINS];
}

// The id asked for, or the next after the last one given whose place is free.
static int choose_id(domid_t wanted, domid_t *id) REQUIRES(&domain_list_lock) {
    if (wanted != DOMID_INVALID) {
        *id = wanted;
        return place_is_free(wanted) ? 0 : fail(-EEXIST);
    }
    for (uint32_t i = 0, next = last_id; i < MAX_DOMAINS; i++) {
        next = next + 1 < DOMID_FIRST_RESERVED ? next + 1 : 1;
        if (place_is_free(next)) {
            *id = last_id = (domid_t)next;
            return 0;
        }
    }
    return fail(-ENFILE);
}

int domain_create(const struct domain_config *cfg, struct domain **out) {
    domid_t id = 0;
    if (cfg->nr_vcpus == 0 || cfg->nr_vcpus > MAX_VCPUS)
        return fail(-EINVAL);
    spin_lock(&domain_list_lock); // held all along: two creations are one after the other
    int rc = choose_id(cfg->id, &id);
    struct domain *d = rc ? NULL : objects(id, cfg);
    if (!rc && !d)
        rc = fail(-ENOMEM);
    if (!rc)
        rc = create_parts(d, cfg);
    if (rc) {
        domain_forget(d ? d->quota.blocks : NULL);
    } else {
        store_release(&domains[id % MAX_DOMAINS], d);
        if (d->privileged)
            dom0 = d;
        *out = d;
    }
    spin_unlock(&domain_list_lock);
    return rc;
}

struct domain *domain_get(domid_t id) {
    struct domain *d = load_acquire(&domains[id % MAX_DOMAINS]);
    return d && d->id == id ? d : NULL;
}

struct domain *domain_next(uint32_t from) {
    struct domain *next = NULL;
    for (unsigned i = 0; i < MAX_DOMAINS; i++) {
        struct domain *d = load_acquire(&domains[i]);
        if (d && d->id >= from && (!next || d->id < next->id))
            next = d;
    }
    return next;
}

struct domain *domain_resolve(struct vcpu *v, domid_t id) {
    return id == DOMID_SELF ? v->domain : domain_get(id);
}

struct vcpu *domain_vcpu(struct domain *d, uint32_t id) {
    return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}

static void for_each_vcpu(struct domain *d, void (*fn)(struct vcpu *v)) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        fn(d->vcpu[i]);
}

void domain_pause(struct domain *d) {
    spin_lock(&d->lock);
    if (d->pause_count++ == 0)
        for_each_vcpu(d, vcpu_pause);
    spin_unlock(&d->lock);
}

int domain_unpause(struct domain *d) {
    int err = 0;
    spin_lock(&d->lock);
    if (d->pause_count == 0) {
        err = fail(-EINVAL);
    } else if (--d->pause_count == 0) {
        store_relaxed(&d->begun, true);
        for_each_vcpu(d, vcpu_unpause);
    }
    spin_unlock(&d->lock);
    return err;
}

bool domain_at_rest(struct domain *d) {
    bool all = true;
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        all = vcpu_at_rest(d->vcpu[i]) && all; // each is asked
    return all;
}

static const char *reason_name(uint8_t reason) {
    static const char *const names[] = {"power off", "reboot",   "suspend",
                                        "crash",     "watchdog", "soft reset"};
    return reason < ARRAY_SIZE(names) ? names[reason] : "unknown reason";
}

// The machine reboots or powers off with Dom0, and with a static domain whose policy says so.
noreturn void machine_down(const char *who, uint8_t reason) {
    bool reboot = reason != SHUTDOWN_poweroff;
    log_notice("%s shutdown: %s", who, reason_name(reason));
    cpu_stop_others();
    console_panic_mode(); // the last words are polled out: nobody takes interrupts any more
    if (reboot && options.noreboot) {
        log_notice("'noreboot' given: halted");
        cpu_halt();
    }
    if (reboot)
        machine_reset();
    machine_power_off();
    log_error("the firmware did not %s the machine: halted", reboot ? "reset" : "power off");
    cpu_halt();
}

bool domain_stop(struct domain *d, uint8_t reason) {
    spin_lock(&d->lock);
    bool first = !d->shut && d->life == DOMAIN_ALIVE;
    if (first) {
        d->shutdown_reason = reason;
        d->shut = true;
        for_each_vcpu(d, vcpu_pause);
    }
    spin_unlock(&d->lock);
    return first;
}

void domain_shutdown(struct domain *d, uint8_t reason) {
    if (!domain_stop(d, reason))
        return;
    if (d->privileged)
        machine_down("Dom0", reason);
    if (restart_begin(d, reason))
        return;
    port_t port = load_relaxed(&d->suspend_port);
    if (reason == SHUTDOWN_suspend && port)
        (void)!evtchn_send(d, port); // nobody bound: nobody to tell
    else
        evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d) {
    spin_lock(&d->lock);
    if (d->shut && d->life == DOMAIN_ALIVE) {
        d->shut = false;
        for_each_vcpu(d, vcpu_unpause);
    }
    spin_unlock(&d->lock);
}

void domain_crash(struct domain *d, const char *why) {
    log_guest(d, "crashed: %s", why);
    if (current_vcpu()->domain == d)
        arch_vcpu_dump(current_vcpu());
    domain_shutdown(d, SHUTDOWN_crash);
}
