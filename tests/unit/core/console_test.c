// SPDX-License-Identifier: Apache-2.0
// The console room (console.c, log.c, panic.c, debugkeys.c) over a fake UART that is never touched
// when it is not ready. Each test runs in a process of its own, since panics do not end and statics
// start afresh.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arch/cpu.h>
#include <arch/time.h>
#include <arch/vcpu.h>
#include <arch/vgic.h>
#include <arch/vuart.h>
#include <core/build.h>
#include <core/console.h>
#include <core/domain.h>
#include <core/irq.h>
#include <core/log.h>
#include <core/options.h>
#include <core/page.h>
#include <core/percpu.h>
#include <core/timer.h>
#include <core/upcall.h>
#include <drivers/uart.h>
#include <sched/sched.h>

#include <cmocka.h>

#define must(cond)                                                                                 \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                             \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

// What console.c calls.
struct options options = {.console = "dtuart"};
struct percpu percpus[NR_CPUS];
uint32_t nr_cpus = 2;
_Thread_local struct percpu *fake_cpu = &percpus[0];
struct domain *dom0;
const uint8_t build_id[] = {0xab, 0x01, 0xff};
const uint32_t build_id_len = 3;
const char build_version[] = "test";

static struct domain domain0, domain1 = {.id = 1};
static uint64_t now = 1;
static char wire[1 << 18];
static size_t wired;
static size_t room = SIZE_MAX; // bytes the UART takes now
static size_t room_per_look;   // and what each look at it adds
static const char *typed = "";
static bool rx_on, tx_on, reset_works;
static unsigned acks, inits, virqs, resets, stops, dumped;
static struct timer *armed;
static void (*at_halt)(void); // the last check of a test that ends in cpu_halt

void spin_lock(spinlock_t *l) { must(l->next++ == 0); }
void spin_unlock(spinlock_t *l) { must(--l->next == 0); }
uint64_t time_ns(void) { return now += 1000; }
void timer_set(struct timer *t, uint64_t deadline) {
    must(deadline > now);
    armed = t;
}
void evtchn_raise_global_virq(struct domain *d, uint32_t virq) {
    must(d == dom0 && virq == VIRQ_CONSOLE);
    virqs++;
}
void cpu_stop_others(void) { stops++; }
void cpu_halt(void) {
    must(at_halt);
    at_halt();
    _exit(0);
}
void cpu_dump_state(void) {
    log_error("registers");
    dumped++;
    if (dumped == 2)
        panic("fault while dumping");
}
void machine_reset(void) {
    resets++;
    if (reset_works)
        cpu_halt();
}
struct domain *domain_next(uint32_t from) {
    return from == 0 ? &domain0 : from == 1 ? &domain1 : NULL;
}
struct domain *domain_get(domid_t id) {
    return id == 1 ? &domain1 : NULL;
}
static bool has_uart; // domain 1
static char given[8];
static size_t givens;
bool vuart_is_console(const struct domain *d) { return has_uart && d == &domain1; }
void vuart_type(struct domain *d, char c) {
    must(d == &domain1);
    given[givens++ % sizeof(given)] = c;
}
bool evtchn_upcall_pending(struct vcpu *v) { return v != NULL; }
uint64_t arch_vcpu_exits(const struct vcpu *v, unsigned cause) {
    return cause == EXIT_IRQ ? 17 : cause == 0x16 ? 40 + v->id : 0;
}
void arch_vcpu_dump(struct vcpu *v) { log_notice("vcpu %u registers", v->id); }
void irq_dump(void) { log_info("irq_dump"); }
void vgic_dump(struct domain *d) { log_info("vgic_dump %u", d->id); }
void timer_dump(void) { log_info("timer_dump"); }
void sched_dump(void) { log_notice("sched_dump"); }
void evtchn_dump(struct domain *d) { log_notice("evtchn_dump %u", d->id); }
void pools_print(void) { log_info("pools_print"); }
uint64_t page_free_count(void) { return 25; }
uint64_t page_total_count(void) { return 100; }
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcpy(char *dst, const char *src, size_t size) {
    return (size_t)snprintf(dst, size, "%s", src);
}

