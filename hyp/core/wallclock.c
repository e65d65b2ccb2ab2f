// SPDX-License-Identifier: Apache-2.0
// See core/wallclock.h. The time in shared_info is written under the domain's lock; a guest reads
// it while the version is even and again if that has changed. Constant time for one domain.
#include <core/domain.h>
#include <core/wallclock.h>

#define NS_PER_S 1000000000ULL

static uint64_t at_zero; // ns since 1970 at system time 0

static void publish(struct shared_info *s, uint64_t sec, uint32_t nsec) {
    uint32_t version = load_relaxed(&s->wc_version) | 1;
    store_relaxed(&s->wc_version, version);
    smp_mb(); // odd version before the new time
    store_relaxed(&s->wc_sec, (uint32_t)sec);
    store_relaxed(&s->wc_sec_hi, (uint32_t)(sec >> 32));
    store_relaxed(&s->wc_nsec, nsec);
    store_release(&s->wc_version, version + 1);
}

void wallclock_show(struct domain *d) {
    uint64_t ns = load_relaxed(&at_zero);
    spin_lock(&d->lock);
    // Whatever the control domain gives as an offset: it wraps and hurts only that guest's date.
    publish(d->shared_info, ns / NS_PER_S + (uint64_t)d->time_offset_s, (uint32_t)(ns % NS_PER_S));
    spin_unlock(&d->lock);
}

void wallclock_set(uint64_t ns) {
    store_relaxed(&at_zero, ns);
    for (struct domain *d = domain_next(0); d; d = domain_next(d->id + 1U))
        wallclock_show(d);
}
