// SPDX-License-Identifier: Apache-2.0
// vcpu_op (xen/vcpu.h) as far as it exists on Arm, where vCPUs start and stop by PSCI: registration
// of the pages that EL2 keeps writing to, and questions. Registered areas lie in one page of plain
// RAM of the domain, aligned, with a reference held while they are registered (R25). Constant time.
#include "hypercall.h"
#include <core/evtchn.h>
#include <core/pin.h>

static int64_t register_vcpu_info(struct vcpu *v, struct vcpu *target, guest_ptr_t arg) {
    struct vcpu_register_vcpu_info a;
    struct pinned pin;
    int err = guest_read(&a, arg, sizeof(a));
    if (err)
        return err;
    if (a.offset > PAGE_SIZE - sizeof(struct vcpu_info) ||
        a.offset % _Alignof(struct vcpu_info) != 0)
        return fail(-ENXIO);
    err = pin_frame(v->domain, gfn_of(a.mfn), &pin);
    if (err)
        return err;
    spin_lock(&v->domain->lock);
    // Of oneself, or of a vCPU that does not run; only once.
    if (target->info_registered || (target != v && load_relaxed(&target->state) != VCPU_OFFLINE)) {
        err = fail(-EINVAL);
    } else {
        struct vcpu_info *info = (void *)((char *)pin.va + a.offset);
        if (target->info)
            *info = *target->info;
        else
            memset(info, 0, sizeof(*info));
        target->info_registered = true;
        target->info_page = pin;
        store_release(&target->info, info);
        evtchn_vcpu_info_changed(target);
    }
    spin_unlock(&v->domain->lock);
    if (err)
        unpin_frame(&pin);
    return err;
}

// The area is named by a virtual address of the caller's; it is translated once, now.
static int64_t register_runstate(struct vcpu *v, struct vcpu *target, guest_ptr_t arg) {
    struct vcpu_register_runstate_memory_area a;
    struct pinned pin = {.va = NULL};
    gfn_t gfn;
    int err = guest_read(&a, arg, sizeof(a));
    if (err)
        return err;
    uint64_t offset = a.addr.p % PAGE_SIZE;
    if (a.addr.p && (offset % _Alignof(struct vcpu_runstate_info) ||
                     offset > PAGE_SIZE - sizeof(struct vcpu_runstate_info)))
        return fail(-EINVAL);
    if (a.addr.p) {
        err = guest_translate(guest_ptr_of(a.addr.p), true, &gfn);
        if (!err)
            err = pin_frame(v->domain, gfn, &pin);
        if (err)
            return err;
    }
    spin_lock(&v->domain->lock);
    struct pinned old = target->runstate_page;
    target->runstate_page = pin;
    void *map = pin.va ? (char *)pin.va + offset : NULL;
    sched_set_runstate_map(target, map);
    spin_unlock(&v->domain->lock);
    unpin_frame(&old);
    return 0;
}

static int64_t get_runstate(struct vcpu *target, guest_ptr_t arg) {
    struct vcpu_runstate_info info;
    memset(&info, 0, sizeof(info));
    info.state = target->runstate.state;
    info.state_entry_time = target->runstate.state_entry_time;
    memcpy(info.time, target->runstate.time, sizeof(info.time));
    return guest_write(arg, &info, sizeof(info));
}

int64_t hypercall_vcpu_op(struct vcpu *v, uint64_t *args) {
    struct vcpu *target = domain_vcpu(v->domain, (uint32_t)args[1]);
    guest_ptr_t arg = guest_ptr_of(args[2]);
    if (!target)
        return fail(-ENOENT);
    switch ((uint32_t)args[0]) {
    case VCPUOP_register_vcpu_info:
        return register_vcpu_info(v, target, arg);
    case VCPUOP_register_runstate_memory_area:
        return register_runstate(v, target, arg);
    case VCPUOP_get_runstate_info:
        return get_runstate(target, arg);
    case VCPUOP_is_up:
        return load_relaxed(&target->state) != VCPU_OFFLINE;
    default: // up, down, initialise, timers: not on Arm
        return fail(-EINVAL);
    }
}
