// SPDX-License-Identifier: Apache-2.0
// A guest of a static system (Xen's dom0less device tree). The first word of its command line is
// what it does; as Dom0 it has none and watches (see watch()).

#include "calls.h"
#include "rt.h"
#include <xen/hvm_op.h>
#include <xen/hvm_params.h>
#include <xen/sysctl.h>

#define ROUNDS 100U
#define PORT_A 10U // this side of the channel between `ping` and `pong`
#define PORT_B 11U
#define SHARED_A 0x70000000ULL
#define SHARED_B 0x70100000ULL
#define SHARED_DOM0 0x60000000ULL
#define DEVICE_AT 0x10000000ULL // a PL031
#define DEVICE_IRQ 34U

static struct shared_info shared __attribute__((aligned(4096)));

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool word_is(const char *word) {
    const char *p = rt_platform.bootargs;
    while (*word != '\0' && *p == *word) {
        p++, word++;
    }
    return *word == '\0' && (*p == '\0' || *p == ' ');
}

// Its device tree, in hexadecimal lines of 32 bytes.
static void dump(void) {
    const uint8_t *p = rt_platform.fdt;
    uint32_t size = be32(p + 4);
    rt_printf("@TREE %u\n", size);
    for (uint32_t i = 0; i < size; i++) {
        rt_printf("%s%x%x%s", i % 32U == 0 ? "@T " : "", p[i] >> 4, p[i] & 15U,
                  i % 32U == 31U || i + 1U == size ? "\n" : "");
    }
}

static bool events_open(void) {
    struct xen_add_to_physmap map = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = (uintptr_t)&shared >> 12};
    return rt_hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uintptr_t)&map, 0, 0, 0) ==
           0;
}

static int64_t send(uint32_t port) {
    struct evtchn_send s = {.port = port};
    return rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&s, 0, 0, 0);
}

// Waits for the port, which is below 64, and takes its event.
static void wait(uint32_t port) {
    volatile uint64_t *pending = (volatile uint64_t *)&shared.evtchn_pending[0];
    while ((*pending >> port & 1U) == 0) {
        rt_yield();
    }
    (void)__atomic_fetch_and(pending, ~(1ULL << port), __ATOMIC_SEQ_CST);
}

static volatile uint64_t *words(uint64_t at) { return (volatile uint64_t *)at; }

// The number, or the word "shm", after the first word.
static uint64_t second_word(void) {
    const char *p = rt_platform.bootargs;
    uint64_t n = 0;
    while (*p != '\0' && *p != ' ') {
        p++;
    }
    if (p[0] == ' ' && p[1] == 's') {
        return 1;
    }
    while (*p == ' ' || (*p >= '0' && *p <= '9')) {
        n = *p == ' ' ? n : n * 10U + (uint64_t)(*p - '0');
        p++;
    }
    return n;
}

// Both tell each other by their static channel and, with "shm", write to the memory that they
// share.
static void ping(void) {
    volatile uint64_t *w = words(SHARED_A);
    bool shm = second_word() != 0;
    uint64_t bad = events_open() ? 0 : 1;
    wait(PORT_A); // its peer is there
    uint64_t begin = rt_now();
    for (uint32_t i = 1; bad == 0 && i <= ROUNDS; i++) {
        if (shm) {
            w[0] = i;
        }
        bad += send(PORT_A) != 0;
        wait(PORT_A);
        bad += shm && w[1] != i * 3U;
    }
    rt_printf("@PING %lu bad, %lu ticks for %u rounds\n", bad, rt_now() - begin, ROUNDS);
}

// What share of so many ms it runs, in percent: a gap between two looks at the counter is somebody
// else's time.
static void share(void) {
    uint64_t tick = RT_READ(cntfrq_el0) / 1000U, start = rt_now(), last = start, had = 0;
    uint64_t whole = second_word() * tick;
    while (last - start < whole) {
        uint64_t now = rt_now();
        had += now - last < tick / 20U ? now - last : 0;
        last = now;
    }
    rt_printf("@SHARE %lu percent\n", (had * 100U + whole / 2U) / whole);
}

static void pong(void) {
    volatile uint64_t *w = words(SHARED_B);
    bool shm = second_word() != 0;
    uint64_t bad = events_open() ? 0 : 1;
    bad += send(PORT_B) != 0;
    for (uint32_t i = 1; bad == 0 && i <= ROUNDS; i++) {
        wait(PORT_B);
        if (shm) {
            bad += w[0] != i;
            w[1] = w[0] * 3U;
        }
        bad += send(PORT_B) != 0;
    }
    rt_printf("@PONG %lu bad\n", bad);
}

