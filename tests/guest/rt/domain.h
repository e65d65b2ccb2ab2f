// SPDX-License-Identifier: Apache-2.0
// Further domains, made by a test guest that is Dom0, by the public ABI alone. Such a domain runs
// the payload's own image from a function of the maker's choice. The first page of its RAM, struct
// rt_share, is mapped by the maker too: what the domain prints and checks goes there. Boot CPU
// only; the image's initialised data must not have changed since the start.
#pragma once

#include "report.h"
#include <xen/domctl.h>
#include <xen/event_channel.h>

#define RT_MAX_DOMAINS 4U     // alive at once
#define RT_WINDOW_GIB 48U     // where Dom0 maps pages of others: nothing lies there on any board
#define RT_WINDOW_PAGES 4096U // from the start of that GiB; the rest is for the payload
#define RT_ANY_CPU UINT32_MAX

struct rt_share {
    uint64_t magic;
    void (*main)(void); // in the domain's copy of the image
    uint64_t ram_size;
    uint32_t nr_vcpus, gic_version;
    domid_t domid;
    evtchn_port_t port;                       // the domain's end of the event channel to its maker
    volatile uint64_t word[64];               // for the two to agree upon; zero at first
    volatile uint32_t checks, bad, text_used; // only grow
    volatile char text[3400];
};

_Static_assert(sizeof(struct rt_share) <= 4096, "one page");

struct rt_domain_config {
    void (*main)(void); // runs on vCPU 0; returning is SHUTDOWN_poweroff
    uint32_t nr_vcpus;  // 1 to 4
    uint32_t mem_mib;   // a multiple of 2
    uint32_t cpu[4];    // hard affinity of each vCPU, RT_ANY_CPU: none
    void *uart_ring;    // a page of the image: the ring of an emulated UART; NULL: no UART
    bool paused;        // rt_domctl(XEN_DOMCTL_unpausedomain) is the caller's
};

struct rt_domain {
    volatile struct rt_share *share; // NULL: not made
    domid_t id;
    evtchn_port_t port;              // the maker's end
    uint32_t checks, bad, text_used; // of the share, reported already
};

/** In a domain made here its shared page, NULL in Dom0. */
extern struct rt_share *rt_share;

/** Make and start a domain. Each step is an rt_check(); false if one failed. */
bool rt_domain_create(struct rt_domain *d, const struct rt_domain_config *config);

/** Report, let the share go and destroy; who else holds pages of the domain keeps it dying. */
bool rt_domain_kill(struct rt_domain *d);

/** Wait until no domain has the id any more; false if it has after some seconds. */
bool rt_domain_gone(domid_t id);

/** Both, each an rt_check(). */
bool rt_domain_destroy(struct rt_domain *d);

/** Wait, asleep, until word[i] of the share is at least `value`; false after about `ms`. */
bool rt_domain_wait(const struct rt_domain *d, uint32_t i, uint64_t value, uint32_t ms);

/** Print what the domain has printed so far and count its checks among the caller's. */
void rt_domain_report(struct rt_domain *d);

/** A domctl with `op->u` filled in; the argument comes back in *op. */
int64_t rt_domctl(struct xen_domctl *op, uint32_t cmd, domid_t id);

/** Show `nr` frames of `id` from `gfn` on at page `at` of the window, which is returned; NULL when
 * one was refused. */
void *rt_map_foreign(domid_t id, uint64_t gfn, uint32_t nr, uint32_t at);

/** Take `nr` pages out of the window. */
void rt_unmap_foreign(uint32_t at, uint32_t nr);

/** Free pages of the machine as Dom0 is told, once they have settled: the last ones of a domain
 * that is gone may still be on their way (real Xen). */
uint64_t rt_free_pages(void);