static void uart_init(volatile void *base, uint32_t shift, uint32_t width) {
    must(base == wire && shift == 2 && width == 4);
    inits++;
}
static bool uart_tx_ready(volatile void *base) {
    room += room == SIZE_MAX ? 0 : room_per_look;
    now += room == 0 ? 1000000 : 0;
    return room > 0;
}
static void uart_tx(volatile void *base, uint8_t c) {
    must(room > 0 && wired < sizeof(wire) - 1);
    room -= room == SIZE_MAX ? 0 : 1;
    wire[wired++] = (char)c;
}
static int uart_rx(volatile void *base) { return *typed ? (uint8_t)*typed++ : -1; }
static void uart_ack(volatile void *base) { acks++; }
static void uart_enable(volatile void *base, bool rx, bool tx) {
    rx_on = rx;
    tx_on = tx;
}
static const struct uart_ops ops = {.init = uart_init,
                                    .tx_ready = uart_tx_ready,
                                    .tx = uart_tx,
                                    .rx = uart_rx,
                                    .irq_ack = uart_ack,
                                    .irq_enable = uart_enable};
static const struct uart uart = {.ops = &ops, .base = wire, .reg_shift = 2, .io_width = 4};

static void start(void) { console_init(&uart); }

static bool wire_is(const char *text) {
    bool same = wired == strlen(text) && !memcmp(wire, text, wired);
    if (!same)
        fprintf(stderr, "wire: \"%.*s\", not \"%s\"\n", (int)wired, wire, text);
    wired = 0;
    return same;
}

static bool wire_has(const char *text) {
    wire[wired] = 0;
    return strstr(wire, text);
}

static unsigned wire_lines(void) {
    unsigned n = 0;
    for (size_t i = 0; i < wired; i++)
        n += wire[i] == '\n';
    wired = 0;
    return n;
}

static void type(const char *text) {
    typed = text;
    console_irq(33, NULL);
}

static void nothing_is_lost_before_init(void) {
    log_notice("first %d", 1);
    log_error("second\n");
    must(wired == 0);
    start();
    must(inits == 1 && rx_on && !tx_on);
    must(wire_is("(CFD) first 1\r\n(CFD) second\r\n"));
}

static void is_fed_without_waiting(void) {
    start();
    room = 10;
    log_notice("0123456789");
    must(wire_is("(CFD) 0123") && tx_on);
    room = 4;
    console_irq(33, NULL);
    must(acks == 1 && wire_is("4567") && tx_on);
    room = SIZE_MAX;
    console_irq(33, NULL);
    must(wire_is("89\r\n") && !tx_on && rx_on);
}

static void a_line_is_fed_in_pieces_once_interrupts_come(void) {
    static char text[1000];
    memset(text, 'a', sizeof(text));
    start();
    must(console_write(text, sizeof(text)) && wired == 1000 && !tx_on); // boot
    console_irq(33, NULL);
    must(console_write(text, sizeof(text)) && wired == 1128 && tx_on);
    for (unsigned i = 0; i < 6; i++)
        console_irq(33, NULL);
    must(wired == 1896 && tx_on);
    console_irq(33, NULL);
    must(wired == 2000 && !tx_on);
}

static void guest_text_is_taken_whole_or_not_at_all(void) {
    static char text[65536];
    memset(text, 'x', sizeof(text));
    start();
    room = 0;
    must(console_write(text, 65530));
    must(!console_write("1234567", 7));
    must(console_write("123456", 6));
    must(!console_write("7", 1));
    room = 3;
    must(console_write("789", 3) && !console_write("0", 1));
    room = SIZE_MAX;
    console_irq(33, NULL);
    while (tx_on)
        console_irq(33, NULL);
    must(wired == 65539 && !memcmp(wire + 65530, "123456789", 9));
}

static void own_lines_push_out_old_text_and_say_so(void) {
    static char text[65536];
    memset(text, 'x', sizeof(text));
    start();
    room = 0;
    must(console_write(text, sizeof(text)));
    log_notice("new"); // "\n(CFD) new\n": 11 bytes of x give way
    room = SIZE_MAX;
    console_irq(33, NULL);
    while (tx_on)
        console_irq(33, NULL);
    must(wired == 65538 && !memcmp(wire + wired - 13, "\r\n(CFD) new\r\n", 13));
    wired = 0;
    log_notice("next");
    must(wire_is("(CFD) console: 11 bytes were not shown\r\n(CFD) next\r\n"));
    log_notice("next");
    must(wire_is("(CFD) next\r\n"));
}

