// SPDX-License-Identifier: Apache-2.0
// How devices of domains are put to rest before their domain's memory is scrubbed for a restart:
// as the file says, else as is known of their kind. What can write to memory has a way, or that it
// has none was accepted.
#include "arena.h"
#include "plan.h"
#include <libfdt.h>

struct known {
    const char *compatible[6];
    struct reset_step step[2];
    unsigned n;
};

static const struct known known[] = {
    // Status reads 0 when a reset is over (Virtio 1.2, 4.2.2.1).
    {{"virtio,mmio", NULL}, {{0x70, 0, 0xff, 0}}, 1},
    // network_control: neither transmitter nor receiver; then transmit_status: no transfer goes on.
    {{"cdns,gem", "cdns,zynqmp-gem", "xlnx,zynqmp-gem", "cdns,zynq-gem", "xlnx,zynq-gem", NULL},
     {{0x0, 0, 0, 0}, {0x14, 0, 0x8, 0}},
     2},
};

unsigned resets_of(const struct plan *p, const struct assigned *a, struct reset_step *out) {
    const struct step *said = a->device->reset.item;
    unsigned n = 0;

    for (; n < a->device->reset.n && n < EL2_RESETS; n++)
        out[n] = (struct reset_step){said[n].offset.v, (uint32_t)said[n].write.v,
                                     (uint32_t)said[n].mask.v, (uint32_t)said[n].value.v};
    for (size_t i = 0; n == 0 && i < sizeof(known) / sizeof(*known); i++)
        if (dt_is_one_of(p->machine.fdt, a->node, known[i].compatible))
            while (n < known[i].n) {
                out[n] = known[i].step[n];
                n++;
            }
    return n;
}

static void check_step(struct plan *p, const struct assigned *a, const struct step *s) {
    if (s->offset.v % 4 || !a->nr_reg || s->offset.v >= a->reg[0].size)
        complain(p->report, s->offset.at,
                 take_text("give a multiple of 4 below 0x%llx",
                           a->nr_reg ? (unsigned long long)a->reg[0].size : 0),
                 "%s has no register there", a->path);
    if (s->write.v > UINT32_MAX || s->mask.v > UINT32_MAX)
        complain(p->report, s->at, "give at most 0xffffffff", "a register has 32 bits");
    if (s->value.v & ~s->mask.v)
        complain(p->report, s->at, "give a mask that has them",
                 "bits of value are not in mask and never come");
}

static void check_one(struct plan *p, const struct assigned *a) {
    const struct domain *d = a->domain;
    struct reset_step step[EL2_RESETS];
    bool restarts = domain_restarts(d);

    for (size_t i = 0; i < a->device->reset.n; i++)
        check_step(p, a, (const struct step *)a->device->reset.item + i);
    if (a->device->reset.n && !restarts)
        complain(p->report, a->device->reset.at, "write on-crash: restart, or leave it out",
                 "no action of %s is a restart", d->name.s);
    if (restarts && !d->unsafe_restart.s && device_masters(p, a) && !resets_of(p, a, step))
        complain(p->report, a->device->at,
                 "give its reset, or write unsafe-restart: accepted if the next life can bear that",
                 "%s could still write to memory when %s restarts", a->path, d->name.s);
}

void check_resets(struct plan *p) {
    for (size_t i = 0; i < p->model.domains.n; i++) {
        const struct domain *d = domain_at(&p->model, i);
        struct reset_step step[EL2_RESETS];
        unsigned n = 0;

        for (unsigned k = 0; k < p->nr_assigned; k++)
            if (p->assigned[k].domain == d) {
                check_one(p, &p->assigned[k]);
                n += p->assigned[k].device->reset.n ? (unsigned)p->assigned[k].device->reset.n
                                                    : resets_of(p, &p->assigned[k], step);
            }
        if (domain_restarts(d) && n > EL2_RESETS)
            complain(p->report, d->assign.at, "assign fewer devices",
                     "resets of %u steps, and the hypervisor has room for %u", n, EL2_RESETS);
        if (d->unsafe_restart.s && (!d->assign.n || !domain_restarts(d)))
            complain(p->report, d->unsafe_restart.at, "leave it out",
                     "%s has no device, or no action of it is a restart", d->name.s);
    }
}
