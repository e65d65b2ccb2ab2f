// SPDX-License-Identifier: Apache-2.0
// The system blob: the hypervisor's own code (hyp/boot) reads the device tree here and what it
// finds is written down. Its headers and the tool's do not go together, so this is all of it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob_module {
    uint64_t base, size;
    const void *data;
};

struct blob_input {
    const void *tree;           // for the hypervisor, with the system in /chosen
    uint64_t at;                // where the blob will be, about
    uint64_t image, image_size; // the hypervisor, in memory
    const void *file;           // ... as it is loaded
    uint64_t file_size;
    const struct blob_module *list; // what the tree names
    unsigned nr;
};

// The blob; what cannot be made one ends the program with a message.
void *blob_make(const struct blob_input *in, uint64_t *size);
