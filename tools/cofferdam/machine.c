// SPDX-License-Identifier: Apache-2.0
// The board: its device tree, from a file or from QEMU, and what the checks ask of it.
#include "arena.h"
#include "dt.h"
#include "plan.h"
#include "value.h"
#include <fcntl.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1ULL << 20)

static const struct qemu_board boards[] = {
    {"virt-gicv3", "virt,virtualization=on,gic-version=3", "cortex-a57", 2, 8, 1024 * MIB,
     128 * MIB, 65536 * MIB, true},
    {"virt-gicv2", "virt,virtualization=on,gic-version=2", "cortex-a57", 2, 8, 1024 * MIB,
     128 * MIB, 65536 * MIB, true},
    // QEMU has more CPUs and RAM only where it describes devices.
    {"zcu102", "xlnx-zcu102,virtualization=on", NULL, 4, 4, 2048 * MIB, 128 * MIB, 2048 * MIB,
     false},
};

static const struct qemu_board *board_of(struct text name) {
    for (size_t i = 0; i < sizeof(boards) / sizeof(*boards); i++)
        if (is_text(name, boards[i].name))
            return &boards[i];
    return NULL;
}

// Run a program that says nothing; its exit status.
static int call(char *const argv[]) {
    int status = -1, null = open("/dev/null", O_RDWR);
    pid_t pid = fork();

    if (pid == 0) {
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(null);
    if (pid > 0)
        waitpid(pid, &status, 0);
    return status;
}

static const void *tree_of_qemu(struct plan *p, uint64_t *size) {
    const struct board *b = &p->model.board;
    const struct qemu_board *q = p->machine.board;
    char name[] = "/tmp/cofferdam-XXXXXX";
    int fd = mkstemp(name);
    char *argv[] = {"qemu-system-aarch64",
                    "-M",
                    take_text("%s,dtb-randomness=off,dumpdtb=%s", q->machine, name),
                    "-cpu",
                    take_text("%s", q->cpu),
                    "-smp",
                    take_text("%u", p->machine.cpus),
                    "-m",
                    take_text("%lluM", (unsigned long long)(number_or(b->memory, q->memory) / MIB)),
                    "-display",
                    "none",
                    "-nic",
                    "none",
                    NULL};
    size_t n = 0;
    const void *data = NULL;

    if (fd >= 0 && call(argv) == 0)
        data = take_file(name, &n);
    *size = n;
    if (fd >= 0) {
        close(fd);
        unlink(name);
    }
    if (!n)
        complain(p->report, b->machine.at, "install qemu-system-arm, or give device-tree",
                 "QEMU gives no device tree of %s", q->name);
    return n ? data : NULL;
}

static bool sizes_fit(struct plan *p) {
    const struct board *b = &p->model.board;
    const struct qemu_board *q = p->machine.board;
    uint64_t memory = number_or(b->memory, q->memory);

    p->machine.cpus = (unsigned)number_or(b->cpus, q->cpus);
    if (p->machine.cpus == 0 || p->machine.cpus > q->max_cpus) {
        complain(p->report, b->cpus.at, take_text("give 1 to %u", q->max_cpus),
                 "%s cannot have %u CPUs", q->name, p->machine.cpus);
        return false;
    }
    if (memory < q->min_memory || memory > q->max_memory || memory % MIB) {
        complain(p->report, b->memory.at,
                 take_text("give %s to %s, whole MiB", show_size(q->min_memory),
                           show_size(q->max_memory)),
                 "%s cannot have %s of RAM", q->name, show_size(memory));
        return false;
    }
    return true;
}

// A copy with room for edits, and RAM as the board file says.
static bool open_tree(struct plan *p, const void *data, uint64_t size) {
    const struct board *b = &p->model.board;
    struct place at = b->device_tree.s ? b->device_tree.at : b->at;
    int room = (int)size + 65536;

    p->machine.fdt = take((size_t)room);
    if (fdt_check_full(data, size) || fdt_open_into(data, p->machine.fdt, room)) {
        complain(p->report, at, "give a .dtb as dtc makes it", "this is no device tree");
        return false;
    }
    if (p->machine.board && !p->machine.board->gives_tree) {
        uint64_t memory = number_or(b->memory, p->machine.board->memory);
        fdt64_t reg[2] = {0, cpu_to_fdt64(memory)};
        int node = fdt_node_offset_by_prop_value(p->machine.fdt, -1, "device_type", "memory", 7);
        if (node < 0 || fdt_setprop(p->machine.fdt, node, "reg", reg, sizeof(reg))) {
            complain(p->report, at, "give the tree of this board", "it has no memory node");
            return false;
        }
    }
    return true;
}

static void add_region(struct region *list, unsigned *n, unsigned most, struct region r) {
    if (r.size && *n < most)
        list[(*n)++] = r;
}

static void read_memory(struct machine *m) {
    int node = -1, child;
    struct region r;

    while ((node = fdt_node_offset_by_prop_value(m->fdt, node, "device_type", "memory", 7)) >= 0)
        for (unsigned i = 0; dt_reg(m->fdt, node, i, &r); i++)
            add_region(m->ram, &m->nr_ram, MAX_BANKS, r);
    for (int i = 0; i < fdt_num_mem_rsv(m->fdt); i++)
        if (!fdt_get_mem_rsv(m->fdt, i, &r.base, &r.size))
            add_region(m->reserved, &m->nr_reserved, 64, r);
    node = fdt_path_offset(m->fdt, "/reserved-memory");
    fdt_for_each_subnode(child, m->fdt, node) {
        for (unsigned i = 0; node >= 0 && dt_reg(m->fdt, child, i, &r); i++)
            add_region(m->reserved, &m->nr_reserved, 64, r);
    }
}

static unsigned read_cpus(struct machine *m) {
    int cpus = fdt_path_offset(m->fdt, "/cpus"), node;
    unsigned n = 0;

    fdt_for_each_subnode(node, m->fdt, cpus) {
        const char *type = fdt_getprop(m->fdt, node, "device_type", NULL);
        if (type && !strcmp(type, "cpu") && n < MAX_CPUS)
            m->cpu_node[n++] = node;
    }
    return n;
}

static int find_gic(const void *fdt) {
    static const char *const gics[] = {"arm,gic-v3", "arm,cortex-a15-gic", "arm,gic-400",
                                       "arm,cortex-a7-gic", NULL};
    int node = -1;

    while ((node = fdt_next_node(fdt, node, NULL)) >= 0)
        if (dt_is_one_of(fdt, node, gics))
            return node;
    return -1;
}

// The only node whose path ends so; -1 none, -2 several.
static int by_end(const struct machine *m, const char *end) {
    int node = -1, found = -1;
    size_t n = strlen(end);

    while ((node = fdt_next_node(m->fdt, node, NULL)) >= 0) {
        const char *path = dt_path(m->fdt, node);
        size_t len = strlen(path);
        if (len < n || strcmp(path + len - n, end) != 0)
            continue;
        if (found >= 0)
            return -2;
        found = node;
    }
    return found;
}

int machine_node(struct plan *p, struct text path) {
    const void *fdt = p->machine.fdt;
    const char *alias = path.s[0] == '/' ? NULL : fdt_get_alias(fdt, path.s);
    int node = fdt_path_offset(fdt, alias ? alias : path.s[0] == '/' ? path.s : "?");

    if (node < 0 && path.s[0] == '/' && path.s[1])
        node = by_end(&p->machine, path.s);
    if (node == -2)
        complain(p->report, path.at, "give the whole path", "several nodes end in %s", path.s);
    else if (node < 0)
        complain(p->report, path.at,
                 path.s[0] == '/' ? "look at the tree with dtc -I dtb -O dts"
                                  : "give a path that begins with /, or one of /aliases",
                 "the board's device tree has no %s", path.s);
    return node < 0 ? -1 : node;
}

// Which UART is the hypervisor's: said, or the stdout of the board.
static int find_console(struct plan *p) {
    const void *fdt = p->machine.fdt;
    struct text said = p->model.hypervisor.console;
    int len, chosen = fdt_path_offset(fdt, "/chosen");
    const char *out = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "stdout-path", &len);

    if (said.s)
        return machine_node(p, said);
    if (!out)
        return -1;
    const char *name = take_text("%.*s", (int)strcspn(out, ":"), out);
    const char *alias = name[0] == '/' ? name : fdt_get_alias(fdt, name);
    return alias ? fdt_path_offset(fdt, alias) : -1;
}

