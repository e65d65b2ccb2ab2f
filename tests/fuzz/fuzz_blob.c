// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a system blob with any bytes changed and its checksum right, through all that boot
// does with it, with the fakes of tests/unit/boot. A refusal is fine. Input: five bytes a change,
// three of its place and two of what is put there; or a whole blob.
#include "blobs.h"
#include "fakes.h"
#include "trees.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct coff_blob *base_blob(unsigned gic) {
    static struct coff_blob *blob[2];
    void *fdt;

    if (blob[gic])
        return blob[gic];
    fdt = calloc(1, TREE_SIZE);
    blob[gic] = calloc(1, COFF_BLOB_MAX_SIZE);
    tree_make(fdt, 2 + gic);
    tree_add_domains(fdt);
    tree_drop(fdt, "/chosen/module@44000000");
    tree_drop(fdt, "/chosen/module@44100000");
    tree_put_kernel();
    blob_of_tree(fdt, blob[gic]);
    free(fdt);
    return blob[gic];
}

static void change(uint8_t *bytes, size_t room, const uint8_t *data, size_t size) {
    for (; size >= 5; data += 5, size -= 5) {
        size_t at = (size_t)(data[0] | data[1] << 8 | data[2] << 16) % (room - 1);

        bytes[at] = data[3], bytes[at + 1] = data[4];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct system s;
    bool whole = size >= sizeof(struct coff_blob) && memcmp(data, "COFFSYS", 8) == 0;
    size_t room = size;
    struct coff_blob *blob;

    if (size == 0 || size > COFF_BLOB_MAX_SIZE)
        return 0;
    fake_reset();
    tree_put_kernel();
    if (!whole)
        room = base_blob(data[0] & 1)->size;
    blob = malloc(room); // of just that size: reads beyond are seen
    if (whole) {
        memcpy(blob, data, size);
    } else {
        memcpy(blob, base_blob(data[0] & 1), room);
        change((uint8_t *)blob, room, data + 1, size - 1);
    }
    if (blob->size <= room)
        blob_seal(blob);
    (void)REFUSED(blob_boot(blob, room, &s));
    free(blob);
    return 0;
}