static volatile uint64_t alarms;
static void alarm(uint32_t intid) {
    (void)intid;
    rt_write32(DEVICE_AT + 0x1cU, 1); // RTCICR
    alarms++;
}

// The assigned PL031: its identity, its counter, its interrupt; and that nothing is behind it.
static void device(void) {
    uint32_t id = rt_read32(DEVICE_AT + 0xfe0U) | rt_read32(DEVICE_AT + 0xfe4U) << 8;
    rt_irq_handler(DEVICE_IRQ, alarm);
    rt_gic_enable(DEVICE_IRQ);
    rt_irq_on();
    rt_write32(DEVICE_AT + 0x10U, 1);                         // RTCIMSC
    rt_write32(DEVICE_AT + 0x04U, rt_read32(DEVICE_AT) + 1U); // RTCMR
    bool rang = rt_wait_change(&alarms, 0, 5U * RT_READ(cntfrq_el0));
    rt_expect_begin();
    (void)rt_read32(DEVICE_AT + 0x1000U);
    rt_printf("@DEVICE id %x alarm %u behind %u\n", id, rang ? 1U : 0U,
              rt_expect_end() != 0 ? 1U : 0U);
}

// Performance monitors, with a counter that nobody may touch and one of cycles. What is counted
// over sleep is somebody else's when another domain runs then.
static uint64_t pmu_on(uint64_t value) {
    RT_WRITE(pmselr_el0, 0);
    __asm__ volatile("isb");
    RT_WRITE(pmxevcntr_el0, value);
    RT_WRITE(pmccfiltr_el0, 0);
    RT_WRITE(pmcntenset_el0, 1U << 31);
    RT_WRITE(pmcr_el0, 0x41U); // LC, E
    __asm__ volatile("isb");
    return RT_READ(id_aa64dfr0_el1) >> 8 & 15U;
}

static void pmu(void) {
    uint64_t version = pmu_on(0x1234U), slept = 0, counted = 0, start = RT_READ(pmccntr_el0);
    for (uint32_t i = 0; i < 5U; i++) {
        uint64_t t = rt_now(), c = RT_READ(pmccntr_el0);
        rt_sleep(20);
        slept += rt_now() - t;
        counted += RT_READ(pmccntr_el0) - c;
    }
    rt_printf("@PMU version %lu event %lx runs %u counted %lu of %lu\n", version,
              RT_READ(pmxevcntr_el0), RT_READ(pmccntr_el0) > start ? 1U : 0U, counted,
              slept * 1000U / (RT_READ(cntfrq_el0) / 1000000U));
}

static void spin(void) {
    (void)pmu_on(0x5678U);
    for (;;) {
        (void)rt_now();
    }
}

static void stay(void) {
    for (;;) {
        rt_wfi();
    }
}

// Lives that end each in its own way until so many are over. What one life leaves behind must not
// be seen by the next; what it has of EL2's goes back.
static void victim(void) {
    volatile uint64_t *w = words(SHARED_A);
    volatile uint64_t *mark = words(rt_platform.ram_base + rt_platform.ram_size - 8U);
    while (w[1] == 0) { // how many, as Dom0 says
        rt_yield();
    }
    uint64_t life = ++w[0];
    struct evtchn_bind_ipi bind = {.vcpu = 0};
    w[2] += *mark != 0 || !events_open() || shared.evtchn_pending[0] != 0;
    *mark = 0x5a5a5a5aU;
    w[2] += rt_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (uintptr_t)&bind, 0, 0,
                         0) != 0 ||
            bind.port != 1U;
    rt_gic_enable(rt_platform.irq_vtimer);
    RT_WRITE(cntv_tval_el0, 1000U);
    RT_WRITE(cntv_ctl_el0, 1U);
    if (life <= 3U) {
        rt_printf("@LIFE %lu\n", life);
    }
    w[3] = life;
    while (life == 2U && w[4] == 0) { // until Dom0 has looked
        rt_yield();
    }
    if (life == w[1]) {
        (void)send(PORT_A);
        stay();
    }
    if (life % 3U == 0) {
        (void)rt_hvc(0x84000009U, 0, 0, 0); // PSCI SYSTEM_RESET
    }
    struct sched_shutdown arg = {.reason = life % 3U == 1U ? SHUTDOWN_crash : SHUTDOWN_reboot};
    (void)rt_hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&arg, 0, 0, 0);
}