static void log_lines_begin_lines_and_returns_are_not_doubled(void) {
    start();
    must(console_write("login: ", 7));
    log_notice("hello");
    must(wire_is("login: \r\n(CFD) hello\r\n"));
    must(console_write("a\r\nb\n", 5));
    log_notice("x");
    must(wire_is("a\r\nb\r\n(CFD) x\r\n"));
}

static void lines_are_printable_and_bounded(void) {
    char text[600];
    start();
    log_notice("a\x1b[2J\nb\x80\t%c", 7);
    must(wire_is("(CFD) a.[2J.b...\r\n"));
    memset(text, 'y', sizeof(text));
    text[599] = 0;
    log_notice("%s", text);
    must(wired == 384 && !memcmp(wire + wired - 7, "yy...\r\n", 7));
    wired = 0;
    text[376] = 0; // "(CFD) " + 376 + "\n" + NUL: just fits
    log_notice("%s", text);
    must(wired == 384 && !memcmp(wire + wired - 4, "yy\r\n", 4));
}

static void without_a_uart_nothing_blocks(void) {
    static char text[60000];
    uint64_t pos = 0;
    memset(text, 'x', sizeof(text));
    for (unsigned i = 0; i < 5; i++) {
        must(console_write(text, sizeof(text)));
        console_log(text, sizeof(text));
    }
    must(console_log_read(&pos, text, 1) == 1 && pos == 300000 - 65536 + 1);
    console_irq(33, NULL);
}

static void the_log_has_our_lines_alone(void) {
    char text[64];
    uint64_t pos = 0;
    start();
    log_notice("one");
    must(console_write("login: ", 7));
    log_notice("two");
    must(console_log_read(&pos, text, sizeof(text)) == 20 &&
         !memcmp(text, "(CFD) one\n(CFD) two\n", 20));
    console_log_forget(pos);
    must(console_write("more\n", 5));
    pos = 0;
    must(console_log_read(&pos, text, sizeof(text)) == 0 && console_log_position(20) == 20);
}

static void console_none_is_mute_until_a_panic(void) {
    strcpy(options.console, "none");
    log_notice("one");
    start();
    log_notice("two");
    must(console_write("x\n", 2) && wired == 0 && !rx_on);
    type("abc");
    must(wired == 0 && console_read((char[4]){0}, 4) == 0);
    console_panic_mode();
    must(wire_is("(CFD) one\r\n(CFD) two\r\nx\r\n"));
}

static void show_each_level(const char *seen) {
    for (int level = LOG_ERROR; level <= LOG_VERBOSE; level++)
        log_at((enum log_level)level, "%d", level);
    char want[128] = "";
    for (; *seen; seen++)
        sprintf(want + strlen(want), "(CFD) %c\r\n", *seen);
    must(wire_is(want));
}

static void levels_have_names(void) {
    start();
    show_each_level("0123");
    must(console_set_loglvl("none", false));
    show_each_level("");
    must(console_set_loglvl("error", false));
    show_each_level("0");
    must(console_set_loglvl("warning", false));
    show_each_level("01");
    must(!console_set_loglvl("", false) && !console_set_loglvl("loud", false));
    must(!console_set_loglvl("all/loud", false) && !console_set_loglvl("all/", false));
    show_each_level("01");
    must(console_set_loglvl("info", false));
    show_each_level("0123");
    must(console_set_loglvl("debug", false));
    show_each_level("01234");
    must(console_set_loglvl("all", false));
    show_each_level("01234");
    must(console_set_loglvl("none", false));
    log_show_all(true);
    show_each_level("01234");
}

static void a_second_level_is_limited(void) {
    start();
    must(console_set_loglvl("error/info", false));
    for (unsigned i = 0; i < 100; i++) {
        log_error("always");
        log_info("limited");
    }
    must(wire_lines() == 120);
    now += 1000000000;
    log_info("again");
    must(wire_is("(CFD) [80 lines not shown] again\r\n"));
}

