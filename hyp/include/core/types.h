// SPDX-License-Identifier: Apache-2.0
// Words that every room uses: fixed-width integers, errors, attributes. Knows nobody.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define must_check __attribute__((warn_unused_result))
#define noreturn __attribute__((noreturn))
#define printf_like(fmt, first) __attribute__((format(printf, fmt, first)))
#define cold __attribute__((cold))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define BIT(n) (1ULL << (n))
#define MASK(hi, lo) ((~0ULL >> (63 - (hi))) & (~0ULL << (lo)))
#define FIELD(word, hi, lo) (((word)&MASK(hi, lo)) >> (lo))
#define ALIGN_UP(x, a) (((x) + ((uint64_t)(a)-1)) & ~((uint64_t)(a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((uint64_t)(a)-1))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ULL << PAGE_SHIFT)
#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define NR_CPUS 8   // physical CPUs; also the most vCPUs of a domain
#define MAX_VCPUS 8 // vCPUs of one domain (GICv2's limit)
// Alive at once. An id has its place by its low bits, so that ids can go on rising as tools expect
// while a look-up stays one index.
#define MAX_DOMAINS 32
#define MAX_SPIS 988 // INTIDs 32..1019
#define NR_INTIDS 1020

typedef uint16_t domid_t;
typedef uint32_t irq_t;  // a physical INTID
typedef uint32_t virq_t; // a virtual INTID (the vGIC's), not a Xen VIRQ_*
typedef uint32_t port_t; // an event channel port
