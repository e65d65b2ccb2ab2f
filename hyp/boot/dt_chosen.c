// SPDX-License-Identifier: Apache-2.0
// /chosen as Xen's boot protocol has it (docs/misc/arm/device-tree/booting.txt): boot modules and
// the two command lines. Boot CPU only; O(modules^2).
#include <boot/dt_readers.h>

#include <core/log.h>
#include <lib/string.h>

static const char *const module_names[] = {"multiboot,module", "xen,multiboot-module", NULL};

void dt_read_bootargs(struct system *s) {
    static const char *const kernels[] = {"multiboot,kernel", "xen,linux-zimage", NULL};
    static struct dt_walk w;
    bool dom0, xen, kernel = false;

    s->bootargs[0] = s->dom0_bootargs[0] = 0;
    dt_walk_begin(&w, dt_host.fdt);
    if (dt_host.chosen < 0 || !dt_walk_next(&w))
        return;
    w.next = dt_host.chosen; // a child of the root
    if (!dt_walk_next(&w))
        return;
    dom0 = dt_string(&w, "xen,dom0-bootargs", s->dom0_bootargs, sizeof(s->dom0_bootargs));
    if (!dom0)
        (void)dt_string(&w, "bootargs", s->dom0_bootargs, sizeof(s->dom0_bootargs));
    xen = dt_string(&w, "xen,xen-bootargs", s->bootargs, sizeof(s->bootargs));
    if (!xen)
        (void)dt_string(&w, "bootargs", s->bootargs, sizeof(s->bootargs));
    // The kernel module's own command line comes before what /chosen says for Dom0.
    while (!kernel && dt_walk_next(&w) && w.depth > 1)
        kernel = w.depth == 2 && dt_match(&w, kernels) &&
                 dt_string(&w, "bootargs", s->dom0_bootargs, sizeof(s->dom0_bootargs));
    if (!xen && !dom0 && !kernel)
        s->bootargs[0] = 0; // the plain one is Dom0's alone
}

static enum module_kind kind_of(const struct dt_walk *w, struct dt_scan *scan) {
    static const struct {
        const char *name;
        enum module_kind kind;
    } kinds[] = {
        {"multiboot,kernel", MODULE_KERNEL},   {"xen,linux-zimage", MODULE_KERNEL},
        {"multiboot,ramdisk", MODULE_RAMDISK}, {"xen,linux-initrd", MODULE_RAMDISK},
        {"multiboot,device-tree", MODULE_DTB}, {"xen,xsm-policy", MODULE_XSM},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if (dt_is_compatible(w, kinds[i].name))
            return kinds[i].kind;
    if (dt_domid(scan, w))
        dt_refuse(w->fdt, w->node, "module of a domain without a kind",
                  "add \"multiboot,kernel\", \"multiboot,ramdisk\" or \"multiboot,device-tree\"");
    switch (scan->plain_modules++) {
    case 0:
        return MODULE_KERNEL;
    case 1:
        return MODULE_RAMDISK;
    default:
        return MODULE_OTHER;
    }
}

static void check_kind_is_new(const struct system *s, const struct dt_walk *w,
                              enum module_kind kind, domid_t domid) {
    static const char *const twice[] = {
        [MODULE_KERNEL] = "a second kernel",
        [MODULE_RAMDISK] = "a second ramdisk",
        [MODULE_DTB] = "a second device tree",
        [MODULE_XSM] = "a second XSM policy",
    };

    if (kind == MODULE_OTHER)
        return;
    for (unsigned i = 0; i < s->nr_modules; i++)
        if (s->module[i].kind == kind && s->module[i].domid == domid)
            boot_refuse(dt_walk_path(w), "keep one of each kind; say the kind in compatible",
                        "%s module, the first is %s", twice[kind], s->module[i].node);
}

static void take_for_domain(struct system_domain *d, const struct dt_walk *w, enum module_kind kind,
                            uint8_t index) {
    switch (kind) {
    case MODULE_KERNEL:
        d->kernel = index;
        (void)dt_string(w, "bootargs", d->bootargs, sizeof(d->bootargs));
        break;
    case MODULE_RAMDISK:
        d->ramdisk = index;
        break;
    case MODULE_DTB:
        d->dtb = index;
        break;
    default:
        dt_refuse(w->fdt, w->node, "this kind of module is not for a domain", "move it to /chosen");
    }
}

void dt_module_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    struct system_range r, more;
    struct system_module *m;

    if (w->depth < 2 || !w->level[w->depth].chosen || !w->compatible.p ||
        !dt_match(w, module_names) || !w->available)
        return;
    if (s->nr_modules == MAX_MODULES)
        dt_refuse(w->fdt, w->node, "more than 40 boot modules", "remove some");
    if (!w->reg.p)
        dt_refuse(w->fdt, w->node, "module without reg", "give it reg = <address size>");
    if (dt_walk_reg_raw(w, 1, &more) == 0)
        dt_refuse(w->fdt, w->node, "reg of a module has more than one entry",
                  "make #address-cells and #size-cells of its parent fit it");
    if (dt_walk_reg_raw(w, 0, &r) || r.size == 0)
        dt_refuse(w->fdt, w->node, "module of no size", "give it reg = <address size>");
    m = &s->module[s->nr_modules];
    *m = (struct system_module){.domid = dt_domid(scan, w), .kind = kind_of(w, scan), .range = r};
    check_kind_is_new(s, w, m->kind, m->domid);
    strlcpy(m->node, dt_walk_path(w), sizeof(m->node));
    if (m->domid)
        take_for_domain(&s->domain[m->domid - 1], w, m->kind, (uint8_t)s->nr_modules);
    s->nr_modules++;
}
