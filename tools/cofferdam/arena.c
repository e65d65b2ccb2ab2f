// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct chunk {
    struct chunk *next;
    alignas(max_align_t) char data[];
};

static struct chunk *chunks;

static void give_back(void) {
    while (chunks) {
        struct chunk *next = chunks->next;
        free(chunks);
        chunks = next;
    }
}

void *take(size_t size) {
    struct chunk *c = calloc(1, sizeof(*c) + size);

    if (!c) {
        fputs("cofferdam: out of memory\n", stderr);
        exit(2);
    }
    if (!chunks)
        atexit(give_back);
    c->next = chunks;
    chunks = c;
    return c->data;
}

char *take_vtext(const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    size_t size = (size_t)vsnprintf(NULL, 0, format, args) + 1;
    char *text = take(size);

    vsnprintf(text, size, format, again);
    va_end(again);
    return text;
}

char *take_text(const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = take_vtext(format, args);
    va_end(args);
    return text;
}

void *grow(void *array, size_t n, size_t element) {
    if (n & (n - 1)) // room is there up to the next power of two
        return array;
    void *wider = take((n ? 2 * n : 1) * element);
    if (n)
        memcpy(wider, array, n * element);
    return wider;
}

void *take_file(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    struct stat s;

    if (!f)
        return NULL;
    if (!fstat(fileno(f), &s) && S_ISREG(s.st_mode)) {
        data = take((size_t)s.st_size + 1);
        *size = fread(data, 1, (size_t)s.st_size, f);
        if (*size != (size_t)s.st_size)
            data = NULL;
    }
    fclose(f);
    return data;
}
