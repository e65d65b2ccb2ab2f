// SPDX-License-Identifier: Apache-2.0
// sysctl: what the machine is: CPUs, memory, topology (flat: one node, a core a socket as Xen on
// Arm has it), and the list of domains. Worst case: NR_CPUS elements, INFO_STEP domains.
#include "domctl.h"
#include "sysctl.h"
#include <arch/time.h>
#include <arch/vcpu.h>
#include <core/page.h>
#include <core/percpu.h>
#include <sched/sched.h>

#define INFO_STEP 8 // domains an invocation
#define OFFLINE_MAX 64U
#define DISTANCE 20U // of the one node to itself

int64_t sysctl_physinfo(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_physinfo *p = &op->u.physinfo;
    (void)v;
    memset(p, 0, sizeof(*p));
    p->threads_per_core = 1;
    p->cores_per_socket = 1;
    p->nr_cpus = nr_cpus;
    p->max_cpu_id = nr_cpus - 1;
    p->nr_nodes = 1;
    p->cpu_khz = (uint32_t)time_ns_to_ticks(1000000); // ticks a millisecond
    p->capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap |
                      XEN_SYSCTL_PHYSCAP_gnttab_v1 | (arch_has_pmu() ? XEN_SYSCTL_PHYSCAP_vpmu : 0);
    p->total_pages = page_total_count();
    p->free_pages = page_free_count();
    p->outstanding_pages = page_claimed_count();
    p->max_mfn = page_limit().v - 1;
    return 0;
}

// As on Xen for Arm: no frame can be taken out of use; to bring one back that is in use is no
// error.
int64_t sysctl_page_offline_op(struct vcpu *v, struct xen_sysctl *op) {
    const struct xen_sysctl_page_offline_op *p = &op->u.page_offline;
    uint32_t status = 0;
    (void)v;
    if (p->end < p->start)
        return fail(-EINVAL);
    if (p->end - p->start >= OFFLINE_MAX)
        return fail(-ENOMEM);
    for (uint32_t i = 0; i <= p->end - p->start; i++) {
        guest_ptr_t to = guest_ptr_add(handle_ptr(&p->status), i * sizeof(status));
        if (guest_write(to, &status, sizeof(status)))
            return fail(-EFAULT);
        if (p->cmd != sysctl_page_online || !page_of(mfn_of(p->start + i)))
            return fail(-EINVAL);
    }
    return 0;
}

int64_t sysctl_getdomaininfolist(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
    struct xen_domctl_getdomaininfo info;
    guest_ptr_t to = handle_ptr(&l->buffer);
    uint32_t done = sysctl_resume(l->_pad1);
    (void)v;
    for (unsigned n = 0; done < MIN(l->max_domains, SYSCTL_RESUME_MAX); n++, done++) {
        struct domain *d = domain_next(l->first_domain);
        if (!d || d->id >= DOMID_FIRST_RESERVED)
            break;
        if (n == INFO_STEP) {
            l->_pad1 = SYSCTL_RESUME_MARK | done;
            return HYPERCALL_AGAIN;
        }
        domctl_info(d, &info);
        int err = guest_write(guest_ptr_add(to, done * sizeof(info)), &info, sizeof(info));
        if (err)
            return err;
        l->first_domain = (domid_t)(d->id + 1);
    }
    l->num_domains = done;
    l->_pad1 = 0;
    return 0;
}

int64_t sysctl_getcpuinfo(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_getcpuinfo *c = &op->u.getcpuinfo;
    struct xen_sysctl_cpuinfo info[NR_CPUS];
    uint32_t n = MIN(c->max_cpus, nr_cpus);
    uint64_t now = time_ns();
    (void)v;
    memset(info, 0, sizeof(info));
    for (uint32_t i = 0; i < n; i++)
        info[i].idletime = now - MIN(now, sched_busy_ns(i));
    c->nr_cpus = n;
    return guest_write(handle_ptr(&c->info), info, n * sizeof(info[0]));
}

int64_t sysctl_cputopoinfo(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_cputopoinfo *c = &op->u.cputopoinfo;
    static const struct xen_sysctl_cputopo topo[NR_CPUS]; // all zero: core, socket and node 0
    guest_ptr_t to = handle_ptr(&c->cputopo);
    (void)v;
    c->num_cpus = to.v ? MIN(c->num_cpus, nr_cpus) : nr_cpus;
    return to.v ? guest_write(to, topo, c->num_cpus * sizeof(topo[0])) : 0;
}

// Two arrays, either may be missing; without both the call asks for their size.
int64_t sysctl_numainfo(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_numainfo *n = &op->u.numainfo;
    struct xen_sysctl_meminfo mem = {.memsize = page_total_count() << PAGE_SHIFT,
                                     .memfree = page_free_count() << PAGE_SHIFT};
    guest_ptr_t meminfo = handle_ptr(&n->meminfo), distance = handle_ptr(&n->distance);
    uint32_t self = DISTANCE;
    int err = 0;
    (void)v;
    bool ask = !meminfo.v && !distance.v;
    n->num_nodes = ask ? 1 : MIN(n->num_nodes, 1U);
    if (n->num_nodes && meminfo.v)
        err = guest_write(meminfo, &mem, sizeof(mem));
    if (!err && n->num_nodes && distance.v)
        err = guest_write(distance, &self, sizeof(self));
    return err;
}

// A limit on the width of the address is honoured only where it decides for all memory at once.
int64_t sysctl_availheap(struct vcpu *v, struct xen_sysctl *op) {
    struct xen_sysctl_availheap *a = &op->u.availheap;
    uint64_t limit = page_limit().v << PAGE_SHIFT;
    (void)v;
    a->avail_bytes = a->node > 0 ? 0 : page_free_count() << PAGE_SHIFT;
    if (a->min_bitwidth > PAGE_SHIFT ||
        (a->max_bitwidth && a->max_bitwidth < 64 && limit > BIT(a->max_bitwidth)))
        return fail(-EOPNOTSUPP);
    return 0;
}
