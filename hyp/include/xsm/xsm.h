// SPDX-License-Identifier: Apache-2.0
// Security hooks: asked before anything else happens (R9). The default policy: Dom0 may do all, a
// domain may act on itself and on its target. Returns 0 or -EPERM. No locks.
#pragma once
#include <core/types.h>

struct domain;

enum xsm_op {
    XSM_SELF,       // acts only on the caller
    XSM_TARGET,     // acts on `target`: itself, its own, or the caller is privileged
    XSM_PRIVILEGED, // control domain only
};

// May `caller` do `op` to `target`? 0 or -EPERM.
int xsm_check(const struct domain *caller, const struct domain *target, enum xsm_op op) must_check;
