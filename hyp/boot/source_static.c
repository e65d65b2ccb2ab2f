// SPDX-License-Identifier: Apache-2.0
// The static profile starts from a blob and nothing else (boot/source.h).
#include <boot/blob.h>
#include <boot/source.h>

#include <core/log.h>
#include <drivers/uart.h>

struct options options; // the blob's

void source_open(pa_t at, struct system *s) {
    if (!source_is_blob(at))
        boot_refuse("system blob", "boot what cofferdam build --blob makes",
                    "there is none at %#llx", (unsigned long long)at.v);
    source_open_blob(at, s);
    if (s->uart.compatible[0] && !uart_find(s->uart.compatible))
        boot_refuse("console", "boot an image that drives it", "this image has no driver for %s",
                    s->uart.compatible);
}

bool source_find_uart(pa_t at, struct system_uart *u) { return source_find_uart_in_blob(at, u); }
void source_read_uart(struct system *s) { (void)s; }
void source_read_system(struct system *s) { source_read_blob(s); }
void source_plan_domains(struct system *s) { (void)s; }
void source_build_dom0(struct system *s) { (void)s; }
void source_finish(const struct system *s) { (void)s; }
