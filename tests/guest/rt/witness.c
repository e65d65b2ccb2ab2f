// SPDX-License-Identifier: Apache-2.0
// The witness of witness.h. Its words of the share: rounds, ticks, answers.

#include "witness.h"
#include "calls.h"

#define LIMIT_MS 30000U // of a stall: an answer takes a few
#define MEM_MIB 2U
#define STRIDE 32U  // words: one of them holds the pattern
#define NR_GPRS 26U // x2-x17, x19-x28

enum { ROUNDS, TICKS, ANSWERS };

// System registers that a domain may write, and the bits of them that every machine keeps.
#define SYSTEM_REGISTERS(X)                                                                        \
    X(tpidr_el0, UINT64_MAX);                                                                      \
    X(tpidrro_el0, UINT64_MAX);                                                                    \
    X(sp_el0, UINT64_MAX);                                                                         \
    X(contextidr_el1, UINT32_MAX);                                                                 \
    X(afsr0_el1, UINT32_MAX);                                                                      \
    X(afsr1_el1, UINT32_MAX);                                                                      \
    X(amair_el1, UINT64_MAX);                                                                      \
    X(far_el1, UINT64_MAX);                                                                        \
    X(par_el1, UINT64_MAX);                                                                        \
    X(csselr_el1, 0xf);                                                                            \
    X(cntkctl_el1, 0x3ff);                                                                         \
    X(esr_el1, UINT32_MAX)

static uint64_t system_seen[16];

static void system_fill(uint64_t seed) {
    uint32_t i = 0;
#define FILL(reg, mask)                                                                            \
    RT_WRITE(reg, (seed) & (mask));                                                                \
    rt_isb();                                                                                      \
    system_seen[i++] = RT_READ(reg)
    SYSTEM_REGISTERS(FILL);
}

// A bit for each that has changed.
static uint64_t system_changed(void) {
    uint32_t i = 0;
    uint64_t changed = 0;
#define COMPARE(reg, mask)                                                                         \
    changed |= RT_READ(reg) != system_seen[i] ? 1ULL << i : 0;                                     \
    i++
    SYSTEM_REGISTERS(COMPARE);
    return changed;
}

// Fills general and SIMD registers from `in`, sleeps, and stores them to `out`; IRQs masked.
static void hold(const uint64_t *in, uint64_t *out) {
    register const uint64_t *x0 __asm__("x0") = in;
    register uint64_t *x1 __asm__("x1") = out;
    __asm__ volatile("ldp q0, q1, [x0]\n\tldp q30, q31, [x0, #32]\n\t"
                     "ldp x2, x3, [x0]\n\tldp x4, x5, [x0, #16]\n\tldp x6, x7, [x0, #32]\n\t"
                     "ldp x8, x9, [x0, #48]\n\tldp x10, x11, [x0, #64]\n\t"
                     "ldp x12, x13, [x0, #80]\n\tldp x14, x15, [x0, #96]\n\t"
                     "ldp x16, x17, [x0, #112]\n\tldp x19, x20, [x0, #128]\n\t"
                     "ldp x21, x22, [x0, #144]\n\tldp x23, x24, [x0, #160]\n\t"
                     "ldp x25, x26, [x0, #176]\n\tldp x27, x28, [x0, #192]\n\t"
                     "wfi\n\t"
                     "stp x2, x3, [x1]\n\tstp x4, x5, [x1, #16]\n\tstp x6, x7, [x1, #32]\n\t"
                     "stp x8, x9, [x1, #48]\n\tstp x10, x11, [x1, #64]\n\t"
                     "stp x12, x13, [x1, #80]\n\tstp x14, x15, [x1, #96]\n\t"
                     "stp x16, x17, [x1, #112]\n\tstp x19, x20, [x1, #128]\n\t"
                     "stp x21, x22, [x1, #144]\n\tstp x23, x24, [x1, #160]\n\t"
                     "stp x25, x26, [x1, #176]\n\tstp x27, x28, [x1, #192]\n\t"
                     "stp q0, q1, [x1, #208]\n\tstp q30, q31, [x1, #240]"
                     : "+r"(x0), "+r"(x1)
                     :
                     : "memory", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
                       "x12", "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23",
                       "x24", "x25", "x26", "x27", "x28");
}

