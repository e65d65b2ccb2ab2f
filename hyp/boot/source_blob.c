// SPDX-License-Identifier: Apache-2.0
// The system from a blob (boot/blob.h), which stays where it is: restarted domains have their
// device trees from there. Boot CPU, boot only; O(bytes).
#include <boot/blob.h>

#include <arch/map.h>
#include <core/console.h>
#include <core/log.h>
#include <lib/string.h>

bool source_is_blob(pa_t at) {
    const struct coff_blob *blob = pa_va(at);

    return (at.v & 7) == 0 && !map_boot_ram(at, sizeof(*blob)) && blob->magic == COFF_BLOB_MAGIC;
}

bool source_find_uart_in_blob(pa_t at, struct system_uart *u) {
    const struct coff_blob *blob = pa_va(at);

    if ((at.v & 7) || blob->magic != COFF_BLOB_MAGIC ||
        blob->header_checksum != coff_blob_header_checksum(blob) ||
        !memchr(blob->uart.compatible, 0, sizeof(u->compatible)))
        return false;
    *u = (struct system_uart){.reg = {pa_of(blob->uart.base), blob->uart.size},
                              .reg_shift = blob->uart.reg_shift,
                              .io_width = blob->uart.io_width};
    memcpy(u->compatible, blob->uart.compatible, sizeof(u->compatible));
    return u->compatible[0] != 0;
}

void source_open_blob(pa_t at, struct system *s) {
    const struct coff_blob *blob = pa_va(at);
    uint64_t size = MIN(blob->size, COFF_BLOB_MAX_SIZE);
    const char *why;

    if (source_find_uart_in_blob(at, &s->uart)) // a bad one is told there
        s->source = (struct system_range){at, sizeof(*blob)};
    why = map_boot_ram(at, size) ? "it overlaps the image" : blob_check(blob, size);
    if (why)
        boot_refuse("system blob", "make it anew with cofferdam build --blob", "%s", why);
    s->source = (struct system_range){at, blob->size};
    s->uart = blob_system(blob)->uart;
    memcpy(s->bootargs, blob_system(blob)->bootargs, sizeof(s->bootargs));
    options = *blob_options(blob);
    (void)console_set_loglvl(options.loglvl, false);
    (void)console_set_loglvl(options.guest_loglvl, true);
}

void source_read_blob(struct system *s) { blob_read(pa_va(s->source.base), s); }
