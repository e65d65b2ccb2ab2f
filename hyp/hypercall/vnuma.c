// SPDX-License-Identifier: Apache-2.0
// A NUMA topology that the toolstack made up for a guest (xl's vnuma=), kept for the guest to ask
// for. The machine has one node (sysctl numainfo). Who reads while it is written anew sees some of
// both. Worst case: a struct vnuma copied.
#include "domctl.h"
#include "memory.h"

#define NODES 16U
#define RANGES 64U

struct vnuma {
    uint32_t nr_vnodes; // stored last; 0: not complete
    uint32_t nr_vmemranges;
    uint32_t vdistance[NODES * NODES], vcpu_to_vnode[MAX_VCPUS];
    struct xen_vmemrange vmemrange[RANGES];
};
_Static_assert(sizeof(struct vnuma) <= PAGE_SIZE, "one page of the domain's quota");

static struct vnuma *place(struct domain *d) {
    spin_lock(&d->lock);
    if (!d->vnuma)
        d->vnuma = domain_page_get(d);
    spin_unlock(&d->lock);
    return d->vnuma;
}

static int read_topology(struct vnuma *n, const struct xen_domctl_vnuma *u) {
    uint32_t pnode[NODES];
    if (guest_read(n->vdistance, handle_ptr(&u->vdistance),
                   u->nr_vnodes * u->nr_vnodes * sizeof(n->vdistance[0])) ||
        guest_read(n->vcpu_to_vnode, handle_ptr(&u->vcpu_to_vnode),
                   u->nr_vcpus * sizeof(n->vcpu_to_vnode[0])) ||
        guest_read(pnode, handle_ptr(&u->vnode_to_pnode), u->nr_vnodes * sizeof(pnode[0])) ||
        guest_read(n->vmemrange, handle_ptr(&u->vmemrange),
                   u->nr_vmemranges * sizeof(n->vmemrange[0])))
        return fail(-EFAULT);
    for (uint32_t i = 0; i < u->nr_vcpus; i++) {
        if (n->vcpu_to_vnode[i] >= u->nr_vnodes)
            return fail(-E2BIG);
    }
    for (uint32_t i = 0; i < u->nr_vnodes; i++) {
        if (pnode[i] != 0)
            return fail(-E2BIG);
    }
    return 0;
}

int64_t domctl_setvnumainfo(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    const struct xen_domctl_vnuma *u = &op->u.vnuma;
    (void)v;
    if (u->pad || u->nr_vnodes == 0 || u->nr_vnodes > NODES || u->nr_vmemranges > RANGES ||
        u->nr_vcpus != d->nr_vcpus)
        return fail(-EINVAL);
    struct vnuma *n = place(d);
    if (!n)
        return fail(-ENOMEM);
    store_relaxed(&n->nr_vnodes, 0);
    int err = read_topology(n, u);
    if (err)
        return err;
    store_relaxed(&n->nr_vmemranges, u->nr_vmemranges);
    store_release(&n->nr_vnodes, u->nr_vnodes);
    return 0;
}

// The counts go back in any case: they say how much room is needed.
int64_t vnuma_get(struct vcpu *v, guest_ptr_t arg) {
    struct xen_vnuma_topology_info a, room;
    struct domain *d;
    int err = guest_read(&a, arg, sizeof(a));
    if (!err)
        err = target_domain(v, a.domid, XSM_TARGET, &d);
    if (err)
        return err;
    const struct vnuma *n = load_acquire(&d->vnuma);
    room = a;
    a.nr_vnodes = n ? load_acquire(&n->nr_vnodes) : 0;
    if (!a.nr_vnodes)
        return fail(-EOPNOTSUPP);
    a.nr_vcpus = d->nr_vcpus;
    a.nr_vmemranges = load_relaxed(&n->nr_vmemranges);
    err = guest_write(arg, &a, sizeof(a));
    if (err)
        return err;
    if (room.nr_vnodes < a.nr_vnodes || room.nr_vcpus < a.nr_vcpus ||
        room.nr_vmemranges < a.nr_vmemranges)
        return fail(-ENOBUFS);
    if (guest_write(handle_ptr(&a.vdistance), n->vdistance,
                    a.nr_vnodes * a.nr_vnodes * sizeof(n->vdistance[0])) ||
        guest_write(handle_ptr(&a.vcpu_to_vnode), n->vcpu_to_vnode,
                    a.nr_vcpus * sizeof(n->vcpu_to_vnode[0])) ||
        guest_write(handle_ptr(&a.vmemrange), n->vmemrange,
                    a.nr_vmemranges * sizeof(n->vmemrange[0])))
        return fail(-EFAULT);
    return 0;
}
