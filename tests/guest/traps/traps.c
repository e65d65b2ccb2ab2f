// SPDX-License-Identifier: Apache-2.0
// Payload: every system register encoding read and written back, accesses outside the map,
// instructions without a syndrome on the vGIC, unknown SMC and HVC, cache maintenance by set and
// way. Each must end in a value, an undefined instruction or an abort of this guest, and the
// hypervisor must live on. First in Dom0, then in a domain without rights, beside a witness.

#include "calls.h"
#include "witness.h"

#define EC(esr) ((esr) >> 26 & 0x3fU)
#define EC_UNKNOWN 0x00U
#define EC_FP 0x07U // FPCR and FPSR while CPACR_EL1 keeps them off
#define EC_IABT 0x21U
#define EC_DABT 0x25U
#define NOWHERE 0x7000000000ULL // below 512 GiB, no board has anything there

static uint32_t code[16] __attribute__((aligned(64)));
static uint32_t readable, undefined, written;

// Run one instruction with x0 as operand.
static uint64_t run(uint32_t insn, uint64_t value, uint64_t *esr) {
    code[0] = insn;
    for (uint32_t i = 1; i < 16U; i++) {
        code[i] = 0xd65f03c0U; // ret
    }
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(code)
                     : "memory");
    rt_expect_begin();
    register uint64_t x0 __asm__("x0") = value; // after the call, which may use x0
    __asm__ volatile("blr %1"
                     : "+r"(x0)
                     : "r"(code)
                     : "memory", "cc", "x30", "x1", "x2", "x3", "x4");
    uint64_t result = x0;
    *esr = rt_expect_end();
    if (*esr != 0 && rt_this_cpu()->fault_pc != (uintptr_t)code) {
        rt_check("fault at another instruction", false, (uint64_t)insn << 32 | (uint32_t)*esr);
    }
    return result;
}

// An encoding as in the instruction: op0 in bits 20:19 down to op2 in 7:5.
static bool leave_alone(uint32_t e) {
    static const uint8_t keep[][5] = {
        // op0, op1, CRn, CRm, op2: writing back what was read would change it
        {3, 0, 12, 11, 5}, {3, 0, 12, 11, 6}, {3, 0, 12, 11, 7}, // SGIs: written elsewhere
        {3, 0, 4, 1, 0},                                         // SP_EL0
        {3, 0, 1, 0, 0},                                         // SCTLR_EL1
        {3, 0, 4, 2, 0},                                         // SPSel
        {2, 0, 0, 2, 2},                                         // MDSCR_EL1
    };
    for (uint32_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++) {
        if (e ==
            ((uint32_t)keep[i][0] << 19 | (uint32_t)keep[i][1] << 16 | (uint32_t)keep[i][2] << 12 |
             (uint32_t)keep[i][3] << 8 | (uint32_t)keep[i][4] << 5)) {
            return true;
        }
    }
    return false;
}

static void sweep_registers(void) {
    for (uint32_t i = 0; i < 1U << 15; i++) {
        uint32_t e = (2U + (i >> 14)) << 19 | (i >> 11 & 7U) << 16 | (i >> 7 & 15U) << 12 |
                     (i >> 3 & 15U) << 8 | (i & 7U) << 5;
        uint64_t esr, v = run(0xd5200000U | e, 0, &esr);
        readable += esr == 0;
        undefined += esr != 0;
        if (esr != 0 && EC(esr) != EC_UNKNOWN && EC(esr) != EC_FP) {
            rt_check("read: not an undefined instruction", false, (uint64_t)e << 32 | EC(esr));
        }
        if (leave_alone(e)) {
            continue;
        }
        (void)run(0xd5000000U | e, esr == 0 ? v : 0, &esr);
        written += esr == 0;
        if (esr != 0 && EC(esr) != EC_UNKNOWN && EC(esr) != EC_FP) {
            rt_check("write: not an undefined instruction", false, (uint64_t)e << 32 | EC(esr));
        }
    }
    rt_check("some registers are there", readable > 100U && undefined > 10000U, readable);
}

