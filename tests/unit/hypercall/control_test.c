// SPDX-License-Identifier: Apache-2.0
// The control side: domctl's notes about domains and registers of vCPUs, sysctl's answers about the
// machine, the watchdogs.
#include "control.h"
#include "fake_trace.h"
#include <xen/hypfs.h>

static void doors(void **state) {
    for (uint32_t cmd = 0; cmd < 100; cmd++) {
        assert_int_equal(domctl(U0, cmd, 1), -EPERM);
        assert_int_equal(sysctl(U0, cmd), -EPERM);
    }
    put_arg(V0, &dom, sizeof(dom));
    dom.interface_version = 1;
    put_arg(V0, &dom, sizeof(dom));
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_domctl, ARG, 0, 0), -EACCES);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_sysctl, ARG, 0, 0), -EACCES);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_sysctl, BAD_VA, 0, 0), -EFAULT);
    assert_int_equal(DOMCTL(setdomainhandle, 7), -ESRCH);
    static const uint32_t none[] = {XEN_DOMCTL_sendtrigger, XEN_DOMCTL_getpageframeinfo3,
                                    XEN_DOMCTL_shadow_op, XEN_DOMCTL_gdbsx_domstatus,
                                    XEN_DOMCTL_set_access_required};
    for (size_t i = 0; i < ARRAY_SIZE(none); i++)
        assert_int_equal(domctl(V0, none[i], 1), -ENOSYS);
    static const uint32_t devices[] = {XEN_DOMCTL_assign_device, XEN_DOMCTL_test_assign_device,
                                       XEN_DOMCTL_deassign_device, XEN_DOMCTL_get_device_group};
    for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
        assert_int_equal(domctl(V0, devices[i], 1), -EOPNOTSUPP);
    static const uint32_t nosys[] = {XEN_SYSCTL_pcitopoinfo, XEN_SYSCTL_perfc_op,
                                     XEN_SYSCTL_lockprof_op, XEN_SYSCTL_pm_op,
                                     XEN_SYSCTL_get_pmstat,  XEN_SYSCTL_livepatch_op};
    for (size_t i = 0; i < ARRAY_SIZE(nosys); i++)
        assert_int_equal(sysctl(V0, nosys[i]), -ENOSYS);
    assert_int_equal(SYSCTL(coverage_op), -EOPNOTSUPP);
}

static void info_of_a_domain(void **state) {
    struct xen_domctl_getdomaininfo *i = &dom.u.getdomaininfo;
    fake_now = 5000;
    U0->runstate.time[RUNSTATE_running] = 300;
    U0->runstate.state_entry_time = 4000;
    fake_d1->vcpu[1]->state = VCPU_BLOCKED;
    assert_int_equal(DOMCTL(getdomaininfo, 1), 0);
    assert_int_equal(i->domain, 1);
    assert_int_equal(i->flags,
                     0xffff0000U | XEN_DOMINF_hvm_guest | XEN_DOMINF_hap | XEN_DOMINF_running);
    assert_int_equal(i->tot_pages, FAKE_OWNED);
    assert_int_equal(i->max_pages, FAKE_OWNED + 8);
    assert_int_equal(i->cpu_time, 1300);
    assert_int_equal(i->nr_online_vcpus, 2);
    assert_int_equal(i->max_vcpu_id, 1);
    U0->state = VCPU_BLOCKED;
    assert_int_equal(DOMCTL(getdomaininfo, 1), 0);
    assert_int_equal(i->flags & (XEN_DOMINF_running | XEN_DOMINF_blocked), XEN_DOMINF_blocked);
    U0->state = fake_d1->vcpu[1]->state = VCPU_OFFLINE;
    fake_d1->pause_count = 1;
    fake_d1->shut = true;
    fake_d1->shutdown_reason = SHUTDOWN_reboot;
    assert_int_equal(DOMCTL(getdomaininfo, 1), 0);
    assert_int_equal(i->nr_online_vcpus, 0);
    assert_int_equal(i->flags, SHUTDOWN_reboot << XEN_DOMINF_shutdownshift | XEN_DOMINF_hvm_guest |
                                   XEN_DOMINF_hap | XEN_DOMINF_shutdown | XEN_DOMINF_paused);
    fake_d1->life = DOMAIN_DEAD;
    assert_int_equal(DOMCTL(getdomaininfo, 1), 0);
    assert_true(i->flags & XEN_DOMINF_dying);
    // The first one from the id up; beyond the last none.
    assert_int_equal(DOMCTL(getdomaininfo, 0), 0);
    assert_int_equal(dom.domain, 0);
    assert_int_equal(DOMCTL(getdomaininfo, 2), -ESRCH);
    assert_int_equal(DOMCTL(getdomaininfo, DOMID_SELF), -EINVAL);
}

static void list_of_domains(void **state) {
    struct xen_sysctl_getdomaininfolist *l = &sys.u.getdomaininfolist;
    struct xen_domctl_getdomaininfo *e = list_at();
    l->max_domains = 1024;
    l->buffer.q = LIST;
    assert_int_equal(SYSCTL(getdomaininfolist), 0);
    assert_int_equal(l->num_domains, 2);
    assert_int_equal(e[0].domain, 0);
    assert_int_equal(e[1].domain, 1);
    l->first_domain = 1;
    l->max_domains = 1;
    assert_int_equal(SYSCTL(getdomaininfolist), 0);
    assert_int_equal(l->num_domains, 1);
    assert_int_equal(e[0].domain, 1);
    l->first_domain = 0;
    l->buffer.q = BAD_VA;
    assert_int_equal(SYSCTL(getdomaininfolist), -EFAULT);
}

