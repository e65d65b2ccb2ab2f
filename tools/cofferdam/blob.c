// SPDX-License-Identifier: Apache-2.0
// Runs the hypervisor's reader of device trees and its plan of static domains, and writes the
// result as a blob (include/coff/blob.h). What those files call is below: messages, the memory of
// modules, room for the domains' trees.
#define _GNU_SOURCE // memmem
#include "blob.h"
#include "arena.h"
#include "blob_plan.h"
#include <arm64/vgic.h>
#include <boot/blob.h>
#include <boot/cmdline.h>
#include <boot/dt.h>
#include <boot/dt_walk.h>
#include <core/console.h>
#include <core/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPA_BITS 40 // what every CPU with EL2 in use today has
#define MPIDR_AFFINITY 0xff00ffffffULL

static const struct blob_input *input;
static struct {
    uint64_t word[COFF_BLOB_MAX_SIZE / 8];
    uint64_t size; // bytes used
} out;

static noreturn void end(const char *where, const char *remedy, const char *fmt, va_list ap) {
    fprintf(stderr, "cofferdam: %s: ", where);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, "; %s\n", remedy);
    exit(1);
}

void boot_refuse(const char *where, const char *remedy, const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    end(where, remedy, fmt, ap);
}

void panic(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    end("system blob", "report this", fmt, ap);
}

void log_at(enum log_level level, const char *fmt, ...) {
    va_list ap;

    if (level > LOG_WARNING)
        return;
    va_start(ap, fmt);
    fputs("cofferdam: warning: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

// The hypervisor says at boot which levels it does not know.
bool console_set_loglvl(const char *value, bool for_guest) {
    (void)for_guest;
    return *value != 0;
}

size_t strlcpy(char *dst, const char *src, size_t size) {
    return (size_t)snprintf(dst, size, "%s", src);
}

size_t strlcat(char *dst, const char *src, size_t size) {
    size_t at = strnlen(dst, size);

    return at + strlcpy(dst + at, src, size - at);
}

void *guest_map_boot(pa_t base, uint64_t size) {
    for (unsigned i = 0; i < input->nr; i++) {
        const struct blob_module *m = &input->list[i];

        if (base.v >= m->base && base.v - m->base <= m->size &&
            size <= m->size - (base.v - m->base))
            return (char *)(uintptr_t)m->data + (base.v - m->base);
    }
    boot_refuse("system blob", "report this", "no module is at 0x%llx", (unsigned long long)base.v);
}

void *guest_tree_room(struct system *s, unsigned n, uint64_t size) {
    if (n)
        out.size += ALIGN_UP(s->domain[n - 1].fdt.size, 8);
    if (size > sizeof(out.word) - out.size)
        boot_refuse("system blob", "make the partial device trees smaller",
                    "it is larger than %lu bytes", COFF_BLOB_MAX_SIZE);
    s->domain[n].fdt.base = pa_of(out.size);
    return (char *)out.word + out.size;
}

// The machine starts on the first CPU of its tree.
static uint64_t boot_mpidr(const void *fdt) {
    static struct dt_walk w;
    uint64_t mpidr;

    dt_walk_begin(&w, fdt);
    while (dt_walk_next(&w))
        if (dt_prop_is(w.device_type, "cpu") && w.available && w.reg.p &&
            dt_cells(w.reg.p, (uint32_t)w.reg.len / 4, &mpidr))
            return mpidr & MPIDR_AFFINITY;
    boot_refuse("/cpus", "describe the CPUs", "no CPU has a reg");
}

// An image for one GIC and one UART (-Dgic, -Duart) has the names of no others: those of its tables
// of drivers, each a string of its own.
static void must_drive(const char *name, const char *option) {
    if (!memmem(input->file, input->file_size, name, strlen(name) + 1))
        boot_refuse("hypervisor", option, "the image has no driver for %s", name);
}

static void check_drivers(const struct system *s) {
    must_drive(s->gic.version == 3 ? "GICv3" : "GICv2", "take one built with its -Dgic");
    if (s->uart.compatible[0])
        must_drive(s->uart.compatible, "take one built with its -Duart");
}

// As at boot.
static void read_system(struct system *s) {
    s->image = (struct system_range){pa_of(input->image), input->image_size};
    s->source.base = pa_of(input->at);
    s->ipa_bits = IPA_BITS;
    dt_open(input->tree, s);
    cmdline_parse(s->bootargs);
    dt_read_uart(s);
    s->cpu[0].mpidr = boot_mpidr(input->tree);
    dt_read_system(s);
    check_drivers(s);
    blob_plan(s, NULL);
}

void *blob_make(const struct blob_input *in, uint64_t *size) {
    static struct system s;
    struct coff_blob *blob = (void *)out.word;
    const char *why;

    input = in;
    out.size = sizeof(*blob) + sizeof(s) + sizeof(options);
    read_system(&s);
    out.size += ALIGN_UP(s.domain[s.nr_domains - 1].fdt.size, 8);
    *blob = (struct coff_blob){.magic = COFF_BLOB_MAGIC,
                               .version = COFF_BLOB_VERSION,
                               .size = (uint32_t)out.size,
                               .system_size = sizeof(s),
                               .options_size = sizeof(options)};
    if (s.uart.compatible[0]) {
        blob->uart.base = s.uart.reg.base.v, blob->uart.size = s.uart.reg.size;
        blob->uart.reg_shift = s.uart.reg_shift, blob->uart.io_width = s.uart.io_width;
        strlcpy(blob->uart.compatible, s.uart.compatible, sizeof(blob->uart.compatible));
    }
    blob->header_checksum = coff_blob_header_checksum(blob);
    memcpy(blob + 1, &s, sizeof(s));
    memcpy((char *)(blob + 1) + sizeof(s), &options, sizeof(options));
    blob->checksum = coff_blob_checksum(blob);
    why = blob_check(blob, out.size);
    if (why)
        boot_refuse("system blob", "leave out --blob", "%s", why);
    *size = out.size;
    return blob;
}
