// SPDX-License-Identifier: Apache-2.0
// Performance monitors of a guest that was given them (vpmu=1), part of its context switch.
#pragma once
struct vcpu;

// Stops them and takes them away from who runs next.
void pmu_save(struct vcpu *v);
void pmu_load(struct vcpu *v);
