// SPDX-License-Identifier: Apache-2.0
// Rings of pv/console.h. An index that the other side owns is loaded once, acquiring what it
// covers; the own one is stored last, releasing it. Worst case: one ring, 2,048 characters.

#include "console.h"

uint32_t pv_console_write(struct xencons_interface *ring, const char *text, uint32_t n) {
    XENCONS_RING_IDX prod = ring->out_prod;
    uint32_t held = prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);
    uint32_t room = held <= sizeof(ring->out) ? (uint32_t)sizeof(ring->out) - held : 0;
    uint32_t count = n < room ? n : room;
    for (uint32_t i = 0; i < count; i++) {
        ring->out[(prod + i) % sizeof(ring->out)] = text[i];
    }
    __atomic_store_n(&ring->out_prod, prod + count, __ATOMIC_RELEASE);
    return count;
}

uint32_t pv_console_read(struct xencons_interface *ring, char *to, uint32_t n) {
    XENCONS_RING_IDX cons = ring->in_cons;
    uint32_t held = __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE) - cons;
    if (held > sizeof(ring->in)) {
        return 0;
    }
    uint32_t count = n < held ? n : held;
    for (uint32_t i = 0; i < count; i++) {
        to[i] = ring->in[(cons + i) % sizeof(ring->in)];
    }
    __atomic_store_n(&ring->in_cons, cons + count, __ATOMIC_RELEASE);
    return count;
}
