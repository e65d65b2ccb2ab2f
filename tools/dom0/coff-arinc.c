// SPDX-License-Identifier: Apache-2.0
// coff-arinc: shows and sets the ARINC 653 timetable of a CPU pool from Dom0, with windows on each
// of the pool's CPUs (include/coff/arinc653.h), through privcmd. What it shows it also reads. Exit
// status: 0, 1 when the table or the hypervisor says no, 2 for a wrong command line.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <coff/arinc653.h>
#include <xen/domctl.h>

#define MOST COFF_ARINC653_MAX_WINDOWS

static const char usage[] =
    "usage: coff-arinc [-p POOL] show\n"
    "       coff-arinc [-p POOL] set FILE     (-: standard input)\n\n"
    "The ARINC 653 timetable of CPU pool POOL (default 0). A new one takes effect when the major\n"
    "frame that runs is over. A line of FILE is one of\n\n"
    "  frame TIME                            the major frame, such as 100ms\n"
    "  window DOMAIN VCPU CPU START LENGTH   from the start of the frame\n"
    "  # anything\n\n"
    "DOMAIN is a domain's number, or its UUID, also of one that does not run yet. TIME is a "
    "number\n"
    "with ns, us, ms or s. Windows of one CPU, and of one vCPU, may not overlap; there are at "
    "most\n"
    "64. What no window covers is idle.\n";

// Linux's privcmd.
struct privcmd_hypercall {
    uint64_t op, arg[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

// What the hypervisor reads and writes: locked, so that it stays where it is.
static struct page {
    struct xen_sysctl sysctl;
    struct xen_domctl domctl;
    struct coff_arinc653_schedule table;
} * page;
static const char *file = "coff-arinc";
static unsigned line_nr, lines[MOST]; // of each window

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, line_nr ? "%s:%u: " : "%s: ", file, line_nr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(1);
}

static int hypercall(uint64_t nr, void *arg) {
    static int fd = -1;
    struct privcmd_hypercall call = {.op = nr, .arg = {(uintptr_t)arg}};
    if (fd < 0 && (fd = open("/dev/xen/privcmd", O_RDWR)) < 0)
        fail("/dev/xen/privcmd: %s; run this in Dom0, as root", strerror(errno));
    return (int)syscall(SYS_ioctl, fd, IOCTL_PRIVCMD_HYPERCALL, &call);
}

static int sysctl(uint32_t cmd) {
    page->sysctl.cmd = cmd;
    page->sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hypercall(__HYPERVISOR_sysctl, &page->sysctl);
}

static void must_be_arinc(uint32_t pool) {
    struct xen_sysctl_cpupool_op *p = &page->sysctl.u.cpupool_op;
    *p = (struct xen_sysctl_cpupool_op){.op = XEN_SYSCTL_CPUPOOL_OP_INFO, .cpupool_id = pool};
    if (sysctl(XEN_SYSCTL_cpupool_op) || p->cpupool_id != pool)
        fail("there is no CPU pool %u; `xl cpupool-list` lists them", pool);
    if (p->sched_id != XEN_SCHEDULER_ARINC653)
        fail("pool %u does not run arinc653; `xl cpupool-create` with sched=\"arinc653\" makes one "
             "that does",
             pool);
}

static void table_op(uint32_t pool, uint32_t cmd) {
    page->sysctl.u.scheduler_op = (struct xen_sysctl_scheduler_op){
        .cpupool_id = pool, .sched_id = XEN_SCHEDULER_ARINC653, .cmd = cmd};
    page->sysctl.u.scheduler_op.u.sched_arinc653.schedule.q = (uintptr_t)&page->table;
    if (!sysctl(XEN_SYSCTL_scheduler_op))
        return;
    line_nr = 0;
    if (errno == EINVAL && cmd == COFF_SYSCTL_SCHEDOP_put_table)
        fail("refused: a window is on a CPU that pool %u has not (`xl cpupool-list -c`)", pool);
    fail("the hypervisor says: %s", strerror(errno));
}

// --- domains ---

// True when domain `id` is there; page->domctl has it.
static bool domain_info(unsigned id) {
    page->domctl = (struct xen_domctl){.cmd = XEN_DOMCTL_getdomaininfo,
                                       .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                                       .domain = (domid_t)id};
    return !hypercall(__HYPERVISOR_domctl, &page->domctl) &&
           page->domctl.u.getdomaininfo.domain == id;
}

static bool read_uuid(const char *text, uint8_t out[16]) {
    unsigned digits = 0;
    for (; *text; text++) {
        if (*text == '-')
            continue;
        if (!isxdigit((unsigned char)*text) || digits == 32)
            return false;
        unsigned d = isdigit((unsigned char)*text) ? (unsigned)*text - '0'
                                                   : ((unsigned)*text | 0x20) - 'a' + 10;
        out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] | d : d << 4);
        digits++;
    }
    return digits == 32;
}

