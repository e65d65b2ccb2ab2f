// SPDX-License-Identifier: Apache-2.0
// The console (core/console.h): a ring of text, written by log.c and by Dom0, that the UART is fed
// from, while it has room, then by its interrupt; and a ring of our own lines alone, the log that
// tools read. Input goes to Dom0 or to the debug keys. Owns LOCK_CONSOLE; every function takes it
// itself. Worst case: a line copied and PUMP_MAX bytes handed to the UART. Only boot with
// `sync_console` and a panic wait for the device.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vuart.h>
#include <core/console.h>
#include <core/domain.h>
#include <core/lock.h>
#include <core/options.h>
#include <core/percpu.h>
#include <core/timer.h>
#include <core/upcall.h>
#include <drivers/uart.h>
#include <lib/format.h>
#include <lib/string.h>

#define RING_SIZE 65536u // a power of two
#define INPUT_SIZE 256u
#define PUMP_MAX 128u // bytes to the UART a call, once its interrupt comes
#define RX_MAX 64u    // bytes from the UART an interrupt: more than any FIFO here
#define SWITCH_KEY 0x01
#define SWITCH_COUNT 3
#define TO_HYPERVISOR DOMID_INVALID
#define PREFIX_MAX 20
#define POLL_NS 10000000ULL
#define STUCK_NS 500000000ULL // a UART that takes nothing for so long is given up

static spinlock_t lock = SPINLOCK_INIT(LOCK_CONSOLE);
static uint32_t panic_cpu; // CPU + 1 that alone may write, without the lock; 0 = none

// Under `lock`:
struct ring {
    uint64_t written; // all text ever; the last RING_SIZE bytes are there
    char text[RING_SIZE];
};
static struct ring out, lines; // for the UART; the log
static uint64_t sent;          // of `out`
static uint64_t cleared;       // of `lines`
static uint64_t lost;          // bytes that were never sent
static char input[INPUT_SIZE];
static uint32_t input_head, input_tail;
static struct uart uart; // ops NULL: none known
static bool fed;         // the UART is in use; without, nothing waits to be sent
static bool live;        // its interrupt has come: boot is over
static bool stuck;       // it took nothing when it was waited for: nobody waits again
static bool tx_irq;
static char last_sent;

// Of console_irq, which runs on one CPU at a time:
static unsigned switch_seen;
static uint32_t typed_to; // domid, or TO_HYPERVISOR

static struct timer poll_timer;
static void (*fallback)(void);

enum access { CLOSED, LOCKED, ALONE };

static enum access enter(void) NO_THREAD_SAFETY {
    uint32_t owner = load_acquire(&panic_cpu);
    if (likely(owner == 0)) {
        spin_lock(&lock);
        return LOCKED;
    }
    return owner == this_cpu()->id + 1 ? ALONE : CLOSED;
}

static void leave(enum access how) NO_THREAD_SAFETY {
    if (how == LOCKED)
        spin_unlock(&lock);
}

// Hands over at most `max` bytes while the UART has room; how many.
static uint32_t send_some(uint32_t max) {
    uint32_t n = 0;
    for (; sent < out.written && n < max && uart.ops->tx_ready(uart.base); n++) {
        char c = out.text[sent % RING_SIZE];
        if (c == '\n' && last_sent != '\r')
            c = '\r';
        else
            sent++;
        uart.ops->tx(uart.base, (uint8_t)c);
        last_sent = c;
    }
    return n;
}

// Everything, waiting for the UART.
static void send_all(void) {
    uint64_t since = time_ns();
    while (sent < out.written && !stuck) {
        uint64_t now = time_ns();
        if (send_some(PUMP_MAX))
            since = now;
        stuck = now - since > STUCK_NS;
        cpu_relax();
    }
    send_some(UINT32_MAX);
}

static void pump(void) {
    if (!fed)
        return;
    if (load_relaxed(&panic_cpu) || (options.sync_console && !live))
        send_all();
    else
        send_some(live ? PUMP_MAX : UINT32_MAX);
    bool more = sent < out.written;
    if (more != tx_irq && !load_relaxed(&panic_cpu)) {
        tx_irq = more;
        uart.ops->irq_enable(uart.base, true, more);
    }
}