static bool check_machine(struct plan *p) {
    struct machine *m = &p->machine;
    const struct board *b = &p->model.board;
    unsigned n = read_cpus(m);

    read_memory(m);
    m->gic = find_gic(m->fdt);
    m->console = find_console(p);
    if (!m->nr_ram)
        complain(p->report, b->device_tree.at, "give a tree with a memory node",
                 "the board's device tree describes no RAM");
    if (m->gic < 0)
        complain(p->report, b->device_tree.at, "give a board with GICv2 or GICv3",
                 "the board's device tree has no GIC");
    if (!n || n < m->cpus)
        complain(p->report, b->cpus.said ? b->cpus.at : b->at,
                 n ? take_text("give at most %u", n) : "give a tree with /cpus",
                 "the board's device tree has %u CPUs, not %u", n, m->cpus);
    if (!m->cpus)
        m->cpus = n;
    return n && m->nr_ram && m->gic >= 0;
}

bool machine_read(struct plan *p) {
    const struct board *b = &p->model.board;
    struct machine *m = &p->machine;
    const void *data;
    uint64_t size;

    m->board = board_of(b->machine);
    m->cpus = (unsigned)number_or(b->cpus, 0);
    if (m->board && !sizes_fit(p))
        return false;
    if (!m->board && b->memory.said)
        complain(p->report, b->memory.at, "leave it out: the device tree says it",
                 "only a board of QEMU can be given memory");
    if (b->device_tree.s) {
        data = file_read(p, b->device_tree, b->device_tree.at, &size);
    } else if (m->board && m->board->gives_tree) {
        data = tree_of_qemu(p, &size);
    } else {
        complain(p->report, b->at, "add device-tree: FILE", "QEMU has no device tree of %s",
                 m->board ? m->board->name : "a board without machine");
        return false;
    }
    return data && open_tree(p, data, size) && check_machine(p);
}
