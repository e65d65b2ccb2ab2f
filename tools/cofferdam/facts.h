// SPDX-License-Identifier: Apache-2.0
// Everything that a plan decides, one fact a line: of whom, what, and the line that caused it.
// `explain` prints them, `diff` compares those of two systems.
#pragma once
#include "plan.h"

struct fact {
    const char *of;   // "domain nav"
    const char *what; // "kernel"
    const char *value;
    struct place at;
};

struct facts {
    struct fact *list;
    unsigned n;
};

struct facts facts_of(const struct plan *p);

// The board's memory: as a table, and as a picture.
void map_table(const struct plan *p, FILE *to);
void map_svg(const struct plan *p, FILE *to);
