// SPDX-License-Identifier: Apache-2.0
// The system blob: what is to be booted, worked out and checked by the host tool, in one piece. It
// begins with this header; struct system of the hypervisor (boot/system.h), its struct options and
// the static domains' device trees follow, each at a multiple of 8. Little-endian, no pointers:
// trees are named by their distance from the header. Its address is passed in x0, where a device
// tree's would be.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define COFF_BLOB_MAGIC 0x0053595346464f43ULL // "COFFSYS" and a zero byte
#define COFF_BLOB_VERSION 2U
#define COFF_BLOB_MAX_SIZE (2UL << 20)

/** The same in all versions. */
struct coff_blob {
    uint64_t magic;
    uint32_t version, size; // size: of all, in bytes, a multiple of 8
    uint64_t checksum;      // of all words, this one taken as 0
    uint32_t system_size, options_size;
    struct {
        uint64_t base, size;
        uint32_t reg_shift, io_width;
        char compatible[32];  // "": there is none
    } uart;                   // on which a refusal can be told
    uint64_t header_checksum; // of the words before it, `checksum` taken as 0
};
_Static_assert(sizeof(struct coff_blob) == 96, "as the tool writes it");

/** Over the first `words` of a blob. Each step is one-to-one in the word and in the sum before it:
 * a change within one word is always seen. */
static inline uint64_t coff_blob_sum(const struct coff_blob *blob, uint32_t words) {
    const uint64_t *word = (const uint64_t *)(const void *)blob;
    uint64_t sum = 0;

    for (uint32_t i = 0; i < words; i++) {
        uint64_t w = i == offsetof(struct coff_blob, checksum) / 8 ? 0 : word[i];

        sum = (sum ^ w) * 0x9e3779b97f4a7c15ULL;
        sum ^= sum >> 32;
    }
    return sum;
}
static inline uint64_t coff_blob_header_checksum(const struct coff_blob *blob) {
    return coff_blob_sum(blob, offsetof(struct coff_blob, header_checksum) / 8);
}
static inline uint64_t coff_blob_checksum(const struct coff_blob *blob) {
    return coff_blob_sum(blob, blob->size / 8);
}
