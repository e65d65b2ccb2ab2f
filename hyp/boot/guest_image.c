// SPDX-License-Identifier: Apache-2.0
// The arm64 Linux Image header (Linux Documentation/arm64/booting) and, where the kernel is also an
// EFI application, its section table, which alone says how long the file must be; and where in a
// guest's memory it goes. Boot CPU only.
#include <boot/guest.h>

#include <core/log.h>
#include <lib/string.h>

#define IMAGE_HEADER 64
#define IMAGE_MAGIC 0x644d5241u // "ARM\x64"
#define IMAGE_OLD_OFFSET 0x80000
#define ZIMAGE_MAGIC 0x016f2818u
#define KERNEL_ALIGN MIB(2)
#define PE_SECTION 40
#define LOAD_ALIGN MIB(2)

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

void guest_read_kernel(struct guest_plan *plan) {
    const struct system_module *m = plan->kernel;
    const uint8_t *p = guest_map_boot(m->range.base, m->range.size);
    struct guest_kernel *out = &plan->image;
    const char *node = m->node;
    uint64_t size = m->range.size, need;

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

void guest_place(struct guest_plan *plan, const char *remedy) {
    uint64_t rd_size = plan->ramdisk ? plan->ramdisk->range.size : 0, need = 0;

    for (unsigned i = 0; i < plan->nr_banks; i++) {
        uint64_t base = ALIGN_UP(plan->bank[i].base.v, LOAD_ALIGN);
        uint64_t kernel = base + plan->image.text_offset;
        uint64_t ramdisk = ALIGN_UP(kernel + plan->image.span, PAGE_SIZE);
        uint64_t fdt = ALIGN_UP(ramdisk + rd_size, PAGE_SIZE);

        if (ALIGN_DOWN(fdt, LOAD_ALIGN) != ALIGN_DOWN(fdt + plan->fdt_max - 1, LOAD_ALIGN))
            fdt = ALIGN_UP(fdt, LOAD_ALIGN); // the boot protocol: within one such block
        need = fdt + plan->fdt_max - plan->bank[i].base.v;
        if (need > plan->bank[i].size)
            continue;
        plan->kernel_at = ipa_of(kernel);
        plan->ramdisk_at = ipa_of(ramdisk);
        plan->fdt_at = ipa_of(fdt);
        return;
    }
    boot_refuse(plan->kernel->node, remedy,
                "kernel, ramdisk and device tree need %llu MiB in one piece of the domain's memory",
                (unsigned long long)((need + MIB(1) - 1) >> 20));
}
