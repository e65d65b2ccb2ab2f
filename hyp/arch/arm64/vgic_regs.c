// SPDX-License-Identifier: Apache-2.0
// Registers that the distributor of both GIC versions and GICv3's redistributors share: blocks with
// one bit, two bits or a byte for each interrupt, found by offset / 128. Called from vgic_v2_mmio.c
// and vgic_v3_mmio.c with no lock held; each interrupt's owner is locked in turn. Worst case: a
// word of 32 interrupts.
#include <arm64/vgic_impl.h>

typedef bool get_bit(struct vcpu *v, struct virq *q);
typedef void set_bit(struct vcpu *v, struct virq *q, bool on);

// In place, so that `get` and `set` are no calls through a pointer.
#define IN_PLACE static inline __attribute__((always_inline))

IN_PLACE uint64_t read_bits(struct vcpu *bank, uint32_t id, get_bit *get) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < 32; i++) {
        struct virq *q = vgic_virq(bank, id + i);
        if (q && get(bank, q))
            value |= BIT(i);
    }
    return value;
}

IN_PLACE void write_bits(struct vcpu *bank, uint32_t id, uint64_t value, set_bit *set, bool on) {
    for (; value; value &= value - 1) {
        struct virq *q = vgic_virq(bank, id + (uint32_t)__builtin_ctzll(value));
        if (q)
            set(bank, q, on);
    }
}

static bool get_group(struct vcpu *v, struct virq *q) {
    (void)v;
    return q->group1;
}

static bool get_enabled(struct vcpu *v, struct virq *q) {
    (void)v;
    return q->enabled;
}

static void set_group(struct vcpu *v, struct virq *q, bool on) {
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    bool changed = q->group1 != on;
    q->group1 = on;
    vgic_unlock(o, VGIC_NOTHING);
    if (changed)
        vgic_reconsider(v, q);
}

static uint64_t read_group(struct vcpu *bank, uint32_t id, unsigned size) {
    (void)size;
    return read_bits(bank, id, get_group);
}
static void write_group(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, set_group, true);
    write_bits(bank, id, ~value & 0xffffffff, set_group, false);
}

static uint64_t read_enable(struct vcpu *bank, uint32_t id, unsigned size) {
    (void)size;
    return read_bits(bank, id, get_enabled);
}
static void set_enabled(struct vcpu *v, struct virq *q, bool on) {
    if (q->enabled != on) // a change under way on another CPU comes after this
        vgic_set_enabled(v, q, on);
}

static void write_set_enable(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, set_enabled, true);
}
static void write_clear_enable(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, set_enabled, false);
}

static uint64_t read_pending(struct vcpu *bank, uint32_t id, unsigned size) {
    (void)size;
    return read_bits(bank, id, vgic_get_pending);
}
static void write_set_pending(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, vgic_set_pending, true);
}
static void write_clear_pending(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, vgic_set_pending, false);
}

static uint64_t read_active(struct vcpu *bank, uint32_t id, unsigned size) {
    (void)size;
    return read_bits(bank, id, vgic_get_active);
}
static void write_set_active(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, vgic_set_active, true);
}
static void write_clear_active(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    write_bits(bank, id, value, vgic_set_active, false);
}

static uint64_t read_priority(struct vcpu *bank, uint32_t id, unsigned size) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++) {
        struct virq *q = vgic_virq(bank, id + i);
        if (q)
            value |= (uint64_t)q->priority << 8 * i;
    }
    return value;
}

// One that is in a list register keeps its old priority until it is pending again.
static void set_priority(struct vcpu *v, struct virq *q, uint8_t priority) {
    struct vcpu *o = vgic_lock_owner(v, q);
    vgic_held(o);
    bool queued = q->queued;
    if (queued)
        vgic_unqueue(o, q);
    store_relaxed(&q->priority, priority);
    if (queued)
        vgic_queue(o, q);
    vgic_unlock(o, VGIC_NOTHING);
    if (queued)
        vgic_reconsider(v, q);
}

static void write_priority(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    for (uint32_t i = 0; i < size; i++) {
        struct virq *q = vgic_virq(bank, id + i);
        uint8_t priority = (value >> 8 * i) & VGIC_PRIO_MASK;
        if (q && q->priority != priority)
            set_priority(bank, q, priority);
    }
}

