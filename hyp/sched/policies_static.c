// SPDX-License-Identifier: Apache-2.0
// The policies of the static profile. Nobody gets as far as to set a share: boot/domu.c refuses it
// under these.
#include <sched/sched.h>

const struct sched_ops *const sched_policies[] = {&sched_null, &sched_arinc653, NULL};

void sched_fair_set(struct domain *d, uint16_t weight, uint16_t cap) {
    (void)d;
    (void)weight;
    (void)cap;
}
void sched_rtds_set(struct vcpu *v, uint64_t period, uint64_t budget, bool extra) {
    (void)v;
    (void)period;
    (void)budget;
    (void)extra;
}
