// SPDX-License-Identifier: Apache-2.0
// Memory of one run of the tool: taken as needed, given back when the program ends. Running out of
// it ends the program.
#pragma once
#include <stdarg.h>
#include <stddef.h>

void *take(size_t size); // zeroed
char *take_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *take_vtext(const char *format, va_list args);

// Room for one element more in an array of n, which may move; the new one is zeroed.
void *grow(void *array, size_t n, size_t element);

// The whole file and a NUL behind it, or NULL.
void *take_file(const char *path, size_t *size);