// The oldest text gives way. len <= RING_SIZE.
static void append(struct ring *r, const char *text, size_t len) {
    size_t at = (size_t)(r->written % RING_SIZE), first = MIN(len, RING_SIZE - at);
    memcpy(r->text + at, text, first);
    memcpy(r->text, text + first, len - first);
    r->written += len;
}

static void transmit(const char *text, size_t len) {
    append(&out, text, len);
    if (out.written - sent > RING_SIZE) {
        if (fed)
            lost += out.written - RING_SIZE - sent;
        sent = out.written - RING_SIZE;
    }
}

// A log line begins a line, whatever Dom0 was writing.
static void put_line(const char *text, size_t len) {
    if (out.written > 0 && out.text[(out.written - 1) % RING_SIZE] != '\n')
        transmit("\n", 1);
    transmit(text, len);
    append(&lines, text, len);
}

static void tell_lost(void) {
    char note[64];
    int len;
    if (lost == 0 || out.written - sent > RING_SIZE / 2)
        return;
    len = format_to(note, sizeof(note), "(CFD) console: %llu bytes were not shown\n",
                    (unsigned long long)lost);
    put_line(note, (size_t)len);
    lost = 0;
}

void console_init(const struct uart *u) {
    enum access how = enter();
    uart = *u;
    uart.ops->init(uart.base, uart.reg_shift, uart.io_width);
    fed = load_relaxed(&panic_cpu) || strcmp(options.console, "none") != 0;
    uart.ops->irq_enable(uart.base, fed, false);
    pump();
    leave(how);
}

static bool write_if_room(const char *text, size_t len, bool line) {
    enum access how = enter();
    bool room;
    if (how == CLOSED)
        return true; // the machine goes down
    if (fed && len >= RING_SIZE - (out.written - sent))
        pump();
    room = len + line <= (fed ? RING_SIZE - (out.written - sent) : RING_SIZE);
    if (room) {
        if (line)
            put_line(text, len);
        else
            transmit(text, len);
        pump();
    }
    leave(how);
    return room;
}

bool console_write(const char *text, size_t len) { return write_if_room(text, len, false); }

void console_log(const char *text, size_t len) {
    enum access how = enter();
    if (how == CLOSED)
        return;
    tell_lost();
    put_line(text, len);
    pump();
    leave(how);
}

size_t console_read(char *buf, size_t len) {
    size_t n = 0;
    enum access how = enter();
    for (; how != CLOSED && n < len && input_tail != input_head; n++)
        buf[n] = input[input_tail++ % INPUT_SIZE];
    leave(how);
    return n;
}

size_t console_log_read(uint64_t *pos, char *buf, size_t len) {
    enum access how = enter();
    uint64_t end = lines.written, oldest = end > RING_SIZE ? end - RING_SIZE : 0;
    *pos = MAX(*pos, MAX(oldest, cleared));
    size_t n = *pos < end ? (size_t)MIN((uint64_t)len, end - *pos) : 0;
    size_t at = (size_t)(*pos % RING_SIZE), first = MIN(n, RING_SIZE - at);
    memcpy(buf, lines.text + at, first);
    memcpy(buf + first, lines.text, n - first);
    *pos += n;
    leave(how);
    return n;
}

void console_log_forget(uint64_t pos) {
    enum access how = enter();
    cleared = MAX(cleared, MIN(pos, lines.written));
    leave(how);
}

uint64_t console_log_position(uint32_t low) {
    enum access how = enter();
    uint64_t end = lines.written;
    leave(how);
    return end - (uint32_t)((uint32_t)end - low);
}

// What does not fit is gone, as with any UART.
static void give(char c) {
    struct domain *d = typed_to ? domain_get((domid_t)typed_to) : NULL;
    if (d && vuart_is_console(d))
        vuart_type(d, c);
    if (typed_to)
        return;
    enum access how = enter();
    if (how != CLOSED && input_head - input_tail < INPUT_SIZE)
        input[input_head++ % INPUT_SIZE] = c;
    leave(how);
}

