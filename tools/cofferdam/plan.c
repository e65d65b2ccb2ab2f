// SPDX-License-Identifier: Apache-2.0
// From a system file to a plan: one list of steps, and complaints of all of them come together.
#include "plan.h"
#include "arena.h"
#include "blob.h"
#include "shape.h"

struct wanted {
    struct text path;
    const char *kind;
    const struct domain *domain;
    bool image;
};

static void add_module(struct plan *p, const struct module *m) {
    p->modules = grow(p->modules, p->nr_modules, sizeof(*m));
    p->modules[p->nr_modules++] = *m;
}

static void add_file(struct plan *p, struct wanted w) {
    struct module m = {.kind = w.kind, .domain = w.domain, .at = w.path.at};

    if (!w.path.s)
        return;
    m.name = take_text("%s-%s", w.domain ? text_or(w.domain->name, "?") : "dom0", w.kind);
    m.data = w.image ? image_read(p, w.path, w.path.at, &m.size)
                     : file_read(p, w.path, w.path.at, &m.size);
    if (m.data)
        add_module(p, &m);
}

static void add_partial(struct plan *p, const struct domain *d) {
    struct module m = {.kind = "device-tree", .domain = d, .at = d->assign.at};

    m.data = d->assign.n ? partial_make(p, d, &m.size) : NULL;
    m.name = take_text("%s-device-tree", text_or(d->name, "?"));
    if (m.data)
        add_module(p, &m);
}

static void read_files(struct plan *p) {
    const struct model *m = &p->model;
    struct text hypervisor = m->hypervisor.image;

    if (p->setup->hypervisor)
        hypervisor = (struct text){m->hypervisor.at, p->setup->hypervisor};
    else if (!hypervisor.s)
        hypervisor = (struct text){m->at, "cofferdam"};
    p->hypervisor = image_read(p, hypervisor, hypervisor.at, &p->hypervisor_size);
    add_file(p, (struct wanted){m->dom0.kernel, "kernel", NULL, true});
    add_file(p, (struct wanted){m->dom0.ramdisk, "ramdisk", NULL, false});
    for (size_t i = 0; i < m->domains.n; i++) {
        const struct domain *d = domain_at(m, i);
        add_file(p, (struct wanted){d->kernel, "kernel", d, true});
        add_file(p, (struct wanted){d->ramdisk, "ramdisk", d, false});
        add_file(p, (struct wanted){d->device_tree, "device-tree", d, false});
    }
}

static void make_blob(struct plan *p) {
    struct blob_module *list = take((p->nr_modules + 1) * sizeof(*list));
    struct blob_input in = {.tree = p->tree,
                            .at = p->tree_base,
                            .image = p->hypervisor_base,
                            .image_size = image_memory(p->hypervisor, p->hypervisor_size),
                            .file = p->hypervisor,
                            .file_size = p->hypervisor_size,
                            .list = list,
                            .nr = p->nr_modules};

    for (unsigned i = 0; i < p->nr_modules; i++)
        list[i] = (struct blob_module){p->modules[i].base, p->modules[i].size, p->modules[i].data};
    p->tree = blob_make(&in, &p->tree_size);
}

bool plan_make(struct plan *p, const struct setup *setup, struct report *r) {
    *p = (struct plan){.setup = setup, .report = r};
    if (!shape_read(setup->file, &system_shape, &p->model, r))
        return false;
    check_names(p);
    check_limits(p);
    check_order(p);
    check_restart(p);
    check_links(p);
    read_files(p);
    if (p->model.board.at.line && machine_read(p)) {
        check_cpus(p);
        check_devices(p);
        check_resets(p);
        for (size_t i = 0; i < p->model.domains.n; i++)
            add_partial(p, domain_at(&p->model, i));
        layout_make(p);
    }
    if (setup->blob && p->model.dom0.at.line)
        complain(r, p->model.dom0.at, "leave out --blob", "a control domain needs a device tree");
    if (r->n == 0)
        p->tree = tree_make(p, &p->tree_size);
    if (r->n == 0 && setup->blob)
        make_blob(p);
    return r->n == 0;
}
