// SPDX-License-Identifier: Apache-2.0
// domctl: devices for guests. Without an SMMU under EL2's control no device that masters the bus
// can be given away: the whole family says so. Constant time.
#include "domctl.h"

int64_t domctl_device_assignment(struct vcpu *v, struct domain *d, struct xen_domctl *op) {
    (void)v;
    (void)d;
    (void)op;
    return fail(-EOPNOTSUPP);
}
