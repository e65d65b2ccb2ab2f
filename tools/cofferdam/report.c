// SPDX-License-Identifier: Apache-2.0
#include "report.h"
#include "arena.h"
#include <stdlib.h>
#include <string.h>

void complain(struct report *r, struct place at, const char *remedy, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *what = take_vtext(format, args);
    va_end(args);

    struct finding f = {at, take_text("%s; %s", what, remedy)};
    for (unsigned i = 0; i < r->n; i++)
        if (r->list[i].at.line == at.line && r->list[i].at.column == at.column &&
            !strcmp(r->list[i].text, f.text))
            return;
    r->list = grow(r->list, r->n, sizeof(f));
    r->list[r->n++] = f;
}

static int by_place(const void *a, const void *b) {
    const struct finding *x = a, *y = b;

    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    if (x->at.column != y->at.column)
        return x->at.column < y->at.column ? -1 : 1;
    return strcmp(x->text, y->text);
}

unsigned report_print(struct report *r, FILE *to) {
    if (r->n)
        qsort(r->list, r->n, sizeof(*r->list), by_place);
    for (unsigned i = 0; i < r->n; i++) {
        const struct finding *f = &r->list[i];
        if (f->at.line)
            fprintf(to, "%s:%u:%u: error: %s\n", r->file, f->at.line, f->at.column, f->text);
        else
            fprintf(to, "%s: error: %s\n", r->file, f->text);
    }
    return r->n;
}
