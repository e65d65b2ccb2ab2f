// SPDX-License-Identifier: Apache-2.0
// A domain: its vCPUs, memory map, event channels, grants. Created and destroyed as a table of
// parts with rollback (core/domain.c). `lock` (LOCK_DOMAIN) guards the life cycle.
#pragma once
#include <arm64/state.h>
#include <core/evtchn.h>
#include <core/grant.h>
#include <core/lock.h>
#include <core/p2m.h>
#include <core/pool.h>
#include <core/vcpu.h>
#include <xen/hvm_params.h>
#include <xen/xen.h>

#define MAX_DOMAINS 32

enum domain_life { DOMAIN_UNUSED, DOMAIN_PAUSED, DOMAIN_ALIVE, DOMAIN_SHUT, DOMAIN_DYING };

// Token bucket for what a guest makes us print (R23): lines, refilled 1 a second.
struct log_bucket {
    uint64_t last_ns;
    uint32_t tokens;
    uint32_t dropped;
};

struct domain {
    domid_t id;
    uint8_t life;            // enum domain_life
    uint8_t shutdown_reason; // SHUTDOWN_* once DOMAIN_SHUT
    bool privileged;         // Dom0: the control and hardware domain
    bool direct_mapped;      // gfn == mfn for its RAM
    uint32_t nr_vcpus;       // vcpu[0 .. nr_vcpus-1] exist, not NULL
    struct vcpu *vcpu[MAX_VCPUS];
    spinlock_t lock;
    uint64_t tot_pages, max_pages; // RAM frames owned / the most it may own
    struct p2m p2m;
    spinlock_t pool_lock;  // guards pool: LOCK_FRAME, nothing is taken inside
    struct page_pool pool; // its quota for EL2 objects: event words, grant frames, vGIC state
    struct evtchn_domain evtchn;
    struct grant_table grant;
    struct shared_info *shared_info; // PAGE_SHARED, EL2-mapped
    uint64_t hvm_param[HVM_NR_PARAMS];
    uint32_t vm_assist;
    struct log_bucket bucket;
    struct arch_domain arch;
};

struct domain_config {
    domid_t id;
    bool privileged, direct_mapped;
    uint32_t nr_vcpus, nr_spis;
    uint64_t max_pages;
    uint32_t pool_pages, p2m_pages; // quotas, 4 KiB pages
};

// Dom0; NULL before it is built.
extern struct domain *dom0;

// Creates all parts, paused, vCPUs offline; on failure nothing is left. *out only on success.
int domain_create(const struct domain_config *cfg, struct domain **out) must_check;
// The domain with this id (DOMID_SELF is the caller's to resolve), NULL if none. Entries live until
// destroyed; a dying domain is still found.
struct domain *domain_get(domid_t id);
// DOMID_SELF or the current domain's own id -> current; another id -> that domain, if any.
struct domain *domain_resolve(struct vcpu *v, domid_t id);
// vCPU `id` or NULL; the only way to index d->vcpu by a guest's number (R5).
struct vcpu *domain_vcpu(struct domain *d, uint32_t id);
// Lets the runnable vCPUs run (after building).
void domain_unpause(struct domain *d);
// The guest asked to stop (SHUTDOWN_*): all vCPUs stop; for Dom0 the machine reboots or powers off.
void domain_shutdown(struct domain *d, uint8_t reason);
// A guest did what ends only itself: logs `why`, then shutdown(SHUTDOWN_crash).
void domain_crash(struct domain *d, const char *why);
// A zeroed page of the domain's quota, NULL when it is used up; and back. Take pool_lock.
void *domain_page_get(struct domain *d) must_check;
void domain_page_put(struct domain *d, void *page);
