// SPDX-License-Identifier: Apache-2.0
// hypercall NUMBER ARGUMENT...: one hypercall from Dom0's user space, through privcmd. An argument
// is a number, or a buffer: @ITEM,ITEM,... of SIZE:VALUE (1, 2, 4 or 8 bytes, as the ABI aligns
// them), SIZE:&N (the address of the buffer that is argument N, from 1) or *N (N bytes of 0).
// Prints the result, and each buffer afterwards as 64-bit words in hexadecimal. The exit status is
// the error number of a hypercall that gave one, 255 when it could not be made.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGS 5
#define BUFFER 65536

// Linux's privcmd.
struct privcmd_hypercall {
    uint64_t op, arg[ARGS];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

static unsigned char *buffers[ARGS];
static size_t lengths[ARGS];

static void fail(const char *what) {
    fprintf(stderr, "hypercall: %s\n", what);
    exit(255);
}

static uint64_t number(const char *text) {
    char *end;
    uint64_t value = strtoull(text, &end, 0);
    if (end == text || *end)
        fail("a number is wrong");
    return value;
}

// One item of a buffer; returns its size.
static size_t item(unsigned char *at, char *text, size_t room) {
    uint64_t value, size;
    char *colon = strchr(text, ':');
    if (text[0] == '*') {
        size = number(text + 1);
        return size <= room ? size : room + 1;
    }
    if (!colon)
        fail("an item of a buffer is SIZE:VALUE, SIZE:&N or *N");
    *colon = 0;
    size = number(text);
    if ((size != 1 && size != 2 && size != 4 && size != 8) || size > room)
        fail("an item's size is wrong");
    if (colon[1] == '&') {
        value = number(colon + 2) - 1;
        if (value >= ARGS)
            fail("there is no such argument");
        value = (uint64_t)(uintptr_t)buffers[value];
    } else {
        value = number(colon + 1);
    }
    memcpy(at, &value, size); // little-endian
    return size;
}

static void fill(unsigned i, char *text) {
    for (char *part = strtok(text, ","); part; part = strtok(NULL, ",")) {
        lengths[i] += item(buffers[i] + lengths[i], part, BUFFER - lengths[i]);
        if (lengths[i] > BUFFER)
            fail("a buffer is too long");
    }
}

int main(int argc, char **argv) {
    struct privcmd_hypercall call = {0};
    if (argc < 2 || argc > 2 + ARGS)
        fail("usage: hypercall NUMBER ARGUMENT...");
    call.op = number(argv[1]);
    for (unsigned i = 0; i < ARGS; i++) {
        buffers[i] = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
        if (buffers[i] == MAP_FAILED)
            fail("no memory");
    }
    for (int i = 0; i < argc - 2; i++) {
        call.arg[i] = argv[2 + i][0] == '@' ? (uint64_t)(uintptr_t)buffers[i] : number(argv[2 + i]);
        if (argv[2 + i][0] == '@')
            fill((unsigned)i, argv[2 + i] + 1);
    }
    int fd = open("/dev/xen/privcmd", O_RDWR);
    if (fd < 0)
        fail("no /dev/xen/privcmd");
    errno = 0;
    long ret = syscall(SYS_ioctl, fd, IOCTL_PRIVCMD_HYPERCALL, &call);
    int err = errno;
    printf("%ld %s\n", ret, err ? strerror(err) : "");
    for (unsigned i = 0; i < ARGS; i++) {
        for (size_t at = 0; at < lengths[i]; at += 8) {
            uint64_t word;
            memcpy(&word, buffers[i] + at, sizeof(word));
            printf("%s%016llx%s", at ? " " : "", (unsigned long long)word,
                   at + 8 < lengths[i] ? "" : "\n");
        }
    }
    return err & 0xff;
}
