// SPDX-License-Identifier: Apache-2.0
// The sub-commands about a system file: check, build, run, diff, explain.
#include "arena.h"
#include "commands.h"
#include "facts.h"
#include "pack.h"
#include "shape.h"
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    struct setup setup, other; // other: the second file of diff
    const char *out, *svg;
    bool fit, raw;
    unsigned limit; // seconds
};

static void usage(FILE *to, const char *name) {
    bool diff = !strcmp(name, "diff");

    fprintf(to, "usage: cofferdam %s [OPTION...] %s\n\n", name,
            diff ? "OLD.yaml NEW.yaml" : "SYSTEM.yaml");
    fputs("  -I DIR              look for images in DIR too (may repeat)\n"
          "  --hypervisor FILE   boot this image in place of the file's\n",
          to);
    if (!strcmp(name, "check"))
        fputs("  --svg FILE          write the picture of the memory map\n", to);
    if (!strcmp(name, "build") || !strcmp(name, "run"))
        fputs("  -o DIR              write there (default: SYSTEM.build beside the file)\n"
              "  --blob              boot from a system blob, as the static profile must: all "
              "checks and\n"
              "                      all device trees are made now\n",
              to);
    if (!strcmp(name, "build"))
        fputs("  --fit               also system.itb and boot.scr for U-Boot\n"
              "  --raw               also system.raw, one image for the address in system.start\n",
              to);
    if (!strcmp(name, "run"))
        fputs("  --timeout SECONDS   end QEMU after that; Ctrl-a x leaves before\n", to);
    fputs("\nA system file, version 1:\n\n", to);
    shape_help(&system_shape, to, 0, false);
}

static int wrong(const char *name, const char *what) {
    fprintf(stderr, "cofferdam %s: %s; see cofferdam %s --help\n", name, what, name);
    return 2;
}

// A path of the command line is of the working folder, not of the system file's.
static const char *absolute(const char *path) {
    char *whole = path ? realpath(path, NULL) : NULL;

    if (whole)
        path = take_text("%s", whole);
    free(whole);
    return path;
}

// -1: go on; else the exit status.
static int parse(int argc, char **argv, struct options *o) {
    static const struct option words[] = {
        {"help", no_argument, NULL, 'h'},          {"hypervisor", required_argument, NULL, 'H'},
        {"svg", required_argument, NULL, 's'},     {"fit", no_argument, NULL, 'f'},
        {"raw", no_argument, NULL, 'r'},           {"blob", no_argument, NULL, 'b'},
        {"timeout", required_argument, NULL, 't'}, {NULL, 0, NULL, 0}};
    int c, files = !strcmp(argv[0], "diff") ? 2 : 1;

    optind = 1;
    opterr = 0;
    while ((c = getopt_long(argc, argv, "hI:o:", words, NULL)) != -1) {
        switch (c) {
        case 'h':
            usage(stdout, argv[0]);
            return 0;
        case 'I':
            if (o->setup.nr_dirs == sizeof(o->setup.dirs) / sizeof(*o->setup.dirs))
                return wrong(argv[0], "too many -I");
            o->setup.dirs[o->setup.nr_dirs++] = optarg;
            break;
        case 'H':
            o->setup.hypervisor = optarg;
            break;
        case 's':
            o->svg = optarg;
            break;
        case 'f':
            o->fit = true;
            break;
        case 'r':
            o->raw = true;
            break;
        case 'b':
            o->setup.blob = o->raw = true;
            break;
        case 't':
            o->limit = (unsigned)strtoul(optarg, NULL, 10);
            if (!o->limit)
                return wrong(argv[0], "--timeout wants a number of seconds");
            break;
        case 'o':
            o->out = optarg;
            break;
        default:
            return wrong(argv[0],
                         take_text("option %s is not known or lacks its value", argv[optind - 1]));
        }
    }
    if (argc - optind != files)
        return wrong(argv[0], files == 2 ? "give two system files" : "give one system file");
    o->setup.file = argv[optind];
    o->other = o->setup;
    o->other.file = argv[optind + files - 1];
    o->setup.hypervisor = o->other.hypervisor = absolute(o->setup.hypervisor);
    return -1;
}

// The plan of a file, or NULL after its findings are printed.
static struct plan *plan_of(const struct setup *setup) {
    struct plan *p = take(sizeof(*p));
    struct report *r = take(sizeof(*r));

    r->file = setup->file;
    if (plan_make(p, setup, r))
        return p;
    unsigned n = report_print(r, stderr);
    fprintf(stderr, "%s: %u error%s, nothing was built\n", setup->file, n, n == 1 ? "" : "s");
    return NULL;
}

