// SPDX-License-Identifier: Apache-2.0
// The benchmark guest's rows: a name and a function that triggers something once and
// tells how many ticks it took. Runs on Xen and Cofferdam alike; bench/run.py starts it
// so that a tick is an instruction.
#pragma once

#include "calls.h"

#define SHOT_FAILED UINT64_MAX
#define SHOT_LIMIT 100000000U // ticks until a shot counts as lost

struct row {
    const char *name;
    bool (*setup)(void);            // NULL: none; false: the row cannot be measured
    uint64_t (*shot)(uint32_t nth); // ticks, or SHOT_FAILED
    void (*finish)(void);           // NULL: none
    uint32_t n;
};

extern const struct row trap_rows[], irq_rows[], timer_rows[], spi_rows[], event_rows[],
    memory_rows[], smp_rows[], events_2v_2p_rows[], events_2v_1p_rows[], pair_1p_rows[],
    pair_2p_rows[], link_block_rows[], link_spin_rows[];

// irqs.c

/** Take the virtual timer and open interrupts; false if the tree has none. */
bool timer_setup(void);

/** Sleep for at least `least` ticks and up to `spread` more; how late it was. */
uint64_t timer_sleep(uint32_t least, uint32_t spread);

/** Let the timer fire at most `within` ticks from now; the deadline. */
uint64_t timer_arm(uint32_t least, uint32_t spread);

// events.c

/** The page of shared_info, where the hypervisor shows it from the first call on; NULL: refused. */
volatile struct shared_info *shared_page(void);

// pingpong.c

/** Be the other side of the link rows; comes back if there is no link. */
void answer_link(bool asleep);

// memory.c: rows for others too

/** Who grants the page that the grant rows map, and whose frame is shown by the foreign rows; 0 at
 * first, which is this domain. */
extern domid_t granter;
extern uint64_t foreign_gfn;

/** Grant a page to domain 0 as the rows expect it. */
bool grant_page(void);

/** A hole where pages of others are shown, and a page of one's own there again. */
bool hole_setup(void);
void hole_finish(void);

uint64_t mem_unmap(uint32_t nth);
uint64_t mem_map(uint32_t nth);
uint64_t mem_unmap_x64(uint32_t nth);
uint64_t mem_map_x64(uint32_t nth);
uint64_t grant_map(uint32_t nth);
uint64_t grant_unmap(uint32_t nth);
uint64_t grant_copy_4k(uint32_t nth);
uint64_t foreign_map(uint32_t nth);
uint64_t foreign_unmap(uint32_t nth);

/** Take 64 pages out and put them back; false if refused. */
bool long_calls(void);
