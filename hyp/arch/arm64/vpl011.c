// SPDX-License-Identifier: Apache-2.0
// The emulated UART: the registers of a PL011 that the SBSA keeps, FIFOs of the size of the console
// ring. Ring indices are the guest's and the backend's to write, so every one is read once and
// masked. Entered from abort.c, no lock held, from the backend's notification and for what is
// typed. Owns LOCK_VUART. Worst case: a line of GUEST_LINE_MAX characters to the console.
#include <arch/vgic.h>
#include <arch/vuart.h>
#include <arm64/mmio.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/upcall.h>
#include <xen/io/console.h>

enum {
    UARTDR = 0x00,
    UARTFR = 0x18,
    UARTIMSC = 0x38,
    UARTRIS = 0x3c,
    UARTMIS = 0x40,
    UARTICR = 0x44,
};

#define FR_RXFE (1U << 4)
#define FR_TXFF (1U << 5)
#define FR_RXFF (1U << 6)
#define FR_TXFE (1U << 7)
#define INT_RX (1U << 4)
#define INT_TX (1U << 5)
#define INT_RT (1U << 6) // something was received, however little

#define IN_SIZE sizeof(((struct xencons_interface *)0)->in)
#define OUT_SIZE sizeof(((struct xencons_interface *)0)->out)

static struct xencons_interface *ring_of(const struct vuart *u) { return u->ring.va; }

// Bytes in a ring; indices that make no sense count as full.
static uint32_t used(const uint32_t *prod, const uint32_t *cons, size_t size) {
    uint32_t n = load_acquire(prod) - load_relaxed(cons);
    return n > size ? (uint32_t)size : n;
}

static uint32_t in_used(const struct vuart *u) {
    const struct xencons_interface *r = ring_of(u);
    return used(&r->in_prod, &r->in_cons, IN_SIZE);
}

static uint32_t out_used(const struct vuart *u) {
    const struct xencons_interface *r = ring_of(u);
    return used(&r->out_prod, &r->out_cons, OUT_SIZE);
}

static uint32_t raw_status(const struct vuart *u) {
    uint32_t in = in_used(u), status = 0;
    if (in)
        status |= INT_RT;
    if (in > IN_SIZE / 2)
        status |= INT_RX;
    if (out_used(u) <= OUT_SIZE / 2)
        status |= INT_TX;
    return status & ~u->cleared;
}

static uint32_t flags(const struct vuart *u) {
    uint32_t in = in_used(u), out = out_used(u), f = 0;
    f |= in == 0 ? FR_RXFE : 0;
    f |= in == IN_SIZE ? FR_RXFF : 0;
    f |= out == 0 ? FR_TXFE : 0;
    f |= out == OUT_SIZE ? FR_TXFF : 0;
    return f;
}

// The line follows status and mask. `news`: an asserted one is shown again, should the guest have
// ended its interrupt meanwhile.
static void update_line(struct domain *d, struct vuart *u, bool news) REQUIRES(&u->lock) {
    bool line = (raw_status(u) & u->mask) != 0;
    if (line && (news || !u->line))
        vgic_inject(d->vcpu[0], u->irq);
    else if (!line && u->line)
        vgic_lower(d->vcpu[0], u->irq);
    u->line = line;
}

// The ring is EL2's own here. A line goes out when it ends, or is long; what the console has no
// room for stays in the FIFO until the guest looks at it again.
static void show_line(struct domain *d, struct vuart *u) REQUIRES(&u->lock) {
    struct xencons_interface *r = ring_of(u);
    char line[GUEST_LINE_MAX];
    uint32_t used_now = out_used(u), n = 0;
    while (n < MIN(used_now, (uint32_t)GUEST_LINE_MAX) && (n == 0 || line[n - 1] != '\n')) {
        line[n] = r->out[(r->out_cons + n) % OUT_SIZE];
        n++;
    }
    if (n == 0 || !guest_console_write(d, line, n))
        return;
    r->out_cons += n;
    u->due = used_now != n;
}

static uint32_t receive(struct vuart *u) {
    struct xencons_interface *r = ring_of(u);
    if (in_used(u) == 0)
        return 0;
    uint32_t cons = load_relaxed(&r->in_cons);
    uint8_t c = (uint8_t)load_relaxed(&r->in[cons % IN_SIZE]);
    store_release(&r->in_cons, cons + 1);
    return c;
}

// True: taken, the backend is to be told. A full FIFO loses the character, as a UART does.
static bool transmit(struct vuart *u, uint8_t c) {
    struct xencons_interface *r = ring_of(u);
    if (out_used(u) == OUT_SIZE)
        return false;
    uint32_t prod = load_relaxed(&r->out_prod);
    store_relaxed(&r->out[prod % OUT_SIZE], (char)c);
    store_release(&r->out_prod, prod + 1);
    return true;
}

static uint64_t read_register(struct vuart *u, uint64_t offset, bool *tell) {
    switch (offset) {
    case UARTDR:
        *tell = true; // there is room again
        return receive(u);
    case UARTFR:
        return flags(u);
    case UARTIMSC:
        return u->mask;
    case UARTRIS:
        return raw_status(u);
    case UARTMIS:
        return raw_status(u) & u->mask;
    default:
        return 0;
    }
}

