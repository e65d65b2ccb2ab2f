// SPDX-License-Identifier: Apache-2.0
// Boot-time cpupools: struct system's, and one for the CPUs that are in none. Boot CPU, boot only.
#pragma once
#include <boot/system.h>

struct sched_ops;

// Opens them all, without CPUs: the one of the boot CPU is Pool-0. `usual` is the policy of a pool
// that names none; an unknown one is refused.
void cpupools_open(const struct system *s, const struct sched_ops *usual);
// The timetables of those that have one; their CPUs run, no domain is there.
void cpupools_set_windows(const struct system *s);
// The pool's id, for a CPU; for what is in pool[index], NO_POOL: Pool-0.
uint32_t cpupools_id_for_cpu(const struct system *s, uint64_t mpidr);
uint32_t cpupools_id(unsigned index);