// ID_AA64* and the AArch32 ones, Op0 3, Op1 0, CRn 0, CRm 1..7: always readable, never writable.
static void identification(void) {
    for (uint32_t i = 8; i < 64U; i++) {
        uint32_t e = 3U << 19 | (i >> 3) << 8 | (i & 7U) << 5;
        uint64_t esr;
        (void)run(0xd5200000U | e, 0, &esr);
        rt_check("identification register reads", esr == 0, e);
        (void)run(0xd5000000U | e, 0, &esr);
        rt_check("identification register not written", EC(esr) == EC_UNKNOWN && esr != 0, e);
    }
}

static void outside(void) {
    static const uint32_t accesses[] = {
        0xf9400000U, 0xf9000000U, 0x39400000U, 0x39000000U, // ldr, str, ldrb, strb [x0]
        0xa9400400U, 0xa9000400U, 0xc85f7c01U, 0xf8408401U, // ldp, stp, ldxr, ldr post-index
    };
    for (uint32_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        uint64_t esr;
        (void)run(accesses[i], NOWHERE + i * 4096U, &esr);
        rt_check("nothing there: data abort", EC(esr) == EC_DABT, esr);
        if (accesses[i] == 0xf9400000U) {
            rt_check("FAR", rt_this_cpu()->far == NOWHERE + i * 4096U, rt_this_cpu()->far);
        }
    }
    rt_map_memory((uint32_t)(NOWHERE >> 30));
    rt_expect_begin();
    __asm__ volatile("blr %0" ::"r"(NOWHERE) : "memory", "x30");
    uint64_t esr = rt_expect_end();
    rt_check("nothing there: instruction abort", EC(esr) == EC_IABT, esr);
    uint64_t dummy;
    for (uint32_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        (void)run(accesses[i], NOWHERE + 8U * i, &dummy);
        rt_check("memory attribute, nothing there", EC(dummy) == EC_DABT, dummy);
    }
    (void)run(0xd50b7420U, NOWHERE, &dummy); // dc zva
    rt_check("dc zva nowhere", EC(dummy) == EC_DABT, dummy);
}

// Abort or emulation are both right here; what counts is that the vGIC answers afterwards.
static void no_syndrome(void) {
    static const uint32_t accesses[] = {
        0xa9400400U, 0xa9000400U, 0x29400400U, 0xb8404401U,
        0xb8004401U,                                        // ldp, stp, ldp w, post-index
        0xc85f7c01U, 0x885f7c01U, 0xc8dffc01U, 0xc89ffc01U, // ldxr, ldxr w, ldar, stlr
        0x78400001U, 0xb8401001U, 0xf8401001U, 0xb8402001U, // unaligned: h, w+1, x+1, w+2
        0xf9400001U, 0xf9000001U, 0x39400001U, 0x79400001U, // 64, 64, 8 and 16 bits
        0xb9800001U, 0xd50b7e20U, 0xd5087620U, 0xd50b7a20U, // ldrsw, dc civac, ivac, cvac
        0xd5087800U,                                        // at s1e1r
    };
    uint64_t frames[] = {rt_platform.gicd, rt_platform.gicd + 0x100U, rt_platform.gicd + 0xffcU,
                         rt_gic_bank(0) + 0x400U};
    uint32_t typer = rt_read32(rt_platform.gicd + 4U);
    for (uint32_t f = 0; f < 4U; f++) {
        for (uint32_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
            uint64_t esr;
            (void)run(accesses[i], frames[f], &esr);
            rt_check("vGIC: abort or value", esr == 0 || EC(esr) == EC_DABT, esr);
        }
    }
    rt_check("vGIC still answers", rt_read32(rt_platform.gicd + 4U) == typer, typer);
}

static void firmware(void) {
    static const uint32_t ids[] = {0xdeadbeefU, 0x80001234U, 0xc0001234U, 0x82000000U,
                                   0xbf00ff02U, 0xc4000fffU, 0x0000ffffU, 0x83000001U};
    for (uint32_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        int64_t r = rt_hvc(ids[i], UINT64_MAX, UINT64_MAX, UINT64_MAX);
        rt_check("HVC unknown is -1", (int32_t)r == -1, ids[i]);
        r = rt_smc(ids[i], UINT64_MAX, UINT64_MAX, UINT64_MAX);
        rt_check("SMC unknown is -1", (int32_t)r == -1, ids[i]);
    }
    int64_t version = rt_hvc(0x80000000U, 0, 0, 0);
    rt_check("SMCCC version", version >= 0x10001 && version < 0x20000, (uint64_t)version);
}