// What those write that say how often they began: by their number, in what they all share.
static uint64_t begin_life(uint64_t number) {
    uint64_t life = ++words(SHARED_A)[number];
    rt_printf("@LIFE %lu of %lu\n", life, number);
    return life;
}

// In each life it stands still, which its watchdog ends.
static void watched(void) {
    struct sched_watchdog dog = {.id = 0, .timeout = 1};
    (void)begin_life(second_word());
    if (rt_sched(SCHEDOP_watchdog, &dog) < 1) {
        rt_printf("@WATCHED has no watchdog\n");
    }
    for (;;) {
        rt_yield();
    }
}

// Of a group: the first life of member 1 ends when the others have begun.
static void member(void) {
    volatile uint64_t *w = words(SHARED_A);
    uint64_t number = second_word();
    if (begin_life(number) > 1U || number != 1U) {
        stay();
    }
    while (w[2] == 0 || w[3] == 0) {
        rt_yield();
    }
    rt_shutdown(SHUTDOWN_crash);
}

static uint64_t hvm_param(uint32_t index) {
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = index};
    (void)rt_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&p, 0, 0, 0);
    return p.value;
}

// With Xenstore's port in each life, on which Dom0 calls; three lives.
static void stored(void) {
    uint32_t port = (uint32_t)hvm_param(HVM_PARAM_STORE_EVTCHN);
    bool none = hvm_param(HVM_PARAM_STORE_PFN) == ~0ULL;
    (void)events_open();
    uint64_t life = begin_life(0);
    wait(port);
    rt_printf("@STORED life %lu port %u ring %s\n", life, port, none ? "none" : "old");
    if (life == 3U) {
        words(SHARED_A)[1] = 1;
        stay();
    }
    rt_shutdown(SHUTDOWN_crash);
}

// Dom0, as Xenstore does: it binds to the port of each life.
static void store(void) {
    volatile uint64_t *w = words(SHARED_DOM0);
    uint64_t bad = 0;
    for (uint64_t life = 1; life <= 3U; life++) {
        struct evtchn_bind_interdomain bind = {.remote_dom = 1, .remote_port = 1};
        while (w[0] != life) {
            rt_yield();
        }
        bad += rt_evtchn(EVTCHNOP_bind_interdomain, &bind) != 0 || send(bind.local_port) != 0;
    }
    while (w[1] == 0) {
        rt_yield();
    }
    rt_printf("@STORE 3 lives, %lu bad\n", bad);
}

// --- a virtio disk (legacy interface) whose requests take seconds ------------------------------

#define DISKS 0x0a003000ULL // eight transports
#define REQUESTS 12U
#define RING_SIZE 64U
#define SECTOR 512U

struct virtio_desc {
    uint64_t address;
    uint32_t size;
    uint16_t flags, next;
};

// As the interface has it: descriptors, what is asked for, and in the next page what is done.
struct disk_ring {
    struct virtio_desc desc[RING_SIZE];
    uint16_t flags, asked, ring[RING_SIZE];
    uint8_t pad[4096 - 16 * RING_SIZE - 4 - 2 * RING_SIZE];
    volatile uint16_t done_flags, done;
    uint8_t pad2[4092];
    uint8_t data[REQUESTS][SECTOR];
    struct {
        uint32_t type, reserved;
        uint64_t sector;
        uint8_t status, pad[15];
    } head[REQUESTS];
};

static uint64_t find_disk(void) {
    for (uint64_t at = DISKS; at < DISKS + 4096U; at += 512U) {
        if (rt_read32(at + 8U) == 2U) { // DeviceID
            return at;
        }
    }
    return 0;
}