// Round: Dom0, the domains whose UART is here, the hypervisor.
static uint32_t next_typed_to(void) {
    struct domain *d = typed_to == TO_HYPERVISOR ? NULL : domain_next(typed_to + 1);
    while (d && !vuart_is_console(d))
        d = domain_next(d->id + 1U);
    return d ? d->id : typed_to == TO_HYPERVISOR ? 0 : TO_HYPERVISOR;
}

static void switch_input(void) {
    char note[96], name[16] = "Cofferdam";
    uint32_t to = next_typed_to();
    int len;
    store_relaxed(&typed_to, to);
    if (to != TO_HYPERVISOR)
        format_to(name, sizeof(name), to ? "DOM%u" : "Dom0", to);
    len =
        format_to(note, sizeof(note), "(CFD) *** Input goes to %s%s; Ctrl-a three times switches\n",
                  name, to == TO_HYPERVISOR ? ": 'h' lists the keys" : "");
    console_log(note, (size_t)len);
}

bool guest_console_is_chosen(const struct domain *d) { return load_relaxed(&typed_to) == d->id; }

// Printable, so that a guest cannot fake other lines; raw for the one that is typed to.
bool guest_console_write(struct domain *d, const char *text, size_t len) {
    char line[PREFIX_MAX + GUEST_LINE_MAX + 1];
    if (guest_console_is_chosen(d))
        return console_write(text, len);
    int n = format_to(line, sizeof(line), "(CFD) DOM%u: ", d->id);
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\t' || (text[i] >= ' ' && text[i] <= '~'))
            line[n++] = text[i];
    line[n++] = '\n';
    return write_if_room(line, (size_t)n, true);
}

// A switch key is held back until it is clear that it is not one of three; true: Dom0 got
// something.
static bool take_key(char c) {
    unsigned held = switch_seen;
    if (c == SWITCH_KEY) {
        if (++switch_seen == SWITCH_COUNT) {
            switch_seen = 0;
            switch_input();
        }
        return false;
    }
    switch_seen = 0;
    if (typed_to == TO_HYPERVISOR) {
        debugkey_handle(c);
        return false;
    }
    while (held-- > 0)
        give(SWITCH_KEY);
    give(c);
    return typed_to == 0;
}

static void serve(void) {
    char keys[RX_MAX];
    unsigned n = 0;
    bool typed = false;
    enum access how = enter();
    if (how == LOCKED && fed) {
        live = true;
        uart.ops->irq_ack(uart.base);
        for (int c; n < RX_MAX && (c = uart.ops->rx(uart.base)) >= 0; n++)
            keys[n] = (char)c;
        pump();
    }
    leave(how);
    for (unsigned i = 0; i < n; i++)
        typed |= take_key(keys[i]);
    if (typed && dom0)
        evtchn_raise_global_virq(dom0, VIRQ_CONSOLE);
}

void console_irq(uint32_t irq, void *arg) {
    (void)irq;
    (void)arg;
    serve();
}

static void poll(void *arg) {
    (void)arg;
    serve();
    timer_set(&poll_timer, time_ns() + POLL_NS);
}

void console_start_polling(void) {
    timer_init(&poll_timer, poll, NULL);
    timer_set(&poll_timer, time_ns() + POLL_NS);
}

void console_set_fallback(void (*open_console)(void)) { fallback = open_console; }

void console_panic_mode(void) {
    uint32_t none = 0;
    void (*late)(void) = fallback;
    (void)!atomic_cas(&panic_cpu, &none, this_cpu()->id + 1);
    if (load_acquire(&panic_cpu) != this_cpu()->id + 1)
        return;
    fallback = NULL;
    if (!uart.ops && late)
        late();
    if (!uart.ops)
        return;
    fed = true;
    uart.ops->irq_enable(uart.base, false, false);
    pump();
}