int system_check(int argc, char **argv) {
    struct options o = {0};
    int status = parse(argc, argv, &o);
    const struct plan *p = status < 0 ? plan_of(&o.setup) : NULL;

    if (!p)
        return status < 0 ? 1 : status;
    map_table(p, stdout);
    if (o.svg) {
        FILE *f = fopen(o.svg, "w");
        if (!f) {
            fprintf(stderr, "cofferdam: cannot write %s\n", o.svg);
            return 1;
        }
        map_svg(p, f);
        fclose(f);
    }
    return 0;
}

static const char *folder_of(const struct options *o) {
    size_t n = strlen(o->setup.file);

    if (o->out)
        return o->out;
    if (n > 5 && !strcmp(o->setup.file + n - 5, ".yaml"))
        n -= 5;
    return take_text("%.*s.build", (int)n, o->setup.file);
}

static bool build(const struct options *o, const struct plan *p) {
    return pack_folder(p, folder_of(o)) && (!o->fit || pack_fit(p, folder_of(o))) &&
           (!o->raw || pack_raw(p, folder_of(o)));
}

int system_build(int argc, char **argv) {
    struct options o = {0};
    int status = parse(argc, argv, &o);
    const struct plan *p = status < 0 ? plan_of(&o.setup) : NULL;

    if (!p)
        return status < 0 ? 1 : status;
    if (!build(&o, p))
        return 1;
    printf("built in %s\n", folder_of(&o));
    return 0;
}

// QEMU has the terminal; it is the only child, and ends at the limit.
static int run_qemu(char *const argv[], const char *folder, unsigned limit) {
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); // whoever ends the tool ends QEMU
        if (!chdir(folder))
            execvp(argv[0], argv);
        fprintf(stderr, "cofferdam: cannot run %s; install qemu-system-arm\n", argv[0]);
        _exit(127);
    }
    signal(SIGINT, SIG_IGN); // Ctrl-c is for a guest
    for (unsigned tenths = 0; pid > 0 && !waitpid(pid, &status, WNOHANG); tenths++) {
        if (limit && tenths >= 10 * limit) {
            kill(pid, SIGTERM);
            waitpid(pid, &status, 0);
            fprintf(stderr, "\ncofferdam: ended after %u s\n", limit);
            return 1;
        }
        usleep(100000);
    }
    return status == 0 ? 0 : 1;
}

int system_run(int argc, char **argv) {
    struct options o = {0};
    int status = parse(argc, argv, &o);
    const struct plan *p = status < 0 ? plan_of(&o.setup) : NULL;

    if (!p)
        return status < 0 ? 1 : status;
    if (!p->machine.board) {
        fprintf(stderr, "%s:%u: error: the board is none of QEMU's; add machine to board\n",
                o.setup.file, p->model.board.at.line);
        return 1;
    }
    return build(&o, p) ? run_qemu(pack_qemu(p), folder_of(&o), o.limit) : 1;
}

int system_explain(int argc, char **argv) {
    struct options o = {0};
    int status = parse(argc, argv, &o);
    const struct plan *p = status < 0 ? plan_of(&o.setup) : NULL;

    if (!p)
        return status < 0 ? 1 : status;
    struct facts f = facts_of(p);
    for (unsigned i = 0; i < f.n; i++)
        printf("%s:%u: %s: %s: %s\n", o.setup.file, f.list[i].at.line, f.list[i].of, f.list[i].what,
               f.list[i].value);
    return 0;
}

static const struct fact *same(const struct facts *f, const struct fact *one) {
    for (unsigned i = 0; i < f->n; i++)
        if (!strcmp(f->list[i].of, one->of) && !strcmp(f->list[i].what, one->what))
            return &f->list[i];
    return NULL;
}

int system_diff(int argc, char **argv) {
    struct options o = {0};
    int status = parse(argc, argv, &o);
    const struct plan *a = status < 0 ? plan_of(&o.setup) : NULL;
    const struct plan *b = a ? plan_of(&o.other) : NULL;
    unsigned changes = 0;

    if (!b)
        return status < 0 ? 1 : status;
    struct facts before = facts_of(a), after = facts_of(b);
    for (unsigned i = 0; i < before.n; i++) {
        const struct fact *was = &before.list[i], *is = same(&after, was);
        if (!is)
            printf("%s: %s: was %s (line %u), is gone\n", was->of, was->what, was->value,
                   was->at.line);
        else if (strcmp(was->value, is->value) != 0)
            printf("%s: %s: %s (line %u) becomes %s (line %u)\n", was->of, was->what, was->value,
                   was->at.line, is->value, is->at.line);
        changes += !is || strcmp(was->value, is->value) != 0;
    }
    for (unsigned i = 0; i < after.n; i++)
        if (!same(&before, &after.list[i])) {
            printf("%s: %s: new: %s (line %u)\n", after.list[i].of, after.list[i].what,
                   after.list[i].value, after.list[i].at.line);
            changes++;
        }
    if (!changes)
        puts("nothing changes");
    return 0;
}
