// SPDX-License-Identifier: Apache-2.0
// A plugin for QEMU 7.2 that counts what is executed at EL2, exactly, and writes the count so far
// into a file (option out=FILE) whenever any CPU executes HINT #0x55, which no program uses
// otherwise. QEMU must run its CPUs in one thread. Debian packages no header of this interface: its
// few functions, and the two of QEMU itself that tell a CPU's exception level, are declared here.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define HINT_MARK 0xd5032abfU
#define REGISTER_PSTATE 33 // as a debugger numbers them

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct byte_array { // glib's
    uint8_t *data;
    unsigned len;
};

extern __thread void *current_cpu;
int aarch64_cpu_gdb_read_register(void *cpu, struct byte_array *out, int n);
struct byte_array *g_byte_array_new(void);
uint8_t *g_byte_array_free(struct byte_array *array, int segment);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*cb)(unsigned, void *), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *ptr,
                                                uint64_t imm);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

static uint64_t count;
static FILE *out;

// Of the code that is being translated: it is about to run on this CPU, and only at this level.
static unsigned exception_level(void) {
    struct byte_array *bytes = g_byte_array_new();
    aarch64_cpu_gdb_read_register(current_cpu, bytes, REGISTER_PSTATE);
    unsigned el = bytes->len ? bytes->data[0] >> 2 & 3 : 0;
    g_byte_array_free(bytes, 1);
    return el;
}

static void mark(unsigned cpu, void *data) {
    (void)cpu;
    (void)data;
    fprintf(out, "%llu\n", (unsigned long long)count);
    fflush(out);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    size_t n = qemu_plugin_tb_n_insns(tb);
    int el2 = exception_level() == 2;
    (void)id;
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint32_t word;
        memcpy(&word, qemu_plugin_insn_data(insn), sizeof(word));
        if (el2)
            qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &count, 1);
        else if (word == HINT_MARK)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, 0, NULL);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4) || !(out = fopen(argv[0] + 4, "w"))) {
        fprintf(stderr, "el2count: give the option out=FILE\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