static void notes(void **state) {
    struct xen_domctl_getdomaininfo *i = &dom.u.getdomaininfo;
    memset(dom.u.setdomainhandle.handle, 0x5a, 16);
    assert_int_equal(DOMCTL(setdomainhandle, 1), 0);
    dom.u.setdebugging.enable = 1;
    assert_int_equal(DOMCTL(setdebugging, 1), 0);
    assert_int_equal(DOMCTL(setdebugging, 0), -EINVAL);
    assert_int_equal(DOMCTL(getdomaininfo, 1), 0);
    assert_int_equal(i->handle[15], 0x5a);
    assert_true(i->flags & XEN_DOMINF_debugged);
    // The guest asks for its own.
    fake_current = U0;
    assert_int_equal(fake_hypercall(U0, __HYPERVISOR_xen_version, XENVER_guest_handle, ARG, 0), 0);
    assert_int_equal(*(uint8_t *)fake_guest_ptr(ARG), 0x5a);
    dom.u.vm_event_op.op = XEN_VM_EVENT_GET_VERSION;
    assert_int_equal(DOMCTL(vm_event_op, 1), 0);
    assert_int_equal(dom.u.vm_event_op.u.version, 7);
    dom.u.monitor_op.op = XEN_DOMCTL_MONITOR_OP_ENABLE;
    assert_int_equal(DOMCTL(monitor_op, 1), -EOPNOTSUPP);
    assert_int_equal(DOMCTL(monitor_op, 0), -EPERM);
    dom.u.set_virq_handler.virq = VIRQ_TIMER;
    assert_int_equal(DOMCTL(set_virq_handler, 1), -EINVAL);
    dom.u.set_virq_handler.virq = NR_VIRQS;
    assert_int_equal(DOMCTL(set_virq_handler, 1), -EINVAL);
}

static void virq_goes_to_its_handler(void **state) {
    struct evtchn_bind_virq b0 = {.virq = VIRQ_DOM_EXC}, b1 = {.virq = VIRQ_DOM_EXC};
    assert_int_equal(EVTCHN(V0, bind_virq, &b0), 0);
    assert_int_equal(EVTCHN(U0, bind_virq, &b1), 0);
    dom.u.set_virq_handler.virq = VIRQ_DOM_EXC;
    assert_int_equal(DOMCTL(set_virq_handler, 1), 0);
    fake_d0->shared_info->evtchn_pending[0] = fake_d1->shared_info->evtchn_pending[0] = 0;
    evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC);
    assert_int_equal(fake_d0->shared_info->evtchn_pending[0], 0);
    assert_int_equal(fake_d1->shared_info->evtchn_pending[0], 1ULL << b1.port);
    assert_int_equal(DOMCTL(set_virq_handler, 0), 0);
    evtchn_raise_global_virq(dom0, VIRQ_DOM_EXC);
    assert_int_equal(fake_d0->shared_info->evtchn_pending[0], 1ULL << b0.port);
}

static void wall_clock(void **state) {
    struct xen_platform_op op = {.cmd = XENPF_settime64,
                                 .interface_version = XENPF_INTERFACE_VERSION};
    op.u.settime64.secs = 1000;
    op.u.settime64.nsecs = 7;
    put_arg(V0, &op, sizeof(op));
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_platform_op, ARG, 0, 0), 0);
    assert_int_equal(fake_d1->shared_info->wc_sec, 1000);
    assert_int_equal(fake_d1->shared_info->wc_version, 2);
    dom.u.settimeoffset.time_offset_seconds = -10;
    assert_int_equal(DOMCTL(settimeoffset, 1), 0);
    assert_int_equal(fake_d1->shared_info->wc_sec, 990);
    assert_int_equal(fake_d1->shared_info->wc_nsec, 7);
    assert_int_equal(fake_d0->shared_info->wc_sec, 1000);
}

static void contexts(void **state) {
    struct vcpu_guest_context *c = list_at();
    struct xen_domctl_vcpucontext *a = &dom.u.vcpucontext;
    U0->state = VCPU_OFFLINE;
    a->ctxt.q = LIST;
    assert_int_equal(DOMCTL(getvcpucontext, 0), -EINVAL); // of oneself
    assert_int_equal(DOMCTL(getvcpucontext, 1), -ENODATA);
    memset(c, 0, sizeof(*c));
    c->flags = VGCF_online;
    c->user_regs.cpsr = PSR_MODE_EL2h;
    assert_int_equal(DOMCTL(setvcpucontext, 1), -EINVAL);
    assert_int_equal(U0->state, VCPU_OFFLINE);
    assert_int_equal(U0->paused, 0);
    c->user_regs.cpsr = PSR_GUEST64_INIT;
    c->user_regs.x0 = 0x1234;
    fake_control.not_at_rest = 5; // its CPU puts it down meanwhile
    assert_int_equal(DOMCTL(setvcpucontext, 1), 0);
    assert_int_equal(fake_did.retries, 5);
    assert_int_equal(U0->paused, 0); // paused once, let go of once
    assert_int_not_equal(U0->state, VCPU_OFFLINE);
    memset(c, 0xee, sizeof(*c));
    fake_control.not_at_rest = 3;
    assert_int_equal(DOMCTL(getvcpucontext, 1), 0);
    assert_int_equal(c->flags, VGCF_online);
    assert_int_equal(c->user_regs.x0, 0x1234);
    assert_int_equal(U0->paused, 0);
    a->vcpu = 2;
    assert_int_equal(DOMCTL(setvcpucontext, 1), -EINVAL);
    a->vcpu = 0;
    a->ctxt.q = BAD_VA;
    assert_int_equal(DOMCTL(setvcpucontext, 1), -EFAULT);
    assert_int_equal(DOMCTL(getvcpucontext, 1), -EFAULT);
    a->ctxt.q = 0; // back to where it was before its first
    assert_int_equal(DOMCTL(setvcpucontext, 1), 0);
    assert_int_equal(U0->state, VCPU_OFFLINE);
    assert_int_equal(DOMCTL(getvcpucontext, 1), -ENODATA);
}

