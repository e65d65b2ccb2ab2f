// SPDX-License-Identifier: Apache-2.0
// See blob_plan.h.
#include "blob_plan.h"
#include <boot/domu_plan.h>
#include <string.h>

void blob_plan(struct system *s, void (*ready)(const struct system *s)) {
    static struct system_range reserved[MAX_RESERVED];
    unsigned nr_reserved = s->nr_reserved;

    memcpy(reserved, s->reserved, sizeof(reserved));
    system_check_all(s);
    system_lay_out_vgic(s);
    if (ready)
        ready(s);
    domu_plan_all(s);
    memcpy(s->reserved, reserved, sizeof(reserved));
    s->nr_reserved = nr_reserved;
}
