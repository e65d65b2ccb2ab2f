// SPDX-License-Identifier: Apache-2.0
// The emulated UART against a console ring whose far end is the test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <arch/vgic.h>
#include <arch/vuart.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/upcall.h>
#include <xen/io/console.h>

#include <cmocka.h> // last: its fail() is a macro

enum { DR = 0, FR = 0x18, IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44 };

static struct domain dom;
static struct vcpu vcpu;
static _Alignas(4096) union {
    struct xencons_interface ring;
    uint8_t page[4096];
} ring;
static struct page frame;
static struct mmio_range range;
static struct percpu cpu;
static unsigned injected, lowered, sent;
static bool have_ram, have_port;

_Thread_local struct percpu *fake_cpu;
void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}
int mmio_add(struct domain *d, struct mmio_range r) {
    (void)d;
    range = r;
    return 0;
}
struct page *p2m_get_frame(struct domain *d, gfn_t gfn, bool write, mfn_t *mfn) {
    (void)d;
    (void)gfn;
    (void)write;
    (void)mfn;
    frame.refs += have_ram;
    return have_ram ? &frame : NULL;
}
mfn_t page_mfn(const struct page *p) {
    (void)p;
    return mfn_of(7);
}
struct page *page_of(mfn_t m) {
    (void)m;
    return &frame;
}
void page_put(struct page *p) { p->refs--; }
void *map_pinned(mfn_t m) {
    (void)m;
    return &ring;
}
void unmap_pinned(void *va) { (void)va; }
int evtchn_alloc_for_hyp(struct domain *d, domid_t remote, port_t *port) {
    (void)d;
    *port = 5;
    return have_port && remote == 0 ? 0 : -ENOSPC;
}
int64_t evtchn_send(struct domain *d, port_t port) {
    assert_ptr_equal(d, &dom);
    assert_int_equal(port, 5);
    sent++;
    return 0;
}
void vgic_inject(struct vcpu *v, virq_t irq) {
    assert_ptr_equal(v, &vcpu);
    assert_int_equal(irq, GUEST_VPL011_SPI);
    injected++;
}
void vgic_lower(struct vcpu *v, virq_t irq) {
    (void)v;
    (void)irq;
    lowered++;
}

static char shown[4096];
static unsigned shows;
static bool chosen, no_room;
bool guest_console_is_chosen(const struct domain *d) { return chosen && d == &dom; }
bool guest_console_write(struct domain *d, const char *text, size_t len) {
    assert_ptr_equal(d, &dom);
    if (no_room)
        return false;
    strncat(shown, text, len);
    shows++;
    return true;
}
void *domain_page_get(struct domain *d) {
    (void)d;
    return have_ram ? &ring : NULL;
}

static int setup(void **state) {
    port_t port;
    memset(&dom, 0, sizeof(dom));
    memset(&ring, 0, sizeof(ring));
    memset(&frame, 0, sizeof(frame));
    injected = lowered = sent = 0;
    have_ram = have_port = true;
    fake_cpu = &cpu;
    vcpu.domain = &dom;
    dom.vcpu[0] = &vcpu;
    dom.nr_vcpus = 1;
    dom.arch.vgic.nr_irqs = 33;
    return vuart_create(&dom, gfn_of(0x39003), 0, &port) || port != 5;
}

static uint32_t get(uint64_t offset) {
    uint64_t value = 0;
    assert_int_equal(range.read(&vcpu, offset, &value, 2, &range), TRAP_SKIP);
    return (uint32_t)value;
}

static void put(uint64_t offset, uint32_t value) {
    assert_int_equal(range.write(&vcpu, offset, value, 4, &range), TRAP_SKIP);
}

static void type(const char *text) {
    for (; *text; text++)
        ring.ring.in[ring.ring.in_prod++ % sizeof(ring.ring.in)] = *text;
    vuart_notified(&dom);
}

static void made_once(void **state) {
    port_t port;
    assert_int_equal(range.base, GUEST_PL011_BASE);
    assert_int_equal(vuart_create(&dom, gfn_of(1), 0, &port), -EINVAL);
    vuart_destroy(&dom);
    assert_int_equal(frame.refs, 0);
    vuart_notified(&dom); // too late: nothing happens
    have_ram = false;
    assert_int_equal(vuart_create(&dom, gfn_of(1), 0, &port), -EINVAL);
    have_ram = true;
    have_port = false;
    assert_int_equal(vuart_create(&dom, gfn_of(1), 0, &port), -ENOSPC);
    assert_int_equal(frame.refs, 0);
    dom.arch.vgic.nr_irqs = 32; // no interrupt for it
    have_port = true;
    assert_int_equal(vuart_create(&dom, gfn_of(1), 0, &port), -EINVAL);
}

static void characters_go_out(void **state) {
    assert_int_equal(get(FR), 0x90); // both FIFOs empty
    put(DR, 'h');
    put(DR, 'i' | 0xff00);
    assert_memory_equal(ring.ring.out, "hi", 2);
    assert_int_equal(ring.ring.out_prod, 2);
    assert_int_equal(sent, 2);
    for (unsigned i = 2; i < 2048; i++)
        put(DR, 'x');
    assert_int_equal(get(FR), 0x30); // full
    put(DR, '!');
    assert_int_equal(ring.ring.out_prod, 2048);
    assert_int_equal(sent, 2048);
    ring.ring.out_cons = 2048;
    assert_int_equal(get(FR), 0x90);
}