// Real Xen 4.17 ends the domain at the first such HVC, hence last.
static void immediates(void) {
    for (uint32_t imm = 1; imm < 0x10000U; imm = imm * 3U + 1U) {
        uint64_t esr;
        (void)run(0xd4000002U | imm << 5, 0xdeadbeefU, &esr); // hvc #imm
        rt_check("HVC with an immediate", esr == 0 || EC(esr) == EC_UNKNOWN, imm);
        (void)run(0xd4000003U | imm << 5, 0xdeadbeefU, &esr); // smc #imm
        rt_check("SMC with an immediate", esr == 0 || EC(esr) == EC_UNKNOWN, imm);
    }
}

static void maintenance(void) {
    static const uint32_t ops[] = {0xd5087640U, 0xd5087a40U, 0xd5087e40U}; // dc isw, csw, cisw
    for (uint32_t i = 0; i < 3U; i++) {
        uint64_t esr;
        (void)run(ops[i], 0, &esr);
        rt_check("set/way", esr == 0, esr);
    }
    volatile uint64_t kept = 0x1234567887654321ULL;
    uint64_t esr;
    (void)run(ops[2], 0, &esr);
    rt_check("memory kept over set/way", kept == 0x1234567887654321ULL, kept);
    for (uint32_t i = 0; i < 100U; i++) {
        __asm__ volatile("sev\n\twfe" ::: "memory");
    }
}