// The console's other end notifies EL2, not the guest, and the guest cannot touch the port.
static void vuart(void **state) {
    struct xen_domctl_vuart_op *u = &dom.u.vuart_op;
    u->console_domid = 0;
    fake_d1->begun = true;
    assert_int_equal(DOMCTL(vuart_op, 1), -EPERM);
    fake_d1->begun = false; // its vCPU is online: the toolstack sets registers first
    u->type = 1;
    assert_int_equal(DOMCTL(vuart_op, 1), -EOPNOTSUPP);
    u->cmd = 1;
    assert_int_equal(DOMCTL(vuart_op, 1), -EINVAL);
    u->cmd = u->type = 0;
    u->console_domid = 9;
    assert_int_equal(DOMCTL(vuart_op, 1), -EINVAL);
    u->console_domid = 0;
    assert_int_equal(DOMCTL(vuart_op, 1), 0);
    struct evtchn_bind_interdomain bind = {.remote_dom = 1, .remote_port = u->evtchn};
    assert_int_equal(EVTCHN(V0, bind_interdomain, &bind), 0);
    U0->state = VCPU_RUNNING;
    fake_d1->shared_info->evtchn_pending[0] = 0;
    assert_int_equal(send(V0, bind.local_port), 0);
    assert_int_equal(fake_control.vuart_news, 1);
    assert_int_equal(fake_d1->shared_info->evtchn_pending[0], 0);
    assert_int_equal(close_port(U0, u->evtchn), -EINVAL);
    struct evtchn_bind_vcpu to = {.port = u->evtchn, .vcpu = 1};
    assert_int_equal(EVTCHN(U0, bind_vcpu, &to), -EINVAL);
    struct evtchn_unmask unmask = {.port = u->evtchn};
    assert_int_equal(EVTCHN(U0, unmask, &unmask), 0);
    // The backend may come again.
    assert_int_equal(close_port(V0, bind.local_port), 0);
    assert_int_equal(EVTCHN(V0, bind_interdomain, &bind), 0);
    assert_int_equal(send(V0, bind.local_port), 0);
    assert_int_equal(fake_control.vuart_news, 2);
}

// Registers of a device: permission first, and only what the caller has itself.
static void device_registers(void **state) {
    struct xen_domctl_iomem_permission *p = &dom.u.iomem_permission;
    struct xen_domctl_memory_mapping *m = &dom.u.memory_mapping;
    mfn_t mfn;
    (void)state;
    // What was given to the caller at boot; it has FAKE_DEVICE itself, and not what is before that.
    fake_d0->io[0] = (struct io_range){FAKE_DEVICE - 2, FAKE_DEVICE - 1};
    fake_d0->io[1] = (struct io_range){FAKE_DEVICE + 2, FAKE_DEVICE + 3};
    fake_d0->io[2] = (struct io_range){0x1000, 0x3000};
    *m = (struct xen_domctl_memory_mapping){0x9000, FAKE_DEVICE, 1, 1, 0};
    assert_int_equal(DOMCTL(memory_mapping, 1), -EPERM);                     // no permission
    *p = (struct xen_domctl_iomem_permission){.first_mfn = 0, .nr_mfns = 0}; // all there is
    assert_int_equal(DOMCTL(iomem_permission, 1), -EPERM);
    *p = (struct xen_domctl_iomem_permission){FAKE_DEVICE, 2, 1, {0}};
    assert_int_equal(DOMCTL(iomem_permission, 1), -EPERM);
    *p = (struct xen_domctl_iomem_permission){FAKE_DEVICE - 1, 2, 0, {0}};
    assert_int_equal(DOMCTL(iomem_permission, 1), -EPERM);
    *p = (struct xen_domctl_iomem_permission){.first_mfn = FAKE_DEVICE - 2, .nr_mfns = 0};
    assert_int_equal(DOMCTL(iomem_permission, 1), -EINVAL);
    *p = (struct xen_domctl_iomem_permission){.first_mfn = ~0ULL, .nr_mfns = 2};
    assert_int_equal(DOMCTL(iomem_permission, 1), -EINVAL);
    *p = (struct xen_domctl_iomem_permission){FAKE_DEVICE - 2, 5, 1, {0}};
    assert_int_equal(DOMCTL(iomem_permission, 1), 0);
    *m = (struct xen_domctl_memory_mapping){0x9000, FAKE_DEVICE, 1, 1, 0};
    assert_int_equal(DOMCTL(memory_mapping, 1), 0);
    assert_int_equal(p2m_lookup(fake_d1, gfn_of(0x9000), &mfn), P2M_DEVICE);
    assert_int_equal(mfn.v, FAKE_DEVICE);
    *m = (struct xen_domctl_memory_mapping){0x9000, FAKE_DEVICE - 1, 1, 1, 0};
    assert_int_equal(DOMCTL(memory_mapping, 1), -EPERM); // the caller has no device there
    *m = (struct xen_domctl_memory_mapping){0x9000, FAKE_DEVICE, 1, 0, 0};
    assert_int_equal(DOMCTL(memory_mapping, 1), 0);
    assert_int_equal(DOMCTL(memory_mapping, 1), -ENOENT);
    *p = (struct xen_domctl_iomem_permission){FAKE_DEVICE, 1, 0, {0}}; // out of the middle
    assert_int_equal(DOMCTL(iomem_permission, 1), 0);
    assert_int_equal(fake_d1->io[0].end, FAKE_DEVICE);
    assert_int_equal(fake_d1->io[1].first, FAKE_DEVICE + 1);
    assert_int_equal(fake_d1->io[1].end, FAKE_DEVICE + 3);
    *m = (struct xen_domctl_memory_mapping){0x9000, FAKE_DEVICE, 1, 1, 0};
    assert_int_equal(DOMCTL(memory_mapping, 1), -EPERM);
    m->nr_mfns = 65;
    assert_int_equal(DOMCTL(memory_mapping, 1), -E2BIG);
    m->nr_mfns = 1;
    assert_int_equal(DOMCTL(memory_mapping, 0), -EINVAL);
    for (uint64_t i = 0; i < DOMAIN_IO_RANGES - 2; i++) {
        *p = (struct xen_domctl_iomem_permission){0x1000 + 2 * i, 1, 1, {0}};
        assert_int_equal(DOMCTL(iomem_permission, 1), 0);
    }
    *p = (struct xen_domctl_iomem_permission){0x2000, 1, 1, {0}};
    assert_int_equal(DOMCTL(iomem_permission, 1), -ENOMEM);
}