static void characters_come_in(void **state) {
    put(IMSC, 0x50); // receive and receive timeout
    assert_int_equal(injected, 0);
    type("ab");
    assert_int_equal(injected, 1);
    assert_int_equal(get(MIS), 0x40);
    assert_int_equal(get(FR) & 0x10, 0);
    assert_int_equal(get(DR), 'a');
    assert_int_equal(lowered, 0);
    type("c"); // news while the line is up: shown again
    assert_int_equal(injected, 2);
    assert_int_equal(get(DR), 'b');
    assert_int_equal(get(DR), 'c');
    assert_int_equal(lowered, 1);
    assert_int_equal(get(DR), 0);
    assert_int_equal(get(FR) & 0x10, 0x10);
    assert_true(sent >= 3); // the backend hears of the room
    char much[601];
    memset(much, 'm', 600);
    much[600] = 0;
    type(much);
    assert_int_equal(get(RIS) & 0x50, 0x50);
}

static void interrupts_follow_the_mask(void **state) {
    assert_int_equal(get(RIS), 0x20); // room to send
    put(IMSC, 0x20);
    assert_int_equal(injected, 1);
    put(ICR, 0x7ff);
    assert_int_equal(lowered, 1);
    assert_int_equal(get(MIS), 0);
    put(DR, 'x'); // there is room again after it
    assert_int_equal(injected, 2);
    put(IMSC, 0);
    assert_int_equal(lowered, 2);
    assert_int_equal(get(IMSC), 0);
}

// Ring indices are anybody's: never outside the ring, never more than it holds.
static void wild_indices(void **state) {
    static const uint32_t wild[] = {0, 1, 1023, 1024, 2048, 4097, 1U << 31, ~0U};
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < 8; k++) {
            ring.ring.in_prod = ring.ring.out_prod = wild[i];
            ring.ring.in_cons = ring.ring.out_cons = wild[k];
            memset(ring.page + sizeof(ring.ring), 0x77, 4096 - sizeof(ring.ring));
            get(DR);
            put(DR, 'x');
            get(FR);
            vuart_notified(&dom);
            for (size_t b = sizeof(ring.ring); b < 4096; b++)
                assert_int_equal(ring.page[b], 0x77);
        }
    }
    uint64_t value = 0;
    assert_int_equal(range.read(&vcpu, 0, &value, 8, &range), TRAP_INJECT);
    assert_int_equal(range.write(&vcpu, 0, 'x', 8, &range), TRAP_INJECT);
    assert_int_equal(range.read(&vcpu, 2, &value, 2, &range), TRAP_INJECT);
    assert_int_equal(get(0x30) + get(0xfe0), 0); // not of the SBSA
}

static int setup_console(void **state) {
    int err = setup(state);
    memset(&dom.arch.vuart, 0, sizeof(dom.arch.vuart));
    shown[0] = 0;
    shows = 0;
    chosen = no_room = false;
    return err || vuart_create_console(&dom, ipa_of(0x9000000), GUEST_VPL011_SPI);
}

static void lines_go_to_the_console(void **state) {
    assert_int_equal(range.base, 0x9000000);
    assert_true(vuart_is_console(&dom));
    assert_int_equal(vuart_create_console(&dom, ipa_of(0), 32), -EINVAL);
    for (const char *c = "one\ntwo"; *c; c++) {
        get(FR);
        put(DR, (uint8_t)*c);
    }
    assert_string_equal(shown, "one\n");
    no_room = true;
    put(DR, '\n');
    put(DR, '3');
    assert_int_equal(shows, 1);
    no_room = false;
    get(FR); // it looks again: what waited comes, in its lines
    assert_string_equal(shown, "one\ntwo\n");
    get(FR);
    assert_string_equal(shown, "one\ntwo\n3");
    shown[0] = 0;
    for (unsigned i = 0; i < 130; i++)
        put(DR, 'x');
    assert_int_equal(strlen(shown), 128); // a long one in parts
    chosen = true;
    put(DR, '#');
    assert_int_equal(strlen(shown), 131); // at once
    assert_int_equal(sent, 0);
}

static void a_full_console_fills_the_fifo(void **state) {
    no_room = true;
    for (unsigned i = 0; i < 2100; i++)
        put(DR, '\n');
    assert_int_equal(get(FR) & 0x20, 0x20);
    no_room = false;
    for (unsigned i = 0; i < 2048; i++)
        get(FR);
    assert_int_equal(shows, 2048);
    assert_int_equal(get(FR), 0x90);
}

static void typed_characters_come_in(void **state) {
    put(IMSC, 0x50);
    vuart_type(&dom, 'k');
    assert_int_equal(injected, 1);
    assert_int_equal(get(DR), 'k');
    for (unsigned i = 0; i < 2000; i++)
        vuart_type(&dom, 'm');
    assert_int_equal(ring.ring.in_prod - ring.ring.in_cons, 1024); // the rest is gone
    vuart_destroy(&dom);
    assert_int_equal(frame.refs, 1); // setup's: this ring was never pinned
}

int main(void) {
#define T(f) cmocka_unit_test_setup(f, setup)
#define C(f) cmocka_unit_test_setup(f, setup_console)
    const struct CMUnitTest tests[] = {T(made_once),
                                       T(characters_go_out),
                                       T(characters_come_in),
                                       T(interrupts_follow_the_mask),
                                       T(wild_indices),
                                       C(lines_go_to_the_console),
                                       C(a_full_console_fills_the_fifo),
                                       C(typed_characters_come_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
