// SPDX-License-Identifier: Apache-2.0
// What el2.c uses of QEMU 7.2's plugin interface (version 1), of two functions that Debian's QEMU
// exports, and of GLib, which QEMU has loaded: declared by hand, as Debian has no header package.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define QEMU_PLUGIN_VERSION 1

typedef uint64_t plugin_id;
struct plugin_tb;
struct plugin_insn;
struct plugin_info;
struct CPUState;
struct byte_array {
    uint8_t *data;
    unsigned len;
};
enum plugin_flags { PLUGIN_NO_REGS, PLUGIN_R_REGS, PLUGIN_RW_REGS };

typedef void plugin_tb_trans(plugin_id id, struct plugin_tb *tb);
typedef void plugin_exec(unsigned vcpu, void *data);
typedef void plugin_atexit(plugin_id id, void *data);

size_t qemu_plugin_tb_n_insns(const struct plugin_tb *tb);
struct plugin_insn *qemu_plugin_tb_get_insn(const struct plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, plugin_tb_trans *fn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct plugin_insn *insn, plugin_exec *fn,
                                            enum plugin_flags flags, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, plugin_atexit *fn, void *data);

extern __thread struct CPUState *current_cpu;
// Register 33 is PSTATE; appends to `to` and returns the bytes.
int aarch64_cpu_gdb_read_register(struct CPUState *cpu, struct byte_array *to, int number);

struct byte_array *g_byte_array_new(void);
struct byte_array *g_byte_array_set_size(struct byte_array *a, unsigned size);
