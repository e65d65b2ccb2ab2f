// SPDX-License-Identifier: Apache-2.0
// The policies of the full build.
#include <sched/sched.h>

const struct sched_ops *const sched_policies[] = {&sched_credit2, &sched_credit,   &sched_null,
                                                  &sched_rtds,    &sched_arinc653, NULL};
