// SPDX-License-Identifier: Apache-2.0
// The policies of the static profile.
#include <sched/sched.h>

const struct sched_ops *const sched_policies[] = {&sched_null, &sched_arinc653, NULL};