static void write_register(struct vuart *u, uint64_t offset, uint32_t value, bool *tell) {
    switch (offset) {
    case UARTDR:
        u->cleared &= ~INT_TX;
        *tell = transmit(u, (uint8_t)value);
        break;
    case UARTIMSC:
        u->mask = value & 0x7ff;
        break;
    case UARTICR:
        u->cleared |= value & (INT_RX | INT_TX | INT_RT);
        break;
    default:
        break;
    }
}

static void leave(struct domain *d, struct vuart *u, bool tell) RELEASE(&u->lock) {
    if (u->due)
        show_line(d, u);
    update_line(d, u, false);
    spin_unlock(&u->lock);
    if (tell && !u->console)
        (void)!evtchn_send(d, u->port); // nobody bound: nobody to tell
}

static bool is_register(uint64_t offset, unsigned size) { return size <= 4 && !(offset & 3); }

static enum trap_result vpl011_read(struct vcpu *v, uint64_t offset, uint64_t *value, unsigned size,
                                    const struct mmio_range *r) {
    struct vuart *u = &v->domain->arch.vuart;
    bool tell = false;
    (void)r;
    if (!is_register(offset, size))
        return TRAP_INJECT;
    spin_lock(&u->lock);
    *value = read_register(u, offset, &tell);
    leave(v->domain, u, tell);
    return TRAP_SKIP;
}

static enum trap_result vpl011_write(struct vcpu *v, uint64_t offset, uint64_t value, unsigned size,
                                     const struct mmio_range *r) {
    struct vuart *u = &v->domain->arch.vuart;
    bool tell = false;
    (void)r;
    if (!is_register(offset, size))
        return TRAP_INJECT;
    spin_lock(&u->lock);
    write_register(u, offset, (uint32_t)value, &tell);
    if (u->console && offset == UARTDR)
        u->due |= (uint8_t)value == '\n' || out_used(u) >= GUEST_LINE_MAX ||
                  guest_console_is_chosen(v->domain);
    leave(v->domain, u, tell);
    return TRAP_SKIP;
}

static int add_registers(struct domain *d, ipa_t base) {
    return mmio_add(d, (struct mmio_range){base.v, GUEST_PL011_SIZE, vpl011_read, vpl011_write, 0});
}

void vuart_notified(struct domain *d) {
    struct vuart *u = &d->arch.vuart;
    spin_lock(&u->lock);
    if (u->ring.va) {
        u->cleared = 0;
        update_line(d, u, true);
    }
    spin_unlock(&u->lock);
}

int vuart_create(struct domain *d, gfn_t ring, domid_t backend, port_t *port) {
    struct vuart *u = &d->arch.vuart;
    if (u->ring.va || d->arch.vgic.nr_irqs <= GUEST_VPL011_SPI || d->nr_vcpus == 0)
        return fail(-EINVAL);
    int err = pin_frame(d, ring, &u->ring);
    if (err)
        return err;
    spin_lock_init(&u->lock, LOCK_VUART);
    u->irq = GUEST_VPL011_SPI;
    err = evtchn_alloc_for_hyp(d, backend, port);
    u->port = *port;
    if (!err)
        err = add_registers(d, ipa_of(GUEST_PL011_BASE));
    if (err)
        unpin_frame(&u->ring);
    return err;
}

int vuart_create_console(struct domain *d, ipa_t base, virq_t irq) {
    struct vuart *u = &d->arch.vuart;
    if (u->ring.va || d->arch.vgic.nr_irqs <= irq)
        return fail(-EINVAL);
    spin_lock_init(&u->lock, LOCK_VUART);
    u->console = true;
    u->base = base.v;
    u->irq = irq;
    u->ring.va = domain_page_get(d);
    return u->ring.va ? add_registers(d, base) : fail(-ENOMEM);
}

bool vuart_is_console(const struct domain *d) { return d->arch.vuart.console; }

void vuart_type(struct domain *d, char c) {
    struct vuart *u = &d->arch.vuart;
    struct xencons_interface *r = ring_of(u);
    spin_lock(&u->lock);
    if (in_used(u) < IN_SIZE) {
        r->in[r->in_prod++ % IN_SIZE] = c;
        u->cleared = 0;
        update_line(d, u, true);
    }
    spin_unlock(&u->lock);
}

// Its ring's page goes with the domain when it is EL2's own.
void vuart_destroy(struct domain *d) {
    if (!d->arch.vuart.console)
        unpin_frame(&d->arch.vuart.ring);
}

void vuart_reset(struct domain *d) {
    struct vuart *u = &d->arch.vuart;
    if (!u->console)
        return;
    spin_lock(&u->lock);
    if (out_used(u)) // the last words, without an end of line
        show_line(d, u);
    ring_of(u)->out_cons = ring_of(u)->out_prod;
    ring_of(u)->in_cons = ring_of(u)->in_prod;
    u->mask = u->cleared = 0;
    u->line = u->due = false;
    spin_unlock(&u->lock);
}
