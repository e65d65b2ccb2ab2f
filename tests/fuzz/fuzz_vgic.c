// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any register access, SGI, injection, acknowledge, end of interrupt, context switch and
// exit, in any order on three CPUs; fake_gic.c aborts on what the architecture forbids, on lock
// order, on storms and when the books disagree. First byte: GIC version. Then 12 bytes an
// operation.
#include <arch/vgic.h>
#include <core/irq.h>

#include <stdlib.h>
#include <string.h>

#include "fake_gic.h"

struct op {
    uint8_t code, cpu, a, b;
    uint32_t offset, value;
};

static void access_register(struct vcpu *v, const struct op *op) {
    const struct mmio_range *r = &fake_domain.arch.mmio[op->a % fake_domain.arch.nr_mmio];
    unsigned size = 1u << (op->b & 3);
    uint64_t value = op->value | (uint64_t)op->value << 32;
    // Mostly where registers are; any offset at times.
    uint64_t offset = op->b & 0x40 ? op->offset : op->offset & 0x1ffff;
    offset = offset % r->size & ~(uint64_t)(size - 1);
    fake_mmio(v, r->base + offset, size, op->b & 0x80, &value);
}

static void guest(struct vcpu *v, const struct op *op) {
    switch (op->code >> 4 & 3) {
    case 0:
        fake_guest_ack(v->cpu, NULL);
        break;
    case 1:
        fake_guest_eoi(v->cpu, op->value % FAKE_IRQS);
        break;
    case 2:
        fake_guest_mask(v->cpu, op->a, op->b & 3);
        break;
    default:
        if (!vgic_has_deliverable(v) && !v->pending)
            v->state = VCPU_BLOCKED;
    }
}

static void device(const struct op *op) {
    switch (op->code >> 4 & 3) {
    case 0:
        fake_edge(64 + op->value % 8);
        break;
    case 1:
        fake_line(64 + op->value % 8, op->a & 1);
        break;
    case 2:
        fake_vtimer_line(&fake_vcpu[op->value % FAKE_VCPUS], op->a & 1);
        break;
    default:
        if (op->value % FAKE_IRQS != PPI_VIRT_TIMER && op->value % FAKE_IRQS - 64 >= 8)
            vgic_inject(&fake_vcpu[op->b % FAKE_VCPUS], op->value % FAKE_IRQS);
    }
}

static void switch_to(const struct op *op) {
    unsigned vcpu = op->a % (FAKE_VCPUS + 1);
    for (unsigned i = 0; vcpu < FAKE_VCPUS && i < FAKE_CPUS; i++)
        if (fake_loaded(i) == &fake_vcpu[vcpu])
            return;
    fake_switch(vcpu < FAKE_VCPUS ? &fake_vcpu[vcpu] : NULL);
}

static void one(const struct op *op) {
    unsigned cpu = op->cpu % FAKE_CPUS;
    fake_on(cpu);
    struct vcpu *v = fake_loaded(cpu);
    bool runs = v && v->state == VCPU_RUNNING;
    switch (op->code & 7) {
    case 0:
    case 1:
    case 2:
        if (runs)
            access_register(v, op);
        break;
    case 3:
        if (runs)
            guest(v, op);
        break;
    case 4:
        device(op);
        break;
    case 5:
        if (runs && fake_domain.arch.vgic.version == 3)
            vgic_sgi1r(v, op->offset | (uint64_t)op->value << 32);
        break;
    case 6:
        fake_run(cpu);
        break;
    default:
        switch_to(op);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct op op;
    if (size < 1)
        return 0;
    fake_gic_reset(data[0] & 1 ? 3 : 2);
    for (irq_t irq = 64; irq < 72; irq++)
        if (irq_assign(irq, &fake_domain))
            abort();
    for (data++, size--; size >= sizeof(op); data += sizeof(op), size -= sizeof(op)) {
        memcpy(&op, data, sizeof(op));
        one(&op);
        fake_check();
    }
    fake_run_all();
    fake_check();
    return 0;
}
