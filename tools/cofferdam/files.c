// SPDX-License-Identifier: Apache-2.0
// Files that a system names: found beside the system file or in a folder of -I.
#include "arena.h"
#include "plan.h"
#include <string.h>
#include <unistd.h>

#define IMAGE_HEADER 64

static const char *find(const struct setup *s, const char *path) {
    const char *slash = strrchr(s->file, '/');
    const char *at = path[0] == '/' || !slash
                         ? path
                         : take_text("%.*s/%s", (int)(slash - s->file), s->file, path);

    if (!access(at, R_OK))
        return at;
    for (unsigned i = 0; path[0] != '/' && i < s->nr_dirs; i++) {
        at = take_text("%s/%s", s->dirs[i], path);
        if (!access(at, R_OK))
            return at;
    }
    return NULL;
}

const void *file_read(struct plan *p, struct text path, struct place at, uint64_t *size) {
    const char *found = find(p->setup, path.s);
    size_t n = 0;
    const void *data = found ? take_file(found, &n) : NULL;

    *size = n;
    if (!found)
        complain(p->report, at, "build it, or give its folder with -I", "there is no file %s",
                 path.s);
    else if (!data)
        complain(p->report, at, "give a file", "%s cannot be read", path.s);
    else if (!n)
        complain(p->report, at, "give a file with something in it", "%s is empty", path.s);
    return n ? data : NULL;
}

static uint64_t word(const void *image, size_t offset) {
    const uint8_t *b = (const uint8_t *)image + offset;
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | b[i];
    return v;
}

const void *image_read(struct plan *p, struct text path, struct place at, uint64_t *size) {
    const char *data = file_read(p, path, at, size);

    if (data && (*size < IMAGE_HEADER || memcmp(data + 56, "ARM\x64", 4) != 0)) {
        complain(p->report, at, "give an uncompressed Image, not an ELF or a compressed file",
                 "%s has no arm64 Image header", path.s);
        return NULL;
    }
    return data;
}

uint64_t image_memory(const void *image, uint64_t size) {
    uint64_t said = word(image, 16);
    return said > size ? said : size;
}

uint64_t image_offset(const void *image) {
    return word(image, 16) ? word(image, 8) : 0x80000; // before Linux 3.17 size was 0
}
