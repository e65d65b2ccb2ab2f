// SPDX-License-Identifier: Apache-2.0
// The C library's string functions that EL2 uses, with their standard meaning. Pure.
#pragma once
#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
// Copies at most size - 1 bytes and always terminates; returns strlen(src) (truncated if >= size).
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);
// base 0: decimal, 0x hex or 0 octal. Stops at the first other character (*end, may be NULL).
// Saturates.
unsigned long long strtoull(const char *s, char **end, int base);
