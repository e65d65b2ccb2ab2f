// SPDX-License-Identifier: Apache-2.0
// A folder that QEMU boots from.
#include "pack.h"
#include "arena.h"
#include "facts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1ULL << 20)

static bool failed(const char *folder, const char *name) {
    fprintf(stderr, "cofferdam: cannot write %s/%s: %s\n", folder, name, strerror(errno));
    return false;
}

static FILE *begin(const char *folder, const char *name) {
    return fopen(take_text("%s/%s", folder, name), "wb");
}

bool pack_write(const char *folder, const char *name, const void *data, size_t size) {
    FILE *f = begin(folder, name);
    bool good = f && fwrite(data, 1, size, f) == size;

    if (f && fclose(f))
        good = false;
    return good || failed(folder, name);
}

bool pack_print(const char *folder, const char *name, const char *text) {
    return pack_write(folder, name, text, strlen(text));
}

bool pack_call(const char *folder, char *const argv[]) {
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        setenv("SOURCE_DATE_EPOCH", "0", 1); // or the time would be in the file
        if (!chdir(folder) && freopen("/dev/null", "w", stdout))
            execvp(argv[0], argv);
        _exit(127);
    }
    if (pid > 0)
        waitpid(pid, &status, 0);
    if (status)
        fprintf(stderr, "cofferdam: %s failed%s\n", argv[0],
                WIFEXITED(status) && WEXITSTATUS(status) == 127 ? ": is it installed?" : "");
    return status == 0;
}

static void say(char **argv, unsigned *n, const char *a, const char *b) {
    argv[(*n)++] = take_text("%s", a);
    if (b)
        argv[(*n)++] = take_text("%s", b);
}

char **pack_qemu(const struct plan *p) {
    const struct qemu_board *q = p->machine.board;
    char **argv = take((32 + 2 * p->nr_modules) * sizeof(*argv));
    unsigned n = 0;

    if (!q)
        return NULL;
    say(argv, &n, "qemu-system-aarch64", NULL);
    say(argv, &n, "-M", q->machine);
    if (q->cpu)
        say(argv, &n, "-cpu", q->cpu);
    // A board without a tree of QEMU's has its CPUs whatever the tree says.
    say(argv, &n, "-smp", take_text("%u", q->gives_tree ? p->machine.cpus : q->cpus));
    say(argv, &n, "-m",
        take_text("%lluM",
                  (unsigned long long)(number_or(p->model.board.memory, q->memory) / MIB)));
    say(argv, &n, "-kernel", p->setup->blob ? "system.raw" : "hypervisor");
    if (!p->setup->blob)
        say(argv, &n, "-dtb", "system.dtb");
    for (unsigned i = 0; !p->setup->blob && i < p->nr_modules; i++)
        say(argv, &n, "-device",
            take_text("loader,file=%s,addr=0x%llx,force-raw=on", p->modules[i].name,
                      (unsigned long long)p->modules[i].base));
    say(argv, &n, "-nic", "none");
    say(argv, &n, "-no-reboot", NULL);
    say(argv, &n, "-nographic", NULL);
    return argv;
}

// No argument has a character that JSON or a shell's quotes would change.
static bool write_qemu(const struct plan *p, const char *folder) {
    char **argv = pack_qemu(p);
    const char *json = "[", *line = "exec";

    if (!argv)
        return true;
    for (unsigned i = 0; argv[i]; i++) {
        json = take_text("%s%s\n  \"%s\"", json, i ? "," : "", argv[i]);
        line = take_text("%s '%s'", line, argv[i]);
    }
    return pack_print(folder, "qemu.json", take_text("%s\n]\n", json)) &&
           pack_print(
               folder, "run.sh",
               take_text("#!/bin/sh\n# Ctrl-a x leaves.\ncd \"$(dirname \"$0\")\" || exit 1\n"
                         "%s \"$@\"\n",
                         line)) &&
           !chmod(take_text("%s/run.sh", folder), 0755);
}

static bool write_map(const struct plan *p, const char *folder) {
    FILE *table = begin(folder, "system.map"), *svg = begin(folder, "system.svg");
    bool good = table && svg;

    if (good) {
        map_table(p, table);
        map_svg(p, svg);
    }
    if (table && fclose(table))
        good = false;
    if (svg && fclose(svg))
        good = false;
    return good || failed(folder, "system.map or system.svg");
}

bool pack_folder(const struct plan *p, const char *folder) {
    if (mkdir(folder, 0777) && errno != EEXIST)
        return failed(folder, "");
    if (!pack_write(folder, "hypervisor", p->hypervisor, p->hypervisor_size) ||
        !pack_write(folder, p->setup->blob ? "system.blob" : "system.dtb", p->tree, p->tree_size))
        return false;
    for (unsigned i = 0; i < p->nr_modules; i++)
        if (!pack_write(folder, p->modules[i].name, p->modules[i].data, p->modules[i].size))
            return false;
    return write_qemu(p, folder) && write_map(p, folder);
}
