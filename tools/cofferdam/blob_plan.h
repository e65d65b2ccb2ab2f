// SPDX-License-Identifier: Apache-2.0
// The part of making a blob that the hypervisor's tests share (blob_plan.c).
#pragma once
#include <boot/system.h>

// What has been read from a tree is checked and planned. What the checks add to the reserved memory
// is not in it afterwards: who boots it adds that again. `ready`, if not NULL, comes before the
// plan, which needs room for trees.
void blob_plan(struct system *s, void (*ready)(const struct system *s));