static void ask(struct disk_ring *r, uint64_t disk) {
    for (uint16_t i = 0; i < REQUESTS; i++) {
        struct virtio_desc *d = &r->desc[3U * i];
        r->head[i].sector = 8U * i; // neighbours would become one request
        d[0] = (struct virtio_desc){(uintptr_t)&r->head[i], 16, 1, (uint16_t)(3U * i + 1U)};
        d[1] = (struct virtio_desc){(uintptr_t)r->data[i], SECTOR, 3, (uint16_t)(3U * i + 2U)};
        d[2] = (struct virtio_desc){(uintptr_t)&r->head[i].status, 1, 2, 0};
        r->ring[i] = (uint16_t)(3U * i);
    }
    r->asked = REQUESTS;
    rt_write32(disk + 0x70U, 0); // Status: 1 acknowledge, 2 driver, 4 driver ok
    rt_write32(disk + 0x70U, 3);
    rt_write32(disk + 0x20U, 0);    // GuestFeatures
    rt_write32(disk + 0x28U, 4096); // GuestPageSize
    rt_write32(disk + 0x30U, 0);    // QueueSel
    rt_write32(disk + 0x38U, RING_SIZE);
    rt_write32(disk + 0x3cU, 4096); // QueueAlign
    rt_write32(disk + 0x40U, (uint32_t)((uintptr_t)r >> 12));
    rt_write32(disk + 0x70U, 7);
    rt_dsb();
    rt_write32(disk + 0x50U, 0); // QueueNotify
}

// The first life leaves requests behind; the second sees what is written to its memory.
static void disk(void) {
    struct disk_ring *r =
        (struct disk_ring *)(uintptr_t)(rt_platform.ram_base + rt_platform.ram_size - 0x10000U);
    uint64_t at = find_disk(), written = 0, end = rt_now() + 5U * RT_READ(cntfrq_el0);
    if (at == 0) {
        rt_printf("@DISK is not there\n");
        return;
    }
    if (begin_life(0) == 1U) {
        ask(r, at);
        while (r->done == 0) {
            rt_yield();
        }
        rt_printf("@DISK life 1: %u of %u requests done\n", r->done, REQUESTS);
        rt_shutdown(SHUTDOWN_crash);
    }
    while (written == 0 && rt_now() < end) {
        rt_yield();
        for (uint32_t i = 0; i < sizeof(*r); i++) {
            written += ((volatile uint8_t *)r)[i] != 0 ? 1U : 0U;
        }
    }
    rt_printf("@DISK life 2: %s\n",
              written != 0 ? "memory is written to" : "memory stays as it is");
}

static uint64_t free_pages(void) {
    static struct xen_sysctl op;
    op.cmd = XEN_SYSCTL_physinfo;
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    (void)rt_hypercall(__HYPERVISOR_sysctl, (uintptr_t)&op, 0, 0, 0, 0);
    return op.u.physinfo.free_pages;
}

// Dom0 beside a `victim`: an event tells of each life, and what is free does not become less.
static void watch(void) {
    volatile uint64_t *w = words(SHARED_DOM0);
    uint64_t seen = 0, first = 0;
    (void)events_open();
    w[1] = second_word();
    while (w[0] < 1U || w[0] < w[1]) {
        wait(PORT_B);
        seen++;
        while (first == 0) { // of the second life; it waits
            first = w[3] == 2U ? free_pages() : 0;
            w[4] = first != 0 ? 1U : 0U;
            rt_yield();
        }
    }
    while (w[3] != w[1]) {
        rt_yield();
    }
    rt_printf("@WATCH lives %lu told %lu bad %lu free %lu %lu\n", w[0], seen, w[2], first,
              free_pages());
}

static const struct {
    const char *word;
    void (*fn)(void);
} roles[] = {
    {"dump", dump},       {"ping", ping},     {"pong", pong},     {"device", device},
    {"share", share},     {"pmu", pmu},       {"spin", spin},     {"watch", watch},
    {"watched", watched}, {"member", member}, {"stored", stored}, {"store", store},
    {"disk", disk},       {"stay", stay}, // a Dom0 that ends is the machine's end
};

void rt_main(void) {
    if (word_is("victim")) {
        victim();
        return;
    }
    if (word_is("crash")) {
        rt_shutdown(SHUTDOWN_crash);
    }
    rt_printf("@HELLO %s ram %lx+%lx cpus %u gic %u at %lx evtchn %u image %lx\n",
              rt_platform.bootargs, rt_platform.ram_base, rt_platform.ram_size, rt_platform.nr_cpus,
              rt_platform.gic_version, rt_platform.gicd, rt_platform.irq_evtchn,
              (uint64_t)(uintptr_t)image_start);
    for (uint32_t i = 0; i < RT_NR(roles); i++) {
        if (word_is(roles[i].word)) {
            roles[i].fn();
        }
    }
    rt_printf("@END %s\n", rt_platform.bootargs);
}
