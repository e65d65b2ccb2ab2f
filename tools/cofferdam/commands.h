// SPDX-License-Identifier: Apache-2.0
// The sub-commands of `cofferdam`, the host tool. Each gets its own argv (argv[0] is its name),
// prints its --help itself and returns the exit status: 0 done, 1 refused (what was read is
// wrong), 2 wrong use.
#pragma once

int trace_command(int argc, char **argv);

struct command {
    const char *name;
    const char *summary; // one line for `cofferdam --help`
    int (*run)(int argc, char **argv);
};

// system.c
int system_check(int argc, char **argv);
int system_build(int argc, char **argv);
int system_run(int argc, char **argv);
int system_diff(int argc, char **argv);
int system_explain(int argc, char **argv);

// sched_check.c
int sched_check(int argc, char **argv);