static void print_uuid(const uint8_t h[16]) {
    for (unsigned i = 0; i < 16; i++)
        printf(i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", h[i]);
}

// The number of the domain with that handle, -1 for none.
static int domain_of(const uint8_t handle[16]) {
    for (unsigned id = 0; id < 0x7ff0; id++) {
        if (!domain_info(id)) { // then it is the next one that is there, or an error
            if (page->domctl.u.getdomaininfo.domain <= id)
                return -1;
            id = page->domctl.u.getdomaininfo.domain;
        }
        if (!memcmp(&page->domctl.u.getdomaininfo.handle, handle, 16))
            return (int)id;
    }
    return -1;
}

// --- a table as text ---

static bool number(const char *text, uint64_t max, uint64_t *out, const char **rest) {
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    *rest = end;
    return isdigit((unsigned char)*text) && !errno && *out <= max;
}

static uint64_t count(const char *text, const char *what) {
    uint64_t n;
    const char *rest;
    if (!number(text, UINT32_MAX, &n, &rest) || *rest)
        fail("'%s' is no %s", text, what);
    return n;
}

static uint64_t time_of(const char *text) {
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};
    uint64_t n;
    const char *rest;
    for (unsigned i = 0; number(text, UINT64_MAX / 2000000000, &n, &rest) && i < 4; i++)
        if (!strcmp(rest, units[i].unit))
            return n * units[i].ns;
    fail("'%s' is no time: write a number with ns, us, ms or s", text);
}

static void print_time(uint64_t ns) {
    static const char *const units[] = {"ns", "us", "ms", "s"};
    unsigned i = 0;
    for (; i < 3 && ns && ns % 1000 == 0; i++)
        ns /= 1000;
    printf(" %llu%s", (unsigned long long)ns, units[i]);
}

static void set_domain(struct coff_arinc653_window *w, const char *text) {
    uint64_t id;
    const char *rest;
    if (number(text, 0x7fef, &id, &rest) && !*rest) {
        if (!domain_info((unsigned)id))
            fail("there is no domain %u; give the UUID of one that does not run yet", (unsigned)id);
        memcpy(&w->handle, &page->domctl.u.getdomaininfo.handle, sizeof(w->handle));
    } else if (!read_uuid(text, (uint8_t *)&w->handle)) {
        fail("'%s' is neither a domain's number nor a UUID", text);
    }
}

static void read_line(char *text) {
    struct coff_arinc653_schedule *t = &page->table;
    char *word[8];
    unsigned n = 0;
    text[strcspn(text, "#\n")] = 0;
    for (char *w = strtok(text, " \t\r"); w && n < 8; w = strtok(NULL, " \t\r"))
        word[n++] = w;
    if (n == 0)
        return;
    if (!strcmp(word[0], "frame") && n == 2) {
        if (t->major_frame)
            fail("a second frame");
        t->major_frame = time_of(word[1]);
    } else if (!strcmp(word[0], "window") && n == 6) {
        if (t->nr_windows == MOST)
            fail("more than %d windows", MOST);
        struct coff_arinc653_window *w = &t->windows[t->nr_windows];
        lines[t->nr_windows++] = line_nr;
        set_domain(w, word[1]);
        w->vcpu_id = (uint32_t)count(word[2], "vCPU");
        w->cpu = (uint32_t)count(word[3], "CPU");
        w->start = time_of(word[4]);
        w->length = time_of(word[5]);
    } else {
        fail("write `frame TIME` or `window DOMAIN VCPU CPU START LENGTH`");
    }
}