// Loads x0 to x30 from `in`, does `what`, and stores them to `out`. The compiler does not use x18.
#define ACROSS(what)                                                                               \
    register uint64_t *x0 __asm__("x0") = in;                                                      \
    register uint64_t *x1 __asm__("x1") = out;                                                     \
    __asm__ volatile(                                                                              \
        "stp x29, x30, [sp, #-32]!\n\tstr x1, [sp, #16]\n\t"                                       \
        "ldp x2, x3, [x0, #16]\n\tldp x4, x5, [x0, #32]\n\tldp x6, x7, [x0, #48]\n\t"              \
        "ldp x8, x9, [x0, #64]\n\tldp x10, x11, [x0, #80]\n\tldp x12, x13, [x0, #96]\n\t"          \
        "ldp x14, x15, [x0, #112]\n\tldp x16, x17, [x0, #128]\n\tldp x18, x19, [x0, #144]\n\t"     \
        "ldp x20, x21, [x0, #160]\n\tldp x22, x23, [x0, #176]\n\tldp x24, x25, [x0, #192]\n\t"     \
        "ldp x26, x27, [x0, #208]\n\tldp x28, x29, [x0, #224]\n\tldr x30, [x0, #240]\n\t"          \
        "ldp x0, x1, [x0]\n\t" what "\n\tstr x0, [sp, #24]\n\tldr x0, [sp, #16]\n\t"               \
        "stp x2, x3, [x0, #16]\n\tstp x4, x5, [x0, #32]\n\tstp x6, x7, [x0, #48]\n\t"              \
        "stp x8, x9, [x0, #64]\n\tstp x10, x11, [x0, #80]\n\tstp x12, x13, [x0, #96]\n\t"          \
        "stp x14, x15, [x0, #112]\n\tstp x16, x17, [x0, #128]\n\tstp x18, x19, [x0, #144]\n\t"     \
        "stp x20, x21, [x0, #160]\n\tstp x22, x23, [x0, #176]\n\tstp x24, x25, [x0, #192]\n\t"     \
        "stp x26, x27, [x0, #208]\n\tstp x28, x29, [x0, #224]\n\tstr x30, [x0, #240]\n\t"          \
        "str x1, [x0, #8]\n\tldr x1, [sp, #24]\n\tstr x1, [x0]\n\tldp x29, x30, [sp], #32"         \
        : "+r"(x0), "+r"(x1)                                                                       \
        :                                                                                          \
        : "memory", "cc", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",     \
          "x13", "x14", "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25",      \
          "x26", "x27", "x28")

static uint64_t in[32], out[32];

static void hypercall(void) { ACROSS("hvc #0xea1"); }

static void interrupt(void) { ACROSS("1: ldr x1, [x0]\n\tcmp x1, x16\n\tb.eq 1b"); }

static void quiet_timer(uint32_t intid) {
    (void)intid;
    RT_WRITE(cntv_ctl_el0, 0);
    rt_isb();
}

static void registers_kept(const char *over, void (*fn)(void), uint64_t nr, uint64_t a0,
                           uint64_t a1) {
    for (uint32_t i = 0; i < RT_NR(in); i++) {
        in[i] = 0x0101010101010101U * i;
    }
    in[0] = a0, in[1] = a1, in[16] = nr;
    fn();
    for (uint32_t i = 2; i < 31U; i++) {
        bool handlers = fn == interrupt && i == 18U; // the runtime's way in uses it
        rt_check(over, in[i] == out[i] || handlers, (uint64_t)i << 56 | (out[i] & 0xffffffU));
    }
}

// Ways in and out that store no more than they need, and those that store all.
static void kept(void) {
    volatile uint64_t *irqs = &rt_this_cpu()->irq_count;
    registers_kept("kept over xen_version", hypercall, __HYPERVISOR_xen_version, 0, 0);
    rt_check("version", out[0] == 0x40011U, out[0]);
    registers_kept("kept over no hypercall", hypercall, 99, 1, 2);
    rt_check("no hypercall", out[0] == (uint64_t)-38 && out[1] == 2U, out[0]);
    registers_kept("kept over a yield", hypercall, __HYPERVISOR_sched_op, SCHEDOP_yield, 0);
    rt_check("yield", out[0] == 0, out[0]);
    static struct multicall_entry many[20]; // more than are done at once
    for (uint32_t i = 0; i < RT_NR(many); i++) {
        many[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version};
    }
    registers_kept("kept over a hypercall in parts", hypercall, __HYPERVISOR_multicall,
                   (uintptr_t)many, RT_NR(many));
    rt_check("in parts", out[0] == 0 && many[19].result == 0x40011U, out[0]);
    rt_irq_handler(rt_platform.irq_vtimer, quiet_timer);
    rt_gic_enable(rt_platform.irq_vtimer);
    rt_irq_on();
    for (uint32_t i = 0; i < 10U; i++) {
        uint64_t was = *irqs;
        RT_WRITE(cntv_cval_el0, rt_now() + RT_READ(cntfrq_el0) / 1000U);
        RT_WRITE(cntv_ctl_el0, 1);
        rt_isb();
        registers_kept("kept over an interrupt", interrupt, was, (uintptr_t)irqs, 0);
    }
    rt_irq_off();
}

static void all(void) {
    kept();
    identification();
    firmware();
    outside();
    no_syndrome();
    maintenance();
    sweep_registers();
    rt_check("no SError", rt_this_cpu()->serrors == 0, rt_this_cpu()->serrors);
    rt_printf("registers: %u readable, %u writable, %u undefined\n", readable, written, undefined);
}

static void guest(void) {
    all();
    rt_share->word[0] = 1;
    immediates();
    rt_share->word[0] = 2;
}

void rt_main(void) {
    struct rt_domain w, d;
    struct rt_domain_config c = {.main = guest, .nr_vcpus = 1, .mem_mib = 2, .cpu = {0}};
    all();
    if (rt_witness_create(&w, 0) && rt_domain_create(&d, &c)) {
        rt_check("domU: all was tried", rt_domain_wait(&d, 0, 1, 60000), 0);
        rt_witness_check(&w, "witness after registers");
        rt_check("domU: immediates", rt_domain_wait(&d, 0, 2, 60000), 0);
        rt_check("domU is gone", rt_domain_destroy(&d), d.id);
        rt_witness_check(&w, "witness at the end");
    }
    rt_check("witness is gone", rt_domain_destroy(&w), w.id);
    immediates();
    rt_verdict_of_checks("traps");
}