// Under its own number, only what nobody has.
static void device_interrupts(void **state) {
    struct xen_domctl_irq_permission *p = &dom.u.irq_permission;
    struct xen_domctl_bind_pt_irq *b = &dom.u.bind_pt_irq;
    (void)state;
    *p = (struct xen_domctl_irq_permission){FAKE_IRQ, 1, {0}};
    assert_int_equal(DOMCTL(irq_permission, 1), 0);
    p->pirq = NR_INTIDS;
    assert_int_equal(DOMCTL(irq_permission, 1), -EINVAL);
    p->pirq = FAKE_IRQ + 1;
    assert_int_equal(DOMCTL(irq_permission, 1), -EPERM);
    *b = (struct xen_domctl_bind_pt_irq){FAKE_IRQ, PT_IRQ_TYPE_MSI, {{FAKE_IRQ}}};
    assert_int_equal(DOMCTL(bind_pt_irq, 1), -EOPNOTSUPP);
    *b = (struct xen_domctl_bind_pt_irq){FAKE_IRQ, PT_IRQ_TYPE_SPI, {{FAKE_IRQ + 1}}};
    assert_int_equal(DOMCTL(bind_pt_irq, 1), -EINVAL);
    *b = (struct xen_domctl_bind_pt_irq){FAKE_IRQ + 1, PT_IRQ_TYPE_SPI, {{FAKE_IRQ + 1}}};
    assert_int_equal(DOMCTL(bind_pt_irq, 1), -EPERM);
    assert_int_equal(DOMCTL(unbind_pt_irq, 1), -EPERM);
    *b = (struct xen_domctl_bind_pt_irq){FAKE_IRQ, PT_IRQ_TYPE_SPI, {{FAKE_IRQ}}};
    assert_int_equal(DOMCTL(unbind_pt_irq, 1), -EINVAL);
    assert_int_equal(DOMCTL(bind_pt_irq, 1), 0);
    assert_ptr_equal(fake_control.irq_owner, fake_d1);
    assert_int_equal(DOMCTL(bind_pt_irq, 0), -EBUSY);
    assert_int_equal(DOMCTL(bind_pt_irq, 1), -EBUSY);
    assert_int_equal(DOMCTL(unbind_pt_irq, 1), -EBUSY);
    assert_int_equal(DOMCTL(unbind_pt_irq, 0), -EINVAL);
    b->irq_type = PT_IRQ_TYPE_PCI;
    assert_int_equal(DOMCTL(unbind_pt_irq, 1), -EOPNOTSUPP);
    b->irq_type = PT_IRQ_TYPE_SPI;
    assert_true(domain_destroy_step(fake_d1));
    assert_int_equal(DOMCTL(bind_pt_irq, 1), -EINVAL); // not for the dead
}

static void caches(void **state) {
    struct xen_domctl_cacheflush *f = &dom.u.cacheflush;
    f->start_pfn = FAKE_D1_GFN;
    f->nr_pfns = FAKE_OWNED + 5; // the last are holes
    assert_int_equal(DOMCTL(cacheflush, 1), 0);
    assert_in_range(fake_did.retries, 3, FAKE_OWNED);
    f->start_pfn = ~0ULL;
    f->nr_pfns = 1;
    assert_int_equal(DOMCTL(cacheflush, 1), -EINVAL);
    f->start_pfn = 0;
    f->nr_pfns = (1 << 18) + 1;
    assert_int_equal(DOMCTL(cacheflush, 1), -EINVAL);
    dom.u.address_size.size = 64;
    assert_int_equal(DOMCTL(set_address_size, 1), 0);
    dom.u.address_size.size = 48;
    assert_int_equal(DOMCTL(set_address_size, 1), -EINVAL);
}

static struct xen_domctl_createdomain *new_domain(void) {
    dom.u.createdomain = (struct xen_domctl_createdomain){
        .flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
        .max_vcpus = 2,
        .max_evtchn_port = 1023,
        .max_grant_frames = -1,
        .max_maptrack_frames = -1,
        .grant_opts = 1,
        .arch.gic_version = XEN_DOMCTL_CONFIG_GIC_NATIVE,
    };
    return &dom.u.createdomain;
}

// Refused of a domain that runs, and of one that has stopped; nobody is reset.
static void soft_reset(void **state) {
    (void)state;
    assert_int_equal(DOMCTL(soft_reset, 0), -EINVAL);
    assert_int_equal(DOMCTL(soft_reset, 1), -EINVAL);
    assert_int_equal(domctl(V0, 23, 1), -EINVAL);
    fake_d1->shut = true;
    assert_int_equal(DOMCTL(soft_reset, 1), -ENOSYS);
    assert_int_equal(domctl(V0, 23, 1), -EBUSY);
    fake_d1->shut = false;
}