static void registers(uint64_t seed) {
    static uint64_t in[NR_GPRS] __attribute__((aligned(16)));
    static uint64_t out[NR_GPRS + 8U] __attribute__((aligned(16)));
    for (uint32_t i = 0; i < NR_GPRS; i++) {
        in[i] = seed * (i + 1U);
    }
    rt_irq_off();
    system_fill(seed);
    hold(in, out);
    uint64_t changed = system_changed();
    rt_irq_on();
    rt_check("witness: system registers", changed == 0, changed);
    for (uint32_t i = 0; i < RT_NR(out); i++) { // SIMD registers: the first eight words
        uint32_t from = i < NR_GPRS ? i : i - NR_GPRS;
        rt_check("witness: registers", out[i] == in[from], out[i]);
    }
}

void rt_registers_fill(uint64_t seed) {
    RT_WRITE(cpacr_el1, 3ULL << 20);
    rt_isb();
    system_fill(seed);
    __asm__ volatile(
        ".arch_extension fp\n\tfmov d0, %0\n\tfmov d1, %0\n\tfmov d30, %0\n\tfmov d31, %0" ::"r"(
            seed));
}

static volatile uint64_t *first_word(void) { return (volatile uint64_t *)(void *)image_end; }

static volatile uint64_t *end_word(void) {
    return (volatile uint64_t *)(uintptr_t)(rt_platform.ram_base + rt_platform.ram_size);
}

static uint64_t pattern(const volatile uint64_t *w) { return ~(uintptr_t)w * 0x9e3779b97f4a7c15U; }

static void tick(uint32_t intid) {
    (void)intid;
    RT_WRITE(cntp_cval_el0, RT_READ(cntpct_el0) + RT_READ(cntfrq_el0) / 500U);
    RT_WRITE(cntp_ctl_el0, 1);
    rt_isb();
    rt_share->word[TICKS]++;
}

static void answer(evtchn_port_t port) {
    struct evtchn_send s = {.port = rt_share->port};
    if (port == s.port) {
        rt_share->word[ANSWERS]++;
        (void)rt_evtchn(EVTCHNOP_send, &s);
    }
}

static void witness(void) {
    RT_WRITE(cpacr_el1, 3ULL << 20);
    for (volatile uint64_t *w = first_word(); w < end_word(); w += STRIDE) {
        *w = pattern(w);
    }
    rt_irq_handler(rt_platform.irq_ptimer, tick);
    rt_gic_enable(rt_platform.irq_ptimer);
    tick(0);
    rt_events_on(answer);
    rt_irq_on();
    for (uint64_t round = 1;; round++) {
        registers(round * 0x0123456789abcdefU);
        bool same = true;
        for (volatile uint64_t *w = first_word(); w < end_word(); w += STRIDE) {
            same = same && *w == pattern(w);
        }
        rt_check("witness: memory", same, round);
        rt_share->word[ROUNDS] = round;
    }
}

bool rt_witness_create(struct rt_domain *w, uint32_t cpu) {
    struct rt_domain_config c = {.main = witness, .nr_vcpus = 1, .mem_mib = MEM_MIB, .cpu = {cpu}};
    bool ok = rt_domain_create(w, &c) && rt_domain_wait(w, ROUNDS, 1, LIMIT_MS);
    rt_check("witness is there", ok, w->id);
    return ok;
}

void rt_witness_check(struct rt_domain *w, const char *name) {
    struct evtchn_send s = {.port = w->port};
    uint64_t rounds = w->share->word[ROUNDS], ticks = w->share->word[TICKS];
    uint64_t answers = w->share->word[ANSWERS];
    bool ok = rt_evtchn(EVTCHNOP_send, &s) == 0 &&
              rt_domain_wait(w, ANSWERS, answers + 1U, LIMIT_MS) &&
              rt_domain_wait(w, TICKS, ticks + 2U, LIMIT_MS) &&
              rt_domain_wait(w, ROUNDS, rounds + 2U, LIMIT_MS);
    rt_check(name, ok, w->share->word[ROUNDS]);
    rt_domain_report(w);
}