static void guests_have_a_bucket_each(void) {
    start();
    for (unsigned i = 0; i < 1000; i++)
        log_guest(&domain1, "line %u", i);
    must(wire_has("(CFD) d1 line 0\r\n") && wire_has("line 19\r\n") && wire_lines() == 20);
    log_guest(&domain0, "me too");
    must(wire_is("(CFD) d0 me too\r\n"));
    now += 2500000000;
    for (unsigned i = 0; i < 10; i++)
        log_guest(&domain1, "later");
    must(wire_is("(CFD) d1 [980 lines not shown] later\r\n(CFD) d1 later\r\n"));
    now += 600000000; // the half second from before counts
    log_guest(&domain1, "later");
    must(wire_is("(CFD) d1 [8 lines not shown] later\r\n"));
    now += 3600000000000;
    must(console_set_loglvl("all", true)); // limited all the same
    for (unsigned i = 0; i < 100; i++)
        log_guest(&domain1, "flood");
    must(wire_lines() == 20);
    must(console_set_loglvl("error", true));
    log_guest(&domain0, "hidden");
    must(wired == 0);
}

static void input_reaches_dom0(void) {
    char buf[300];
    start();
    dom0 = &domain0;
    type("ls\n");
    must(virqs == 1 && console_read(buf, 2) == 2 && !memcmp(buf, "ls", 2));
    must(console_read(buf, sizeof(buf)) == 1 && buf[0] == '\n');
    must(console_read(buf, sizeof(buf)) == 0);
    console_irq(33, NULL);
    must(virqs == 1);
    memset(buf, 'k', 299);
    buf[299] = 0;
    typed = buf;
    console_irq(33, NULL); // a bounded number each time
    must(strlen(typed) == 299 - 64);
    for (unsigned i = 0; i < 4; i++)
        console_irq(33, NULL);
    must(!*typed && console_read(buf, sizeof(buf)) == 256); // the rest is gone
}

static void three_switch_keys_change_the_focus(void) {
    char buf[16];
    start();
    dom0 = &domain0;
    type("\1");
    type("\1");
    must(virqs == 0 && console_read(buf, 16) == 0); // held back
    type("x");
    must(virqs == 1 && console_read(buf, 16) == 3 && !memcmp(buf, "\1\1x", 3));
    type("\1\1\1");
    must(wire_has("(CFD) *** Input goes to Cofferdam"));
    wired = 0;
    type("\1h");
    must(wire_has("key 'q'") && console_read(buf, 16) == 0 && virqs == 1);
    type("\1\1");
    type("\1y");
    must(wire_has("*** Input goes to Dom0") && console_read(buf, 16) == 1 && buf[0] == 'y');
}

// A static domain's emulated UART: lines with a prefix and nothing that could fake others; raw, and
// typed to, when it is chosen.
static void a_domain_has_a_console(void) {
    char buf[4], much[4096];
    start();
    has_uart = true;
    must(!guest_console_is_chosen(&domain1));
    must(guest_console_write(&domain1, "hel\r(CFD)\033[1m\tx\n", 17));
    must(wire_is("(CFD) DOM1: hel(CFD)[1m\tx\r\n"));
    must(console_write("dom0: ", 6) && guest_console_write(&domain1, "x", 1));
    must(wire_is("dom0: \r\n(CFD) DOM1: x\r\n"));
    type("\1\1\1a");
    must(wire_has("*** Input goes to DOM1") && givens == 1 && given[0] == 'a');
    must(guest_console_is_chosen(&domain1) && virqs == 0 && console_read(buf, 4) == 0);
    type("\1b");
    must(givens == 3 && given[1] == 1 && given[2] == 'b');
    wired = 0;
    must(guest_console_write(&domain1, "# ", 2) && wire_is("# "));
    has_uart = false; // it is gone
    type("c");
    must(givens == 3);
    type("\1\1\1");
    must(wire_has("*** Input goes to Cofferdam"));
    room = 0;
    memset(much, 'x', sizeof(much));
    while (console_write(much, sizeof(much)))
        continue;
    must(guest_console_write(&domain1, much, GUEST_LINE_MAX) ==
         false); // what has no room is not lost
}

