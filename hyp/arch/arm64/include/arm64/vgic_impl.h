// SPDX-License-Identifier: Apache-2.0
// What the vgic*.c files share; nobody else includes it. A function that takes (v, q) needs v to be
// the owner of virq q (see struct virq) and its LOCK_VGIC held. "Here": v is loaded on this CPU.
#pragma once
#include <arch/cpu.h>
#include <arch/vgic.h>
#include <arm64/mmio.h>
#include <arm64/vgic.h>
#include <core/domain.h>

#define VGIC_LOCK(v) (&(v)->arch.vgic.lock)

// load_relaxed whose address arithmetic gcc 12 folds into the instruction.
#define vgic_peek_word(p) (*(const volatile __typeof__(*(p)) *)(p))

// What is left to do for the owner when its lock has been released.
enum vgic_after { VGIC_NOTHING, VGIC_WAKE, VGIC_RAISE };

static inline bool vgic_here(const struct vcpu *v) {
    return vgic_peek_word(&v->arch.vgic.home) == this_cpu();
}
static inline void vgic_ask_resync(struct vcpu *v) REQUIRES(VGIC_LOCK(v)) {
    v->arch.vgic.work |= VGIC_RESYNC;
}
static inline bool vgic_is_posted(const struct vcpu *v) {
    const uint64_t *posted = v->arch.vgic.posted;
    return vgic_peek_word(&posted[0]) | vgic_peek_word(&posted[1]) | vgic_peek_word(&posted[2]);
}
static inline bool vgic_in_lr(const struct virq *q) { return q->lr != VGIC_NO_LR; }
static inline bool vgic_is_v2_sgi(const struct vcpu *v, const struct virq *q) {
    return q->id < 16 && v->domain->arch.vgic.version == 2;
}
// May a pending q be shown to the guest?
static inline bool vgic_deliverable(const struct vcpu *v, const struct virq *q) {
    return q->enabled && q->routed && (vgic_peek_word(&v->domain->arch.vgic.ctlr) >> q->group1 & 1);
}
// Has q something that must get into a list register?
static inline bool vgic_wants(const struct vcpu *v, const struct virq *q) {
    return q->active || (q->pending && vgic_deliverable(v, q));
}

static inline uint64_t vgic_lr_base(const struct virq *q) {
    return q->id | (uint64_t)q->priority << GIC_LR_PRIO_SHIFT | (q->group1 ? GIC_LR_GROUP1 : 0);
}

// q is about to change. (One without a list register has the number of the last, which is far.)
static inline void vgic_go_long(struct vcpu *v, const struct virq *q) REQUIRES(VGIC_LOCK(v)) {
    store_relaxed(&v->arch.vgic.again[q->lr & 15], 0);
}

// vgic.c
struct virq *vgic_spi(const struct domain *d, virq_t id);
// The virq of INTID `id` (private: v's), NULL if the domain has none.
static inline struct virq *vgic_virq(struct vcpu *v, virq_t id) {
    return id < 32 ? &v->arch.vgic.priv[id] : vgic_spi(v->domain, id);
}
// Locks q's owner, to change q, and returns it; vgic_held tells the checker.
struct vcpu *vgic_lock_owner(struct vcpu *v, struct virq *q) NO_THREAD_SAFETY;
static inline void vgic_held(const struct vcpu *v) THREAD_ATTR(assert_capability(VGIC_LOCK(v))) {
    (void)v;
}
// Unlocks, then wakes, kicks, and hands on the SPIs that left for another vCPU.
void vgic_unlock(struct vcpu *v, enum vgic_after after) RELEASE(VGIC_LOCK(v));
// Set or clear state as the registers of the same names do; q must be enabled or not by itself.
void vgic_set_enabled(struct vcpu *v, struct virq *q, bool on);
void vgic_set_pending(struct vcpu *v, struct virq *q, bool on);
void vgic_set_active(struct vcpu *v, struct virq *q, bool on);
bool vgic_get_pending(struct vcpu *v, struct virq *q);
bool vgic_get_active(struct vcpu *v, struct virq *q);
// GICv2 SGI of t: source vCPUs `mask` become pending / no longer pending.
void vgic_set_sources(struct vcpu *t, struct virq *q, uint8_t mask, bool on);
uint8_t vgic_get_sources(struct vcpu *t, struct virq *q);
// GICD_CTLR, written by v: new group enables. TRAP_SKIP, or TRAP_DONE while there are interrupts
// that have not followed yet.
enum trap_result vgic_set_groups(struct vcpu *v, uint32_t ctlr);
// Something that q's delivery depends on has changed.
void vgic_reconsider(struct vcpu *v, struct virq *q);