static void subscription(void **state) {
    (void)state;
    dom.u.subscribe.port = 77;
    assert_int_equal(DOMCTL(subscribe, 1), 0);
    assert_int_equal(fake_d1->suspend_port, 77);
    assert_int_equal(fake_d0->suspend_port, 0);
}

// A domain gets what XSM_TARGET stands for over one other.
static void target(void **state) {
    struct evtchn_alloc_unbound a = {.dom = 0, .remote_dom = 1};
    (void)state;
    assert_int_equal(EVTCHN(U0, alloc_unbound, &a), -EPERM);
    dom.u.set_target.target = 1;
    assert_int_equal(DOMCTL(set_target, 1), -EINVAL); // itself
    dom.u.set_target.target = 0x1234;
    assert_int_equal(DOMCTL(set_target, 1), -ESRCH);
    dom.u.set_target.target = 0;
    assert_int_equal(DOMCTL(set_target, 1), 0);
    assert_int_equal(DOMCTL(set_target, 1), -EINVAL); // has one
    assert_int_equal(EVTCHN(U0, alloc_unbound, &a), 0);
    dom.u.set_target.target = 0; // but no control over anything
    assert_int_equal(domctl(U0, XEN_DOMCTL_set_target, 1), -EPERM);
    fake_d1->target = 0;
}

// The ring of a monitor can be opened once; its page is held until it is closed.
static void monitor_ring(void **state) {
    struct xen_domctl_vm_event_op *u = &dom.u.vm_event_op;
    (void)state;
    *u =
        (struct xen_domctl_vm_event_op){XEN_VM_EVENT_ENABLE, XEN_DOMCTL_VM_EVENT_OP_MONITOR, {{0}}};
    assert_int_equal(DOMCTL(vm_event_op, 0), -EINVAL);     // the caller's own
    assert_int_equal(DOMCTL(vm_event_op, 1), -EOPNOTSUPP); // no page named
    fake_d1->hvm_param[HVM_PARAM_MONITOR_RING_PFN] = 0x7777;
    assert_int_equal(DOMCTL(vm_event_op, 1), -EINVAL);
    fake_d1->hvm_param[HVM_PARAM_MONITOR_RING_PFN] = FAKE_D1_GFN;
    u->op = XEN_VM_EVENT_RESUME;
    assert_int_equal(DOMCTL(vm_event_op, 1), -ENODEV);
    u->op = XEN_VM_EVENT_DISABLE;
    assert_int_equal(DOMCTL(vm_event_op, 1), -EINVAL);
    for (unsigned i = 0; i < 3; i++) {
        u->op = XEN_VM_EVENT_ENABLE;
        assert_int_equal(DOMCTL(vm_event_op, 1), 0);
        assert_int_equal(u->u.enable.port, fake_d1->monitor_port);
        assert_int_equal(evtchn_get(fake_d1, u->u.enable.port)->state, EVTCHN_UNBOUND);
        assert_int_equal(DOMCTL(vm_event_op, 1), -EBUSY);
        u->op = XEN_VM_EVENT_RESUME;
        assert_int_equal(DOMCTL(vm_event_op, 1), 0);
        assert_int_equal(fake_pins, 1);
        u->op = XEN_VM_EVENT_DISABLE;
        assert_int_equal(DOMCTL(vm_event_op, 1), 0);
        assert_int_equal(fake_pins, 0);
    }
    for (u->mode = 0; u->mode < 5; u->mode++) {
        u->op = u->mode == XEN_DOMCTL_VM_EVENT_OP_MONITOR ? 4 : XEN_VM_EVENT_ENABLE;
        assert_int_equal(DOMCTL(vm_event_op, 1), -ENOSYS);
        u->op = XEN_VM_EVENT_GET_VERSION;
        assert_int_equal(DOMCTL(vm_event_op, 1), 0);
    }
}

static void creation(void **state) {
    new_domain();
    assert_int_equal(DOMCTL(createdomain, 0), -ENOMEM);
    assert_int_equal(fake_control.asked.id, DOMID_INVALID);
    assert_int_equal(fake_control.asked.nr_vcpus, 2);
    assert_false(fake_control.asked.vpmu);
    new_domain()->flags |= XEN_DOMCTL_CDF_vpmu;
    assert_int_equal(DOMCTL(createdomain, 1), -EEXIST);
    assert_int_equal(DOMCTL(createdomain, 77), -ENOMEM);
    assert_int_equal(fake_control.asked.id, 77);
    assert_true(fake_control.asked.vpmu);
    new_domain()->flags |= XEN_DOMCTL_CDF_nested_virt;
    assert_int_equal(DOMCTL(createdomain, 0), -EINVAL);
    new_domain()->max_vcpus = 0;
    assert_int_equal(DOMCTL(createdomain, 0), -EINVAL);
    fake_control.made = fake_d1;
    new_domain();
    assert_int_equal(DOMCTL(createdomain, 0), 0);
    assert_int_equal(dom.domain, 1);
    assert_int_equal(DOMCTL(get_paging_mempool_size, 1), 0);
    assert_int_equal(dom.u.paging_mempool.size, 16 * PAGE_SIZE);
}

