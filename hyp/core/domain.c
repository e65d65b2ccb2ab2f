// SPDX-License-Identifier: Apache-2.0
// Domains: the table of them, and creation as a list of parts with rollback: a new subsystem is one
// row. Owns LOCK_DOMAIN_LIST (the table) and each domain's LOCK_DOMAIN. Worst case: creation,
// bounded by the quotas asked for; lookups are one index.

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
#include <lib/string.h>
#include <sched/sched.h>
#include <xen/sched.h>

struct domain *dom0;
static struct domain *domains[MAX_DOMAINS];
static spinlock_t list_lock = SPINLOCK_INIT(LOCK_DOMAIN_LIST);

static int quota_create(struct domain *d, const struct domain_config *cfg) {
    spin_lock_init(&d->pool_lock, LOCK_FRAME);
    page_pool_init(&d->pool, "domain quota");
    page_pool_carve(&d->pool, cfg->pool_pages, PAGE_SIZE);
    return 0;
}

void *domain_page_get(struct domain *d) {
    spin_lock(&d->pool_lock);
    void *page = page_pool_get(&d->pool);
    spin_unlock(&d->pool_lock);
    return page;
}

void domain_page_put(struct domain *d, void *page) {
    spin_lock(&d->pool_lock);
    page_pool_put(&d->pool, page);
    spin_unlock(&d->pool_lock);
}

static void nothing(struct domain *d) { (void)d; }

static int map_create(struct domain *d, const struct domain_config *cfg) {
    return p2m_create(d, cfg->p2m_pages);
}

static int arch_create(struct domain *d, const struct domain_config *cfg) {
    (void)cfg;
    return arch_domain_create(d);
}

static int vgic_part_create(struct domain *d, const struct domain_config *cfg) {
    return vgic_create(d, cfg->nr_spis);
}

// One page that the guest may map: event flags, wall clock.
static int shared_info_create(struct domain *d, const struct domain_config *cfg) {
    (void)cfg;
    d->shared_info = page_pool_get(&d->pool);
    if (!d->shared_info)
        return fail(-ENOMEM);
    page_share(d, pa_mfn(va_pa(d->shared_info)));
    return 0;
}

static void shared_info_destroy(struct domain *d) { page_pool_put(&d->pool, d->shared_info); }

static int evtchn_part_create(struct domain *d, const struct domain_config *cfg) {
    (void)cfg;
    return evtchn_create(d);
}

static int grant_part_create(struct domain *d, const struct domain_config *cfg) {
    (void)cfg;
    return grant_create(d);
}

static int vcpu_create(struct domain *d, uint32_t id) {
    size_t size = ALIGN_UP(sizeof(struct vcpu), 64);
    struct vcpu *v = pool_carve("vcpu", size, 64);
    v->domain = d;
    v->id = id;
    v->state = VCPU_OFFLINE;
    v->runstate.state = RUNSTATE_offline;
    v->paused = 1; // until domain_unpause
    d->vcpu[id] = v;
    d->nr_vcpus = id + 1;
    int rc = arch_vcpu_create(v);
    return rc ? rc : sched_vcpu_insert(v);
}

static void vcpus_destroy(struct domain *d) {
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        sched_vcpu_remove(d->vcpu[i]);
    d->nr_vcpus = 0;
}

static int vcpus_create(struct domain *d, const struct domain_config *cfg) {
    int rc = 0;
    for (uint32_t i = 0; !rc && i < cfg->nr_vcpus; i++)
        rc = vcpu_create(d, i);
    if (rc)
        vcpus_destroy(d);
    return rc;
}

static const struct {
    const char *name;
    int (*create)(struct domain *d, const struct domain_config *cfg);
    void (*destroy)(struct domain *d);
} parts[] = {
    {"quota", quota_create, nothing},
    {"arch", arch_create, nothing},
    {"p2m", map_create, p2m_destroy},
    {"vgic", vgic_part_create, vgic_destroy},
    {"shared_info", shared_info_create, shared_info_destroy},
    {"vcpus", vcpus_create, vcpus_destroy},
    {"evtchn", evtchn_part_create, evtchn_destroy},
    {"grant", grant_part_create, grant_destroy},
};

int domain_create(const struct domain_config *cfg, struct domain **out) {
    if (cfg->id >= MAX_DOMAINS || cfg->nr_vcpus == 0 || cfg->nr_vcpus > MAX_VCPUS)
        return fail(-EINVAL);
    if (domains[cfg->id])
        return fail(-EEXIST);
    struct domain *d = pool_carve("domain", sizeof(*d), 64);
    d->id = cfg->id;
    d->privileged = cfg->privileged;
    d->direct_mapped = cfg->direct_mapped;
    d->max_pages = cfg->max_pages;
    d->life = DOMAIN_PAUSED;
    spin_lock_init(&d->lock, LOCK_DOMAIN);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        int rc = parts[i].create(d, cfg);
        if (!rc)
            continue;
        log_error("d%u: %s failed: %d", d->id, parts[i].name, rc);
        while (i-- > 0)
            parts[i].destroy(d);
        return rc;
    }
    spin_lock(&list_lock);
    domains[d->id] = d;
    if (d->privileged)
        dom0 = d;
    spin_unlock(&list_lock);
    *out = d;
    return 0;
}

struct domain *domain_get(domid_t id) {
    return id < MAX_DOMAINS ? load_acquire(&domains[id]) : NULL;
}

struct domain *domain_resolve(struct vcpu *v, domid_t id) {
    return id == DOMID_SELF ? v->domain : domain_get(id);
}

struct vcpu *domain_vcpu(struct domain *d, uint32_t id) {
    return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}

void domain_unpause(struct domain *d) {
    d->life = DOMAIN_ALIVE;
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        d->vcpu[i]->paused = 0;
    vcpu_online(d->vcpu[0]);
}

static const char *reason_name(uint8_t reason) {
    static const char *const names[] = {"power off", "reboot",   "suspend",
                                        "crash",     "watchdog", "soft reset"};
    return reason < ARRAY_SIZE(names) ? names[reason] : "unknown reason";
}

// Dom0 is the machine: it reboots or powers off with it.
static noreturn void machine_down(uint8_t reason) {
    bool reboot = reason != SHUTDOWN_poweroff;
    log_notice("Dom0 shutdown: %s", reason_name(reason));
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

void domain_shutdown(struct domain *d, uint8_t reason) {
    spin_lock(&d->lock);
    bool first = d->life != DOMAIN_SHUT && d->life != DOMAIN_DYING;
    if (first) {
        d->life = DOMAIN_SHUT;
        d->shutdown_reason = reason;
    }
    spin_unlock(&d->lock);
    if (!first)
        return;
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        vcpu_offline(d->vcpu[i]);
    if (d->privileged)
        machine_down(reason);
    evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC);
}

void domain_crash(struct domain *d, const char *why) {
    log_guest(d, "crashed: %s", why);
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        if (d->vcpu[i] == current_vcpu())
            arch_vcpu_dump(d->vcpu[i]);
    }
    domain_shutdown(d, SHUTDOWN_crash);
}