static void keys_show_things_at_any_level(void) {
    static struct vcpu v = {.id = 7, .state = VCPU_RUNNING};
    domain1.vcpu[0] = &v;
    domain1.nr_vcpus = 1;
    percpus[1].held_count = 2;
    char held[32];
    snprintf(held, sizeof(held), "held:  %u %u\r\n", LOCK_EVTCHN, LOCK_VGIC);
    percpus[1].held_rank[0] = LOCK_EVTCHN;
    percpus[1].held_rank[1] = LOCK_VGIC;
    start();
    must(console_set_loglvl("none", false));
    debugkey_handle('*');
    must(wire_has("running on CPU0") && wire_has("vcpu 7 registers") && wire_has("irq_dump") &&
         wire_has("vgic_dump 1") && wire_has("timer_dump") && wire_has("sched_dump") &&
         wire_has("evtchn_dump 0") && wire_has("pools_print") &&
         wire_has("400 KiB, 100 KiB free") && wire_has(held) && wire_has("d1v0: 17 interrupts") &&
         wire_has("0x16 47"));
    must(resets == 0);
    wired = 0;
    debugkey_handle('0');
    must(wire_is("(CFD) '0' is not a debug key; 'h' lists them\r\n"));
    debugkey_handle('\2');
    must(wire_is("(CFD) '?' is not a debug key; 'h' lists them\r\n"));
    log_error("still silent");
    must(wired == 0);
}

static void said_goodbye(void) { must(wire_has("reboot asked for") && stops == 1 && resets == 1); }
static void the_reboot_key_flushes_first(void) {
    start();
    room = 0;
    room_per_look = 1;
    at_halt = said_goodbye;
    reset_works = true;
    debugkey_handle('R');
}

static void the_log_can_be_read_and_cleared(void) {
    char buf[64];
    uint64_t pos = 0, other = 5;
    log_notice("abc");
    must(console_log_read(&pos, buf, 4) == 4 && !memcmp(buf, "(CFD", 4) && pos == 4);
    must(console_log_read(&pos, buf, 64) == 6 && !memcmp(buf, ") abc\n", 6) && pos == 10);
    must(console_log_read(&pos, buf, 64) == 0 && pos == 10);
    console_log_forget(UINT64_MAX);
    must(console_log_read(&other, buf, 64) == 0 && other == 10);
    log_notice("d");
    other = 0;
    must(console_log_read(&other, buf, 64) == 8 && !memcmp(buf, "(CFD) d\n", 8));
    for (unsigned i = 0; i < 10000; i++)
        log_notice("line %05u", i);
    pos = 0;
    static char all[70000];
    must(console_log_read(&pos, all, sizeof(all)) == 65536);
    must(!memcmp(all + 65536 - 17, "(CFD) line 09999\n", 17));
}

static void boot_with_sync_console_polls(void) {
    options.sync_console = true;
    room = 0;
    room_per_look = 1;
    start();
    log_notice("slow");
    must(wire_is("(CFD) slow\r\n") && !tx_on);
    console_irq(33, NULL); // interrupts come: no more waiting
    room_per_look = 0;
    room = 2;
    log_notice("slow");
    must(wire_is("(C") && tx_on);
}

static void a_dead_uart_is_given_up_once(void) {
    options.sync_console = true;
    room = 0;
    start();
    log_notice("one");
    must(now > 500000000 && now < 700000000);
    uint64_t then = now;
    log_notice("two");
    must(now - then < 100000000 && wired == 0);
    room = SIZE_MAX;
    log_notice("three");
    must(wire_is("(CFD) one\r\n(CFD) two\r\n(CFD) three\r\n"));
}

static void a_uart_without_interrupt_is_polled(void) {
    char c;
    start();
    room = 0;
    log_notice("x");
    console_start_polling();
    must(armed);
    struct timer *t = armed;
    armed = NULL;
    room = SIZE_MAX;
    typed = "k";
    t->fn(t->arg);
    must(armed == t && wire_is("(CFD) x\r\n") && console_read(&c, 1) == 1 && c == 'k');
}