static void machine(void **state) {
    const struct xen_sysctl_physinfo *p = &sys.u.physinfo;
    memset(&sys, 0xee, sizeof(sys));
    assert_int_equal(SYSCTL(physinfo), 0);
    assert_int_equal(p->nr_cpus, 4);
    assert_int_equal(p->max_cpu_id, 3);
    assert_int_equal(p->cpu_khz, 62500);
    assert_int_equal(p->capabilities, 0x109);
    fake_control.pmu = true;
    assert_int_equal(SYSCTL(physinfo), 0);
    assert_int_equal(p->capabilities, 0x109 | XEN_SYSCTL_PHYSCAP_vpmu);
    assert_int_equal(p->total_pages, page_total_count());
    assert_int_equal(p->free_pages, page_free_count());
    assert_int_equal(p->pad + p->scrub_pages + p->outstanding_pages + p->hw_cap[7], 0);
    uint64_t *idle = list_at();
    sys.u.getcpuinfo.max_cpus = 100;
    sys.u.getcpuinfo.info.q = LIST;
    assert_int_equal(SYSCTL(getcpuinfo), 0);
    assert_int_equal(sys.u.getcpuinfo.nr_cpus, 4);
    assert_int_equal(idle[3], 1000 - 300);
    sys.u.availheap = (struct xen_sysctl_availheap){.node = -1};
    assert_int_equal(SYSCTL(availheap), 0);
    assert_int_equal(sys.u.availheap.avail_bytes, page_free_count() << 12);
    struct xen_sysctl_page_offline_op *f = &sys.u.page_offline;
    *f = (struct xen_sysctl_page_offline_op){.cmd = sysctl_page_online, .start = 5, .end = 4};
    assert_int_equal(SYSCTL(page_offline_op), -EINVAL);
    f->end = 5;
    assert_int_equal(SYSCTL(page_offline_op), -EFAULT);
    f->status.q = LIST;
    assert_int_equal(SYSCTL(page_offline_op), -EINVAL); // no RAM
    f->start = FAKE_FIRST, f->end = FAKE_FIRST + 3;
    assert_int_equal(SYSCTL(page_offline_op), 0);
    f->cmd = sysctl_page_offline;
    assert_int_equal(SYSCTL(page_offline_op), -EINVAL);
    f->end = FAKE_FIRST + 64;
    assert_int_equal(SYSCTL(page_offline_op), -ENOMEM);
    sys.u.availheap.node = 1;
    assert_int_equal(SYSCTL(availheap), 0);
    assert_int_equal(sys.u.availheap.avail_bytes, 0);
    sys.u.availheap.min_bitwidth = 32;
    assert_int_equal(SYSCTL(availheap), -EOPNOTSUPP);
}

// As Xen answers: without an array its size, else at most what fits.
static void topology(void **state) {
    struct xen_sysctl_cputopoinfo *c = &sys.u.cputopoinfo;
    struct xen_sysctl_numainfo *n = &sys.u.numainfo;
    assert_int_equal(SYSCTL(cputopoinfo), 0);
    assert_int_equal(c->num_cpus, 4);
    uint32_t *at = list_at();
    memset(at, 0xee, 64);
    c->cputopo.q = LIST;
    c->num_cpus = 1;
    assert_int_equal(SYSCTL(cputopoinfo), 0);
    assert_int_equal(c->num_cpus, 1);
    assert_int_equal(at[2], 0);
    assert_int_equal(at[3], 0xeeeeeeee);
    memset(&sys, 0, sizeof(sys));
    assert_int_equal(SYSCTL(numainfo), 0);
    assert_int_equal(n->num_nodes, 1);
    n->num_nodes = 0;
    n->meminfo.q = LIST;
    n->distance.q = LIST + 64;
    assert_int_equal(SYSCTL(numainfo), 0);
    assert_int_equal(n->num_nodes, 0);
    n->num_nodes = 7;
    assert_int_equal(SYSCTL(numainfo), 0);
    assert_int_equal(n->num_nodes, 1);
    at = list_at();
    assert_int_equal(at[16], 20);
    assert_int_equal(at[17], 0);
}

static void log_text(void **state) {
    struct xen_sysctl_readconsole *r = &sys.u.readconsole;
    char *text = list_at();
    fake_control.log_len = 10000;
    r->buffer.q = LIST;
    r->count = 9000;
    r->_pad0 = 0xdeadbeef; // garbage that a caller may leave there
    assert_int_equal(SYSCTL(readconsole), 0);
    assert_int_equal(fake_did.retries, 2);
    assert_int_equal(r->count, 9000);
    assert_int_equal(r->index, 9000);
    for (unsigned i = 0; i < 9000; i++)
        assert_int_equal(text[i], 'a' + i % 26);
    r->incremental = 1;
    r->clear = 1;
    assert_int_equal(SYSCTL(readconsole), 0);
    assert_int_equal(r->count, 1000);
    assert_int_equal(fake_control.forgotten, 10000);
    r->buffer.q = BAD_VA;
    r->count = 10;
    r->incremental = 0;
    fake_control.forgotten = 0;
    assert_int_equal(SYSCTL(readconsole), -EFAULT);
}

static void keys(void **state) {
    memcpy(list_at(), "qe*", 3);
    sys.u.debug_keys.keys.q = LIST;
    sys.u.debug_keys.nr_keys = 3;
    assert_int_equal(SYSCTL(debug_keys), 0);
    assert_int_equal(fake_did.retries, 2); // one key at a time
    assert_string_equal(fake_control.keys, "qe*");
    sys.u.debug_keys.nr_keys = 0;
    assert_int_equal(SYSCTL(debug_keys), 0);
    sys.u.debug_keys.nr_keys = 1;
    sys.u.debug_keys.keys.q = 0;
    assert_int_equal(SYSCTL(debug_keys), -EFAULT);
}

