// SPDX-License-Identifier: Apache-2.0
// The arm64 Linux Image header (Linux Documentation/arm64/booting) and, where the kernel is also an
// EFI application, its section table, which alone says how long the file must be. Pure but for
// boot_refuse.
#include <boot/dom0.h>

#include <core/log.h>
#include <lib/string.h>

#define IMAGE_HEADER 64
#define IMAGE_MAGIC 0x644d5241u // "ARM\x64"
#define IMAGE_OLD_OFFSET 0x80000
#define ZIMAGE_MAGIC 0x016f2818u
#define KERNEL_ALIGN MIB(2)
#define PE_SECTION 40

static const char remedy_image[] = "give an uncompressed arm64 Linux Image";

static uint64_t little(const uint8_t *p, unsigned bytes) {
    uint64_t v = 0;

    while (bytes-- > 0)
        v = v << 8 | p[bytes];
    return v;
}

// End of the last section in the file, 0 if there is no PE header.
static uint64_t pe_file_end(const uint8_t *image, uint64_t size) {
    uint64_t pe = little(image + 60, 4), at, end = 0;
    unsigned sections;

    if (image[0] != 'M' || image[1] != 'Z' || pe < IMAGE_HEADER || pe + 24 > size ||
        memcmp(image + pe, "PE\0\0", 4) != 0)
        return 0;
    sections = (unsigned)little(image + pe + 6, 2);
    at = pe + 24 + little(image + pe + 20, 2);
    for (unsigned i = 0; i < sections && at + PE_SECTION <= size; i++, at += PE_SECTION)
        end = MAX(end, little(image + at + 16, 4) + little(image + at + 20, 4));
    return end;
}

void dom0_read_kernel(const void *image, uint64_t size, const char *node, struct dom0_kernel *out) {
    const uint8_t *p = image;
    uint64_t need;

    if (size >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        boot_refuse(node, "unpack it with gunzip", "the kernel is compressed with gzip");
    if (size >= IMAGE_HEADER && little(p + 0x24, 4) == ZIMAGE_MAGIC)
        boot_refuse(node, remedy_image, "the kernel is a 32-bit zImage");
    if (size < IMAGE_HEADER)
        boot_refuse(node, "check the size in reg and the file",
                    "the kernel is truncated: %llu bytes have no room for the Image header",
                    (unsigned long long)size);
    if (little(p + 56, 4) != IMAGE_MAGIC)
        boot_refuse(node, remedy_image, "the kernel has no arm64 Image magic at byte 56");
    out->text_offset = little(p + 8, 8);
    out->span = little(p + 16, 8);
    if (out->span == 0) { // Linux before 3.17
        out->text_offset = IMAGE_OLD_OFFSET;
        out->span = size + MIB(16);
    }
    if (out->text_offset >= KERNEL_ALIGN || out->span > GIB(4))
        boot_refuse(node, remedy_image, "the kernel's Image header makes no sense");
    need = pe_file_end(p, size);
    if (need > size)
        boot_refuse(node, "check the size in reg and the file",
                    "the kernel is truncated: %llu bytes of %llu", (unsigned long long)size,
                    (unsigned long long)need);
    out->span = MAX(out->span, size);
}