// By CPU, then by start, as the hypervisor wants them; their lines go along.
static void sort(struct coff_arinc653_schedule *t) {
    for (unsigned i = 1; i < t->nr_windows; i++) {
        for (unsigned k = i; k > 0; k--) {
            struct coff_arinc653_window *w = &t->windows[k - 1], hold = *w;
            if (w->cpu < w[1].cpu || (w->cpu == w[1].cpu && w->start <= w[1].start))
                break;
            unsigned line = lines[k - 1];
            w[0] = w[1], w[1] = hold;
            lines[k - 1] = lines[k], lines[k] = line;
        }
    }
}

static void check(const struct coff_arinc653_schedule *t) {
    if (!t->major_frame || !t->nr_windows)
        fail("a table has a frame and at least one window");
    for (unsigned i = 0; i < t->nr_windows; i++) {
        const struct coff_arinc653_window *a = &t->windows[i];
        line_nr = lines[i];
        if (!a->length)
            fail("the window is empty");
        if (a->start + a->length > t->major_frame)
            fail("the window ends after the frame");
        for (unsigned k = 0; k < t->nr_windows; k++) {
            const struct coff_arinc653_window *b = &t->windows[k];
            bool vcpu =
                !memcmp(&a->handle, &b->handle, sizeof(a->handle)) && a->vcpu_id == b->vcpu_id;
            if (k != i && (a->cpu == b->cpu || vcpu) && a->start <= b->start &&
                b->start < a->start + a->length)
                fail("the window overlaps that of line %u: the same %s", lines[k],
                     a->cpu == b->cpu ? "CPU" : "vCPU");
        }
    }
}

static int set(uint32_t pool, const char *name) {
    char text[512];
    FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;
    if (!f)
        fail("%s: %s", name, strerror(errno));
    must_be_arinc(pool);
    page->table.version = COFF_ARINC653_VERSION;
    file = name;
    while (fgets(text, sizeof(text), f)) {
        line_nr++;
        if (!strchr(text, '\n') && !feof(f))
            fail("the line is too long");
        read_line(text);
    }
    line_nr = 0;
    sort(&page->table);
    check(&page->table);
    table_op(pool, COFF_SYSCTL_SCHEDOP_put_table);
    return 0;
}

static int show(uint32_t pool) {
    const struct coff_arinc653_schedule *t = &page->table;
    must_be_arinc(pool);
    table_op(pool, COFF_SYSCTL_SCHEDOP_get_table);
    printf("# pool %u: %u windows\nframe", pool, t->nr_windows);
    print_time(t->major_frame);
    putchar('\n');
    for (unsigned i = 0; i < t->nr_windows && i < MOST; i++) {
        const struct coff_arinc653_window *w = &t->windows[i];
        int id = domain_of((const uint8_t *)&w->handle);
        printf("window ");
        print_uuid((const uint8_t *)&w->handle);
        printf(" %u %u", w->vcpu_id, w->cpu);
        print_time(w->start);
        print_time(w->length);
        printf(id < 0 ? " # does not run\n" : " # domain %d\n", id);
    }
    return 0;
}

int main(int argc, char **argv) {
    uint32_t pool = 0;
    int at = 1;
    if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(usage, stdout);
        return 0;
    }
    page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
    if (page == MAP_FAILED)
        fail("no memory: %s", strerror(errno));
    if (at + 1 < argc && !strcmp(argv[at], "-p")) {
        pool = (uint32_t)count(argv[at + 1], "CPU pool");
        at += 2;
    }
    if (argc - at == 1 && !strcmp(argv[at], "show"))
        return show(pool);
    if (argc - at == 2 && !strcmp(argv[at], "set"))
        return set(pool, argv[at + 1]);
    fputs(usage, stderr);
    return 2;
}
