// SPDX-License-Identifier: Apache-2.0
// What the vGIC's tests do as the guest of fake_gic.h.
#pragma once
#include "fake_gic.h"

#include <cmocka.h>

#define V(i) (&fake_vcpu[i])
#define D (&fake_domain)

static inline void set_enable(struct vcpu *v, uint32_t id, bool on) {
    fake_write(v, fake_bank(v, id) + (on ? 0x100 : 0x180) + id / 32 * 4, 1u << id % 32);
}
static inline void set_priority(struct vcpu *v, uint32_t id, uint8_t prio) {
    uint64_t value = prio;
    assert_int_equal(fake_mmio(v, fake_bank(v, id) + 0x400 + id, 1, true, &value), TRAP_SKIP);
}
static inline void route(uint32_t id, unsigned vcpu) {
    uint64_t value = D->arch.vgic.version == 3 ? vcpu : 1u << vcpu;
    uint64_t at = D->arch.vgic.version == 3 ? 0x6000 + 8ULL * id : 0x800ULL + id;
    unsigned size = D->arch.vgic.version == 3 ? 8 : 1;
    assert_int_equal(fake_mmio(fake_loaded(0), FAKE_GICD + at, size, true, &value), TRAP_SKIP);
}
static inline void take(unsigned cpu, uint32_t id) {
    assert_int_equal(fake_guest_ack(cpu, NULL), id);
    fake_guest_eoi(cpu, id);
}
static inline void nothing(unsigned cpu) {
    assert_int_equal(fake_guest_ack(cpu, NULL), FAKE_SPURIOUS);
}
