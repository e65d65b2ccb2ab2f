// SPDX-License-Identifier: Apache-2.0
// Reading a system blob (coff/blob.h). Its bytes may be any: what blob_check accepts has counts,
// indexes and strings that struct system's readers can rely on; what they mean is system_check's.
// Boot CPU, boot only; O(bytes).
#pragma once
#include <boot/system.h>
#include <coff/blob.h>

static inline const struct system *blob_system(const struct coff_blob *blob) {
    return (const void *)(blob + 1);
}
static inline const struct options *blob_options(const struct coff_blob *blob) {
    return (const void *)(blob_system(blob) + 1);
}

// NULL, or why the bytes at the 8-byte aligned `blob`, of which `room` can be read, are no blob.
const char *blob_check(const void *blob, uint64_t room) must_check;
// What it says, with everything that system_check_all has found out. The caller has set s->image,
// s->ipa_bits and s->cpu[0].mpidr to what there is; what does not fit that is refused.
void blob_read(const struct coff_blob *blob, struct system *s);

// source_blob.c: the part of boot/source.h that a blob at `at` has to do with.
bool source_is_blob(pa_t at) must_check;
// MMU off or on, its header mapped.
bool source_find_uart_in_blob(pa_t at, struct system_uart *u) must_check;
void source_open_blob(pa_t at, struct system *s);
void source_read_blob(struct system *s);
