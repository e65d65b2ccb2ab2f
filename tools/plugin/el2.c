// SPDX-License-Identifier: Apache-2.0
// A QEMU plugin that counts what runs at EL2 on any hypervisor: instructions in all, and the
// longest stretch with PSTATE.I set between two points where a pending interrupt is noticed (ERET,
// WFI, interrupts open). Exact; changes no figure of -icount. 64-bit guests only.
//   qemu-system-aarch64 -plugin build/tools/plugin/libel2.so,out=FILE ...
// A guest marks a place, at EL1 or EL0, by HINT #0x60 .. #0x6f (0xd5032c1f + n * 0x20; a NOP). FILE
// gets a line for each and for the end, counts since the start and since the mark before:
//   mark N total INSTRUCTIONS since INSTRUCTIONS longest INSTRUCTIONS
// At the end come `boot N` (to the first ERET, not in the longest), `longest N cpu C` and the path
// of that one, `at ADDRESS N` in order. bench/masked.py reads it and names the functions.
#include "qemu_plugin.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 256
#define PATH 16384 // steps kept of a stretch
#define PSTATE 33
#define PSTATE_I (1U << 7)
#define PSTATE_EL(p) (((p) >> 2) & 3)
#define HINT_MARK 0xd5032c1fU // HINT #0x60
#define OP_WFI 0xd503207fU
#define OP_ERET 0xd69f03e0U

struct step {
    uint64_t pc;
    uint64_t count; // instructions of the stretch before it
};

// A stretch of one CPU: what runs now, or the longest of all.
struct stretch {
    uint64_t count;
    unsigned cpu;
    bool open; // interrupts are not masked: nothing to count
    uint32_t steps;
    struct step path[PATH];
};

static struct stretch *now[MAX_CPUS];
static uint64_t totals[MAX_CPUS]; // each CPU's own
static struct stretch longest;
static uint64_t longest_since_mark, total_at_mark, boot;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards these four
static FILE *out;

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;
__attribute__((visibility("default"))) int
qemu_plugin_install(plugin_id id, const struct plugin_info *info, int argc, char **argv);

static uint32_t pstate(void) {
    static __thread struct byte_array *bytes;
    uint32_t value = 0;
    if (!bytes)
        bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, 0);
    if (aarch64_cpu_gdb_read_register(current_cpu, bytes, PSTATE) >= (int)sizeof(value))
        memcpy(&value, bytes->data, sizeof(value));
    return value;
}

static struct stretch *stretch_of(unsigned cpu) {
    if (cpu >= MAX_CPUS)
        abort();
    if (!now[cpu]) {
        now[cpu] = calloc(1, sizeof(*now[cpu]));
        if (!now[cpu])
            abort();
        now[cpu]->cpu = cpu;
    }
    return now[cpu];
}

static void end_stretch(struct stretch *s) {
    pthread_mutex_lock(&lock);
    if (boot && s->count > longest_since_mark)
        longest_since_mark = s->count;
    if (boot && s->count > longest.count) {
        longest.count = s->count, longest.cpu = s->cpu, longest.steps = s->steps;
        memcpy(longest.path, s->path, s->steps * sizeof(s->path[0]));
    }
    pthread_mutex_unlock(&lock);
    s->count = 0;
    s->steps = 0;
}

static void count(unsigned cpu, void *data) {
    (void)data;
    struct stretch *s = stretch_of(cpu);
    totals[cpu]++;
    s->count += !s->open;
}

// The first instruction of a block: only between blocks can PSTATE.I have changed.
static void enter(unsigned cpu, void *pc) {
    struct stretch *s = stretch_of(cpu);
    s->open = !(pstate() & PSTATE_I);
    if (s->open)
        end_stretch(s);
    else if (s->steps < PATH)
        s->path[s->steps++] = (struct step){(uintptr_t)pc, s->count};
}

static void wait_or_leave(unsigned cpu, void *is_eret) {
    struct stretch *s = stretch_of(cpu);
    if (is_eret && !boot) {
        s->count = 0;
        boot = totals[cpu];
    }
    end_stretch(s);
}

static uint64_t total(void) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < MAX_CPUS; i++)
        sum += totals[i];
    return sum;
}

static void mark(unsigned cpu, void *number) {
    (void)cpu;
    pthread_mutex_lock(&lock);
    uint64_t all = total();
    fprintf(out, "mark %u total %" PRIu64 " since %" PRIu64 " longest %" PRIu64 "\n",
            (unsigned)(uintptr_t)number, all, all - total_at_mark, longest_since_mark);
    fflush(out);
    total_at_mark = all;
    longest_since_mark = 0;
    pthread_mutex_unlock(&lock);
}

static void translate(plugin_id id, struct plugin_tb *tb) {
    (void)id;
    bool el2 = PSTATE_EL(pstate()) == 2; // a block is translated where it runs, and for one EL only
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint32_t op = 0;
        if (qemu_plugin_insn_size(insn) == sizeof(op))
            memcpy(&op, qemu_plugin_insn_data(insn), sizeof(op));
        if (el2 && i == 0)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, enter, PLUGIN_R_REGS,
                                                   (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
        if (el2)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, count, PLUGIN_NO_REGS, NULL);
        if (el2 && (op == OP_WFI || op == OP_ERET))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, wait_or_leave, PLUGIN_NO_REGS,
                                                   (void *)(uintptr_t)(op == OP_ERET));
        if ((op & ~(0xfU << 5)) == HINT_MARK)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, PLUGIN_NO_REGS,
                                                   (void *)(uintptr_t)((op >> 5) & 0xf));
    }
}

static void finish(plugin_id id, void *data) {
    (void)id;
    (void)data;
    uint64_t all = total();
    fprintf(out, "end total %" PRIu64 " since %" PRIu64 " longest %" PRIu64 "\n", all,
            all - total_at_mark, longest_since_mark);
    fprintf(out, "boot %" PRIu64 "\nlongest %" PRIu64 " cpu %u\n", boot, longest.count,
            longest.cpu);
    for (uint32_t i = 0; i < longest.steps; i++) {
        uint64_t next = i + 1 < longest.steps ? longest.path[i + 1].count : longest.count;
        fprintf(out, "at %#" PRIx64 " %" PRIu64 "\n", longest.path[i].pc,
                next - longest.path[i].count);
    }
    fclose(out);
}

int qemu_plugin_install(plugin_id id, const struct plugin_info *info, int argc, char **argv) {
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4)) {
        fprintf(stderr, "el2: give one argument, out=FILE\n");
        return 1;
    }
    out = fopen(argv[0] + 4, "w");
    if (!out) {
        perror(argv[0] + 4);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, finish, NULL);
    return 0;
}
