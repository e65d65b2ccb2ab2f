// SPDX-License-Identifier: Apache-2.0
// What the boot loaders call, faked for host tests: RAM is an arena mapped at its own "physical"
// address, refusals are caught with their text, and what Dom0 is given is recorded.
#pragma once
#include <boot/system.h>
#include <core/domain.h>
#include <sched/sched.h>
#include <setjmp.h>

#define ARENA_BASE 0x40000000ULL // inside what AddressSanitizer leaves to programs
#define ARENA_SIZE MIB(512)
#define FAKE_MAPS 2048
#define FAKE_DOMUS 3

struct fake_map {
    domid_t domid;
    uint64_t gfn, mfn, count;
    enum p2m_type type;
};

struct fake {
    jmp_buf on_refuse;
    bool armed;
    char where[128], remedy[192], what[256];
    unsigned warnings;
    char warning[256];
    struct fake_map map[FAKE_MAPS];
    unsigned nr_maps;
    uint64_t guest_pages, scrubbed_pages, released_pages, cleaned_bytes;
    unsigned irqs_assigned, unpaused, devices_mapped;
    uint64_t entry, context;
    struct system_range free[64]; // what the page allocator has
    unsigned nr_free;
    struct domain domain;
    struct domain_config config;
    struct domain domu[FAKE_DOMUS]; // by domid - 1
    struct domain_config domu_config[FAKE_DOMUS];
    uint64_t domu_entry[FAKE_DOMUS], domu_context[FAKE_DOMUS];
    domid_t irq_domid[NR_INTIDS]; // who has the SPI, + 1
    struct fake_link {
        domid_t a, b;
        port_t port_a, port_b;
    } link[8];
    unsigned nr_links;
    const struct sched_ops *pool[8]; // by id
    unsigned nr_pools;
    struct sched_table table; // the one set last
};
extern struct fake fake;

// Forgets everything; `image` and what s->reserved names are not free.
void fake_reset(void);
// Frees the arena but for s->reserved, as boot.c does.
void fake_give_memory(const struct system *s);
// Runs `code`; true when it was refused (fake.where, fake.what, fake.remedy).
#define REFUSED(code)                                                                              \
    (fake.armed = true, setjmp(fake.on_refuse) ? true : ((void)(code), fake.armed = false, false))
// What the guest, or Dom0, sees at `address`: its type, P2M_INVALID if nothing.
enum p2m_type fake_type_in(domid_t domid, uint64_t address, uint64_t *machine);
enum p2m_type fake_type_at(uint64_t address, uint64_t *machine);
