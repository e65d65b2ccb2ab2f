// SPDX-License-Identifier: Apache-2.0
// What is wrong with a system file: collected, so that one run tells all, and printed by place as
//   FILE:LINE:COLUMN: error: what is wrong; what to do
#pragma once
#include <stdbool.h>
#include <stdio.h>

struct place {
    unsigned line, column; // from 1; line 0: not said in the file
};

struct finding {
    struct place at;
    const char *text;
};

struct report {
    const char *file;
    struct finding *list;
    unsigned n;
};

// `remedy` says what to write instead.
void complain(struct report *r, struct place at, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// All findings by place; the number of them.
unsigned report_print(struct report *r, FILE *to);
