// SPDX-License-Identifier: Apache-2.0
// System blobs for the boot tests, made as the host tool makes them, and booted against fakes.h.
#pragma once
#include <boot/blob.h>

// The host tree `fdt` (trees.h) as a blob at `to`, of COFF_BLOB_MAX_SIZE bytes. After fake_reset.
void blob_of_tree(const void *fdt, struct coff_blob *to);
// Its checksum is right again.
void blob_seal(struct coff_blob *blob);
// All that boot does with `room` bytes as a blob; what is refused ends in fake.on_refuse. False: it
// is sound, but of more memory than the fakes have.
bool blob_boot(const struct coff_blob *blob, uint64_t room, struct system *s);