static void panicked(void) {
    must(stops == 1 && dumped == 1 && !rx_on && !tx_on);
    must(wire_has("before\r\n(CFD) Panic on CPU0: bad \"thing\" 7\r\n(CFD) Cofferdam test\r\n"
                  "(CFD) registers\r\n"));
    must(wire_has("(CFD) @PANIC build=ab01ff cpu=0 msg=\"bad 'thing' 7\"\r\n"));
    must(options.noreboot ? resets == 0 : resets == 1 && now > 5000000000);
}
static void a_panic_tells_and_reboots(void) {
    start();
    room = 0;
    log_notice("before");
    room_per_look = 1;
    at_halt = panicked;
    reset_works = true;
    console_set_loglvl("none", false);
    panic("bad \"thing\" %d", 7);
}
static void a_panic_halts_with_noreboot(void) {
    options.noreboot = true;
    start();
    log_notice("before");
    at_halt = panicked;
    panic("bad \"thing\" %d", 7);
}

static void panicked_twice(void) {
    must(dumped == 2 && wire_has("(CFD) panic inside the panic: fault while dumping\r\n"));
    must(!wire_has("@PANIC"));
}
static void a_panic_in_a_panic_is_one_line(void) {
    start();
    dumped = 1;
    at_halt = panicked_twice;
    panic("first");
}

static void silent_halt(void) { must(wire_is("")); }
static void another_cpus_panic_is_silent(void) {
    start();
    console_panic_mode();
    at_halt = silent_halt;
    fake_cpu = &percpus[1];
    percpus[1].id = 1;
    log_error("from the other");
    must(console_write("x", 1) && wired == 0); // taken, to end the guest's tries
    fake_cpu = &percpus[0];
    log_error("from the first");
    must(wire_is("(CFD) from the first\r\n"));
    fake_cpu = &percpus[1];
    console_panic_mode(); // does not take it over
    log_error("from the other");
    must(wired == 0);
}

static void refused(void) {
    must(wire_is("(CFD) boot\r\ncofferdam: error: /chosen: no kernel (0 modules); add one\r\n"));
    must(resets == 0 && inits == 1);
}
static void a_refusal_is_one_line(void) {
    start();
    log_notice("boot");
    console_set_loglvl("none", false);
    at_halt = refused;
    boot_refuse("/chosen", "add one", "no kernel (%d modules)", 0);
}
static char path[16] = "/chosen";
static void search(void) { // of the UART, whose path comes into the same buffer
    strcpy(path, "/pl011");
    start();
}
static void a_refusal_opens_the_console_itself(void) {
    console_set_fallback(search);
    log_notice("boot");
    at_halt = refused;
    boot_refuse(path, "add one", "no kernel (%d modules)", 0);
}

static void run(void **state) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        ((void (*)(void)) * state)();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define TEST(fn)                                                                                   \
    { #fn, run, NULL, NULL, (void *)(uintptr_t)(fn) }

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_lost_before_init),
        TEST(is_fed_without_waiting),
        TEST(a_line_is_fed_in_pieces_once_interrupts_come),
        TEST(guest_text_is_taken_whole_or_not_at_all),
        TEST(own_lines_push_out_old_text_and_say_so),
        TEST(log_lines_begin_lines_and_returns_are_not_doubled),
        TEST(lines_are_printable_and_bounded),
        TEST(without_a_uart_nothing_blocks),
        TEST(console_none_is_mute_until_a_panic),
        TEST(levels_have_names),
        TEST(a_second_level_is_limited),
        TEST(guests_have_a_bucket_each),
        TEST(input_reaches_dom0),
        TEST(three_switch_keys_change_the_focus),
        TEST(a_domain_has_a_console),
        TEST(keys_show_things_at_any_level),
        TEST(the_reboot_key_flushes_first),
        TEST(the_log_can_be_read_and_cleared),
        TEST(the_log_has_our_lines_alone),
        TEST(boot_with_sync_console_polls),
        TEST(a_dead_uart_is_given_up_once),
        TEST(a_uart_without_interrupt_is_polled),
        TEST(a_panic_tells_and_reboots),
        TEST(a_panic_halts_with_noreboot),
        TEST(a_panic_in_a_panic_is_one_line),
        TEST(another_cpus_panic_is_silent),
        TEST(a_refusal_is_one_line),
        TEST(a_refusal_opens_the_console_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