static uint64_t read_config(struct vcpu *bank, uint32_t id, unsigned size) {
    (void)size;
    uint64_t value = 0;
    for (uint32_t i = 0; i < 16; i++) {
        struct virq *q = vgic_virq(bank, id + i);
        if (q && q->edge)
            value |= 2ULL << 2 * i;
    }
    return value;
}

// SGIs are edges. A linked interrupt's trigger is the physical one's, which may change while
// disabled only; the virtual timer is a level.
static void write_config(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value) {
    (void)size;
    for (uint32_t i = 0; id >= 16 && i < 16; i++) {
        struct virq *q = vgic_virq(bank, id + i);
        bool edge = (value >> 2 * i) & 2;
        if (!q || q->edge == edge)
            continue;
        struct vcpu *o = vgic_lock_owner(bank, q);
        vgic_held(o);
        if (!q->hw) {
            q->edge = edge;
        } else if (q->id >= 32 && !q->enabled) {
            q->edge = edge;
            gic->set_edge(q->id, edge);
        }
        vgic_unlock(o, VGIC_NOTHING);
    }
}

struct block {
    uint16_t base;
    uint8_t shift; // first INTID of an access = (offset - base) << shift
    uint8_t sizes; // bytes an access may have: 1, 2, 4, 8 are a bit each; 0: reserved
    uint64_t (*read)(struct vcpu *bank, uint32_t id, unsigned size);
    void (*write)(struct vcpu *bank, uint32_t id, unsigned size, uint64_t value);
};

static const struct block blocks[32] = {
    [1] = {0x080, 3, 4, read_group, write_group},
    [2] = {0x100, 3, 4, read_enable, write_set_enable},
    [3] = {0x180, 3, 4, read_enable, write_clear_enable},
    [4] = {0x200, 3, 4, read_pending, write_set_pending},
    [5] = {0x280, 3, 4, read_pending, write_clear_pending},
    [6] = {0x300, 3, 4, read_active, write_set_active},
    [7] = {0x380, 3, 4, read_active, write_clear_active},
    [8 ... 15] = {0x400, 0, 1 | 4, read_priority, write_priority},
    [24 ... 25] = {0xc00, 2, 4, read_config, write_config},
};

static const struct block *block_at(uint64_t offset) { return &blocks[(offset >> 7) & 31]; }

static uint32_t first_id(const struct block *b, uint64_t offset) {
    return (uint32_t)(offset - b->base) << b->shift;
}

// Reserved offsets and INTIDs that are not there read as zero and ignore writes.
static enum trap_result absent(const struct block *b, unsigned size) {
    return b->sizes && !(b->sizes & size) ? TRAP_INJECT : TRAP_SKIP;
}

enum trap_result vgic_block_read(struct vcpu *bank, uint64_t offset, uint64_t *value, unsigned size,
                                 uint32_t first, uint32_t end) {
    const struct block *b = block_at(offset);
    uint32_t id = first_id(b, offset);
    if (unlikely(!(b->sizes & size) || id - first >= end - first))
        return absent(b, size);
    *value = b->read(bank, id, size);
    return TRAP_SKIP;
}

enum trap_result vgic_block_write(struct vcpu *bank, uint64_t offset, uint64_t value, unsigned size,
                                  uint32_t first, uint32_t end) {
    const struct block *b = block_at(offset);
    uint32_t id = first_id(b, offset);
    if (unlikely(!(b->sizes & size) || id - first >= end - first))
        return absent(b, size);
    b->write(bank, id, size, value);
    return TRAP_SKIP;
}

uint64_t vgic_read_id(uint32_t offset, uint32_t arch) {
    // PIDR4-7, PIDR0-3, CIDR0-3: Arm's, as drivers expect of an architectural GIC.
    static const uint8_t id[12] = {0x44, 0, 0, 0, 0x92, 0xb4, 0x0b, 0, 0x0d, 0xf0, 0x05, 0xb1};
    uint32_t i = ((offset & 0xff) - 0xd0) / 4;
    if ((offset & 0xff) < 0xd0)
        return 0;
    return i == 6 ? id[i] | arch << 4 : id[i];
}
