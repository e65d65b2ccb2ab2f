// SPDX-License-Identifier: Apache-2.0
// panic(): our own invariant broke. Stops the other CPUs, prints where we are and one line for
// machines, then reboots (after five seconds) or halts, as `noreboot` says. A panic inside a panic
// prints one line and halts; a second CPU that panics only halts. Takes no lock; waits for the
// UART.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <core/build.h>
#include <core/console.h>
#include <core/log.h>
#include <core/options.h>
#include <core/percpu.h>
#include <lib/format.h>

#define REBOOT_DELAY_NS 5000000000ULL
#define MESSAGE 192
#define ID_BYTES 20

static uint32_t owner; // CPU + 1 that panicked first
static unsigned depth; // of it

// The line that scripts look for: quotes and control characters would end it early.
static void print_for_machines(char *why) {
    char id[2 * ID_BYTES + 1] = "";
    for (size_t i = 0; i < MIN(build_id_len, (uint32_t)ID_BYTES); i++)
        format_to(id + 2 * i, 3, "%02x", build_id[i]);
    for (char *c = why; *c; c++) {
        if (*c == '"' || *c == '\\')
            *c = '\'';
    }
    log_error("@PANIC build=%s cpu=%u msg=\"%s\"", id, this_cpu()->id, why);
}

static noreturn void reboot_or_halt(void) {
    if (options.noreboot) {
        log_error("'noreboot' is given: halted");
        cpu_halt();
    }
    log_error("reboot in five seconds");
    for (uint64_t until = time_ns() + REBOOT_DELAY_NS; time_ns() < until;)
        cpu_relax();
    machine_reset();
    log_error("the firmware does not reset the machine: halted");
    cpu_halt();
}

static noreturn void panic_again(const char *why) {
    console_panic_mode();
    log_error("panic inside the panic: %s", why);
    cpu_halt();
}

noreturn cold void panic(const char *fmt, ...) {
    uint32_t me = this_cpu()->id + 1, nobody = 0;
    char why[MESSAGE];
    va_list ap;
    if (!atomic_cas(&owner, &nobody, me) && nobody != me)
        cpu_halt();
    if (++depth > 2)
        cpu_halt();
    va_start(ap, fmt);
    vformat_to(why, sizeof(why), fmt, ap);
    va_end(ap);
    log_show_all(true);
    if (depth > 1)
        panic_again(why);
    cpu_stop_others();
    console_panic_mode();
    log_error("Panic on CPU%u: %s", me - 1, why);
    log_error("Cofferdam %s", build_version);
    cpu_dump_state();
    print_for_machines(why);
    reboot_or_halt();
}
