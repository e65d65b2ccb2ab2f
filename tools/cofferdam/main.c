// SPDX-License-Identifier: Apache-2.0
// `cofferdam`: the host tool. Finds the sub-command and calls it.

#include "commands.h"
#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    {"check", "is a system file right? prints the memory map", system_check},
    {"build", "write what boots it", system_build},
    {"run", "build it and run it in QEMU", system_run},
    {"diff", "what changes from one system file to another, and for whom", system_diff},
    {"explain", "every address, interrupt and CPU, and the line that caused it", system_explain},
    {"trace", "a capture of xentrace as timeline, Perfetto JSON, latencies", trace_command},
    {"sched-check", "can this schedule be kept? worst response times", sched_check},
    {NULL, NULL, NULL}, // ends the table
};

static void usage(FILE *to) {
    fputs("usage: cofferdam COMMAND [ARGUMENT...]\n\n", to);
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, "  %-12s %s\n", c->name, c->summary);
    fputs("\nEach has its own --help.\n", to);
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : "--help";
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
        usage(stdout);
        return argc > 1 ? 0 : 2;
    }
    for (const struct command *c = commands; c->name; c++) {
        if (!strcmp(c->name, name))
            return c->run(argc - 1, argv + 1);
    }
    fprintf(stderr, "cofferdam: no command '%s'; see cofferdam --help\n", name);
    return 2;
}