static int64_t hypfs(uint32_t cmd, const char *path, uint64_t path_size, uint64_t buf,
                     uint64_t size) {
    fake_current = V0;
    memcpy(fake_guest_ptr(ARG), path, path_size < 2000 ? strlen(path) + 1 : 0);
    V0->arch.regs.x[3] = buf;
    V0->arch.regs.x[4] = size;
    return fake_hypercall(V0, __HYPERVISOR_hypfs_op, cmd, ARG, path_size);
}
#define HYPFS_READ(path, size) hypfs(XEN_HYPFS_OP_read, path, sizeof(path), LIST, size)

static void tree(void **state) {
    const struct xen_hypfs_direntry *e = list_at();
    const char *content = (char *)list_at() + sizeof(*e);
    V0->arch.regs.x[3] = V0->arch.regs.x[4] = 0;
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_hypfs_op, 0, 0, 0), XEN_HYPFS_VERSION);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_hypfs_op, 0, 1, 0), -EINVAL);
    assert_int_equal(fake_hypercall(V0, __HYPERVISOR_hypfs_op, 9, 0, 0), -EINVAL);
    assert_int_equal(fake_hypercall(U0, __HYPERVISOR_hypfs_op, 0, 0, 0), -EPERM);
    assert_int_equal(HYPFS_READ("/buildinfo/version/major", 12), -ENOBUFS);
    assert_int_equal(e->content_len, 4);
    assert_int_equal(HYPFS_READ("/buildinfo/version/major", 16), 0);
    assert_int_equal(content[0], 4);
    assert_int_equal(HYPFS_READ("/buildinfo/changeset", 100), 0);
    assert_string_equal(content, "deadbeef0102030405060708090a0b0c0d0e0f10");
    // As Xen lays a directory out.
    assert_int_equal(HYPFS_READ("/buildinfo/", 4096), 0);
    assert_int_equal(e->type, XEN_HYPFS_TYPE_DIR);
    assert_int_equal(e->content_len, 96);
    assert_string_equal(content + 14, "changeset");
    assert_int_equal(content[12], 26);
    assert_string_equal(content + 26 + 14, "compileinfo");
    assert_string_equal(content + 74 + 14, "version");
    assert_int_equal(content[74 + 12], 0);
    assert_int_equal(HYPFS_READ("/", 4096), 0);
    assert_int_equal(e->content_len, 48);
    assert_int_equal(HYPFS_READ("//", 4096), -ENOENT);
    assert_int_equal(HYPFS_READ("/nothing", 4096), -ENOENT);
    assert_int_equal(HYPFS_READ("x", 4096), -EINVAL);
    assert_int_equal(HYPFS_READ("", 4096), -EINVAL);
    assert_int_equal(hypfs(XEN_HYPFS_OP_read, "/", 1, LIST, 4096), -EINVAL);
    assert_int_equal(hypfs(XEN_HYPFS_OP_read, "/", 1025, LIST, 4096), -EINVAL);
    assert_int_equal(hypfs(XEN_HYPFS_OP_read, "/", 2, 0, 4096), -EINVAL);
    assert_int_equal(hypfs(XEN_HYPFS_OP_read, "/", 2, LIST, 11), -EINVAL);
    assert_int_equal(hypfs(XEN_HYPFS_OP_read, "/", 2, BAD_VA, 4096), -EFAULT);
}

static int64_t hypfs_write(const char *path, const char *value, size_t size) {
    fake_current = V0;
    memcpy(fake_guest_ptr(LIST), value, size);
    return hypfs(XEN_HYPFS_OP_write_contents, path, strlen(path) + 1, LIST, size);
}

static void parameters(void **state) {
    const struct xen_hypfs_direntry *e = list_at();
    assert_int_equal(hypfs_write("/params/loglvl", "error", 6), 0);
    assert_int_equal(HYPFS_READ("/params/loglvl", 4096), 0);
    assert_string_equal((const char *)(e + 1), "error");
    assert_int_equal(e->max_write_len, 24);
    assert_int_equal(hypfs_write("/params/loglvl", "loud", 5), -EINVAL);
    assert_int_equal(hypfs_write("/params/loglvl", "info", 4), -EDOM); // not terminated
    assert_int_equal(hypfs_write("/params/loglvl", "a\0b", 4), -EDOM);
    assert_int_equal(hypfs_write("/params/loglvl", "", 0), -EDOM);
    assert_int_equal(hypfs_write("/params/loglvl", "information-and-more-too", 25), -ENOSPC);
    assert_int_equal(hypfs_write("/buildinfo/version/major", "4", 2), -EACCES);
    assert_int_equal(hypfs_write("/params", "4", 2), -EACCES);
    assert_int_equal(hypfs_write("/nosuch", "4", 2), -ENOENT);
}

