// SPDX-License-Identifier: Apache-2.0
// EL2's own memory: one region, cut at boot into named pieces. Nothing is locked: boot is one CPU.

#include <arch/cache.h>
#include <core/log.h>
#include <core/pool.h>

static struct {
    const char *name;
    size_t size;
} carved[32];
static unsigned nr_carved;
static char *region, *region_end;
static size_t region_size;
static bool sealed;

void pools_init(void *base, size_t size) {
    region = base;
    region_end = region + size;
    region_size = size;
}

static void *carve(const char *name, size_t size, size_t align) {
    char *at = (char *)ALIGN_UP((uintptr_t)region, align);
    if (sealed || at > region_end || (size_t)(region_end - at) < size)
        panic("pool %s: %zu bytes asked, %zu left%s", name, size, pools_left(),
              sealed ? ", pools are sealed" : "");
    region = at + size;
    if (nr_carved < ARRAY_SIZE(carved)) {
        carved[nr_carved].name = name;
        carved[nr_carved++].size = size;
    }
    return at;
}

void *pool_carve(const char *name, size_t size, size_t align) {
    void *at = carve(name, size, align);
    cache_zero(at, size);
    return at;
}

void pools_seal(void) { sealed = true; }

size_t pools_left(void) { return (size_t)(region_end - region); }

void pools_print(void) {
    log_info("EL2 memory: %zu KiB, %zu KiB left", region_size >> 10, pools_left() >> 10);
    for (unsigned i = 0; i < nr_carved; i++)
        log_info("  %-24s %6zu KiB", carved[i].name, carved[i].size >> 10);
}
