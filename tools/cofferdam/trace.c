// SPDX-License-Identifier: Apache-2.0
// `cofferdam trace`: its options and files.
#include "trace.h"
#include "commands.h"
#include <stdlib.h>
#include <string.h>

static void help(FILE *to) {
    fputs("usage: cofferdam trace [OPTION...] FILE\n\n"
          "FILE is what xentrace wrote in Dom0, for instance: xentrace -D -e all -T 5 FILE\n\n"
          "  --html OUT   the timeline as one page for a browser: who ran where, wake-ups,\n"
          "               interrupts, ways into EL2; wheel zooms, dragging moves\n"
          "  --json OUT   for ui.perfetto.dev and chrome://tracing\n"
          "  --hz N       the counter's frequency (default: worked out from the switches)\n"
          "  --help       this text\n\n"
          "Without --html and --json: latencies by vCPU and by interrupt as histograms, each with\n"
          "its worst case and the records around it, and the time at EL2 by cause.\n",
          to);
}

static int write_to(const char *path, const struct capture *c, const struct model *m,
                    int (*view)(const struct capture *, const struct model *, FILE *)) {
    FILE *f = fopen(path, "w");
    int bad = f ? view(c, m, f) : -1;
    if (f && fclose(f))
        bad = -1;
    if (bad) {
        perror(path);
        return 1;
    }
    return 0;
}

static int misused(const char *what, const char *which) {
    fprintf(stderr, "cofferdam trace: %s%s; see cofferdam trace --help\n", what, which);
    return 2;
}

int trace_command(int argc, char **argv) {
    const char *file = NULL, *html = NULL, *json = NULL;
    double hz = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            help(stdout);
            return 0;
        }
        bool takes =
            !strcmp(argv[i], "--html") || !strcmp(argv[i], "--json") || !strcmp(argv[i], "--hz");
        if (takes && !value)
            return misused("a value is missing after ", argv[i]);
        if (!strcmp(argv[i], "--html"))
            html = value;
        else if (!strcmp(argv[i], "--json"))
            json = value;
        else if (!strcmp(argv[i], "--hz"))
            hz = strtod(value, NULL);
        else if (argv[i][0] == '-' || file)
            return misused("not understood: ", argv[i]);
        else
            file = argv[i];
        if (takes && value == argv[i + 1] && !strcmp(argv[i], "--hz") && hz < 1000)
            return misused("no frequency: ", value);
        i += takes;
    }
    if (!file)
        return misused("no capture given", "");
    struct capture c;
    struct model m;
    if (trace_read(&c, file, hz))
        return 1;
    trace_model(&c, &m);
    if (!html && !json)
        trace_latency(&c, &m, stdout);
    int bad = html ? write_to(html, &c, &m, trace_html) : 0;
    bad |= json ? write_to(json, &c, &m, trace_json) : 0;
    trace_free(&c, &m);
    return bad;
}