// vgic_route.c
// SPI q goes to vCPU `target` from now on; `routed` false: to nobody. Caller holds LOCK_VGIC_SPI,
// and calls vgic_reconsider when it has released it.
void vgic_route(struct domain *d, struct virq *q, uint8_t target, bool routed)
    REQUIRES(&d->arch.vgic.spi_lock);
// The guest enabled or disabled assigned SPI q.
void vgic_enable_hw(struct domain *d, const struct virq *q, bool on);
// v is loaded here and was elsewhere before: its assigned SPIs come here from now on.
void vgic_bring_spis(struct vcpu *v) REQUIRES(VGIC_LOCK(v));

// vgic_lr.c
// q may have become deliverable: list register, queue, or nothing.
enum vgic_after vgic_request(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v));
// q may no longer be deliverable, or drop_pending/drop_active were set: its list register follows.
enum vgic_after vgic_retract(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v));
// Content of q's list register: exact when here or not loaded, else as last known. 0: not in one.
uint64_t vgic_peek(const struct vcpu *v, const struct virq *q) REQUIRES(VGIC_LOCK(v));
void vgic_queue(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v));
void vgic_unqueue(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v));
// q's list register is known to be finished: forgets it, also from another CPU. A pending SPI whose
// target is another vCPU is delivered there by vgic_unlock.
void vgic_detach(struct vcpu *v, struct virq *q) REQUIRES(VGIC_LOCK(v));
// Here: looks at every list register in use / fills free ones from the queue.
void vgic_settle_all(struct vcpu *v) REQUIRES(VGIC_LOCK(v));
// Here, for the last time: the same, but what goes the short way keeps its list register.
void vgic_put_by(struct vcpu *v) REQUIRES(VGIC_LOCK(v));
void vgic_fill(struct vcpu *v) REQUIRES(VGIC_LOCK(v));
// vgic_regs.c: what GICD and GICR share. `bank` is the vCPU whose private interrupts (INTID < 32)
// are meant. Offsets 0x80 to 0xfff of GICD and of a redistributor's SGI frame: the blocks with bits
// or bytes for each interrupt. INTIDs outside [first, end) read as zero and ignore writes.
enum trap_result vgic_block_read(struct vcpu *bank, uint64_t offset, uint64_t *value, unsigned size,
                                 uint32_t first, uint32_t end);
enum trap_result vgic_block_write(struct vcpu *bank, uint64_t offset, uint64_t value, unsigned size,
                                  uint32_t first, uint32_t end);
// Identification registers (offset & 0xff in 0xd0..0xff of the last 256 bytes); `arch` = PIDR2
// ArchRev.
uint64_t vgic_read_id(uint32_t offset, uint32_t arch);
#define VGIC_IIDR 0x0000043bu // implementer Arm, as drivers expect of an architectural GIC

// vgic_v2_mmio.c, vgic_v3_mmio.c: register their ranges and map what the guest touches directly.
int vgic_v2_create(struct domain *d) must_check;
int vgic_v3_create(struct domain *d) must_check;
// Gives v its redistributor's address; -ENOSPC: the regions are full.
int vgic_v3_vcpu_create(struct vcpu *v) must_check;