// What a domain may ask for and gets when it does not; those that are there keep theirs.
static void limits_of_grants(void **state) {
    static const char frames[] = "/params/gnttab_max_frames";
    static const char maptrack[] = "/params/gnttab_max_maptrack_frames";
    const struct xen_hypfs_direntry *e = list_at();
    assert_int_equal(hypfs_write(frames, "20", 3), 0);
    assert_int_equal(hypfs_write(maptrack, "0x30", 5), 0);
    assert_int_equal(HYPFS_READ("/params/gnttab_max_frames", 4096), 0);
    assert_string_equal((const char *)(e + 1), "20");
    new_domain();
    assert_int_equal(DOMCTL(createdomain, 0), -ENOMEM);
    assert_int_equal(fake_control.asked.max_grant_frames, 20);
    assert_int_equal(fake_control.asked.max_maptrack_frames, 0x30);
    new_domain()->max_grant_frames = 16;
    dom.u.createdomain.max_maptrack_frames = 0;
    assert_int_equal(DOMCTL(createdomain, 0), -ENOMEM);
    assert_int_equal(fake_control.asked.max_grant_frames, 16);
    assert_int_equal(fake_control.asked.max_maptrack_frames, 0);
    new_domain()->max_grant_frames = 21;
    assert_int_equal(DOMCTL(createdomain, 0), -EINVAL);
    new_domain()->max_maptrack_frames = 0x31;
    assert_int_equal(DOMCTL(createdomain, 0), -EINVAL);
    new_domain()->max_grant_frames = 0;
    assert_int_equal(DOMCTL(createdomain, 0), -EINVAL);
    assert_int_equal(hypfs_write(frames, "65", 3), -ERANGE);
    assert_int_equal(hypfs_write(frames, "5 ", 3), -EINVAL);
    assert_int_equal(hypfs_write(frames, "64k", 4), -EINVAL);
    assert_int_equal(hypfs_write(frames, "18446744073709551616", 21), -ERANGE);
    assert_int_equal(hypfs_write(maptrack, "1025", 5), -ERANGE);
    assert_int_equal(hypfs_write(frames, "", 1), 0); // none
    new_domain();
    assert_int_equal(DOMCTL(createdomain, 0), -EINVAL);
    assert_int_equal(hypfs_write(frames, "64", 3), 0);
    assert_int_equal(hypfs_write(maptrack, "1024", 5), 0);
}

static int64_t watchdog(struct vcpu *v, uint32_t id, uint32_t timeout) {
    struct sched_watchdog w = {.id = id, .timeout = timeout};
    put_arg(v, &w, sizeof(w));
    return fake_hypercall(v, __HYPERVISOR_sched_op, SCHEDOP_watchdog, ARG, 0);
}

static void watchdogs(void **state) {
    assert_int_equal(watchdog(U0, 1, 0), -EINVAL);
    assert_int_equal(watchdog(U0, 1, 5), -EINVAL);
    assert_int_equal(watchdog(U0, 3, 5), -EINVAL);
    assert_int_equal(watchdog(U0, 0, 5), 1);
    assert_int_equal(watchdog(U0, 0, 9), 2);
    assert_int_equal(watchdog(U0, 0, 9), -ENOSPC);
    assert_int_equal(watchdog(V0, 0, 9), 1); // each domain has its own
    struct timer *t = &fake_d1->watchdog[0];
    assert_int_equal(t->deadline, fake_now + 5000000000ULL);
    fake_now += 4000000000ULL;
    assert_int_equal(watchdog(U0, 1, 5), 0);
    assert_int_equal(t->deadline, fake_now + 5000000000ULL);
    assert_int_equal(watchdog(U0, 2, 0), 0);
    assert_int_equal(fake_d1->watchdog[1].slot, 0);
    assert_int_equal(watchdog(U0, 2, 3), -EINVAL);
    t->fn(t->arg);
    assert_int_equal(fake_did.shutdowns, 1);
    assert_int_equal(fake_did.reason, SHUTDOWN_watchdog);
    assert_true(fake_d1->shut);
}

static void trace_buffers(void **state) {
    (void)state;
    uint32_t *map = list_at();
    struct xen_sysctl_tbuf_op *t = &sys.u.tbuf_op;
    t->cmd = XEN_SYSCTL_TBUFOP_set_size;
    assert_int_equal(SYSCTL(tbuf_op), -EINVAL);
    t->size = 32;
    assert_int_equal(SYSCTL(tbuf_op), 0); // after a continuation
    assert_int_equal(SYSCTL(tbuf_op), -EBUSY);
    assert_int_equal(fake_trace_pages, 32);
    t->cmd = XEN_SYSCTL_TBUFOP_set_evt_mask;
    t->evt_mask = 0x21000;
    assert_int_equal(SYSCTL(tbuf_op), 0);
    t->cmd = XEN_SYSCTL_TBUFOP_get_info;
    t->evt_mask = 0;
    assert_int_equal(SYSCTL(tbuf_op), 0);
    assert_int_equal(t->evt_mask, 0x21000);
    assert_int_equal(t->buffer_mfn, 0x58400);
    assert_int_equal(t->size, 4096);
    *map = 6;
    t->cmd = XEN_SYSCTL_TBUFOP_set_cpu_mask;
    t->cpu_mask.bitmap.q = LIST, t->cpu_mask.nr_bits = 2;
    assert_int_equal(SYSCTL(tbuf_op), 0);
    assert_int_equal(fake_trace_cpus, 2);
    t->cpu_mask.bitmap.q = BAD_VA;
    assert_int_equal(SYSCTL(tbuf_op), -EFAULT);
    t->cmd = XEN_SYSCTL_TBUFOP_enable;
    assert_int_equal(SYSCTL(tbuf_op), 0);
    assert_true(fake_trace_on);
    t->cmd = XEN_SYSCTL_TBUFOP_disable;
    assert_int_equal(SYSCTL(tbuf_op), 0);
    assert_false(fake_trace_on);
    t->cmd = 9;
    assert_int_equal(SYSCTL(tbuf_op), -EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {T(doors),
                                       T(info_of_a_domain),
                                       T(list_of_domains),
                                       T(notes),
                                       T(contexts),
                                       T(device_interrupts),
                                       T(caches),
                                       T(virq_goes_to_its_handler),
                                       T(wall_clock),
                                       T(machine),
                                       T(topology),
                                       T(log_text),
                                       T(keys),
                                       T(watchdogs),
                                       T(vuart),
                                       T(device_registers),
                                       T(tree),
                                       T(parameters),
                                       T(trace_buffers),
                                       T(creation),
                                       T(limits_of_grants),
                                       T(soft_reset),
                                       T(subscription),
                                       T(target),
                                       T(monitor_ring)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
