// SPDX-License-Identifier: Apache-2.0
// Log lines: level thresholds (`loglvl=`, `guest_loglvl=`), the prefix, and the limit on what a
// guest may make us print (R23). A line is formatted on the stack, made printable (it may carry a
// guest's or the device tree's text) and enters the console ring whole. A lock of rank LOCK_CONSOLE
// guards the buckets.

#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/time.h>
#include <core/console.h>
#include <core/domain.h>
#include <core/lock.h>
#include <core/log.h>
#include <lib/format.h>
#include <lib/string.h>

#define LINE 384
#define BURST 20
#define REFILL_NS 1000000000ULL
#define NOTHING (-1)

// Levels up to `always` are shown, those up to `limited` only as the bucket allows. A guest's lines
// count as LOG_WARNING and are limited in any case.
static struct { int always, limited; } own = {LOG_INFO, LOG_INFO}, guest = {NOTHING, LOG_WARNING};

static struct log_bucket own_bucket;
static spinlock_t bucket_lock = SPINLOCK_INIT(LOCK_CONSOLE);
static bool show_all;

void log_show_all(bool on) { store_relaxed(&show_all, on); }

static void put_line(const char *prefix, const char *fmt, va_list ap) {
    static const char cut[] = "...";
    char line[LINE];
    size_t start = strlcpy(line, prefix, sizeof(line));
    size_t len = start + (size_t)vformat_to(line + start, sizeof(line) - start, fmt, ap);
    if (len > sizeof(line) - 1) {
        len = sizeof(line) - 1;
        memcpy(line + len - sizeof(cut), cut, sizeof(cut));
        len--; // room for the '\n'
    }
    if (len > start && line[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++) {
        if (line[i] < ' ' || line[i] > '~')
            line[i] = '.';
    }
    line[len++] = '\n';
    console_log(line, len);
}

static void put_linef(const char *prefix, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    put_line(prefix, fmt, ap);
    va_end(ap);
}

// One token a line, one line a second after the burst. *missed: lines that were not shown since the
// last.
static bool take_token(struct log_bucket *b, uint32_t *missed) {
    uint64_t now = time_ns(), earned = 0;
    bool taken;
    spin_lock(&bucket_lock);
    if (b->last_ns == 0) { // never used
        b->tokens = BURST;
        b->last_ns = now;
    }
    if (now > b->last_ns) // another CPU may have been here after we looked at the clock
        earned = (now - b->last_ns) / REFILL_NS;
    b->last_ns += earned * REFILL_NS;
    b->tokens = (uint32_t)MIN(b->tokens + earned, (uint64_t)BURST);
    taken = b->tokens > 0;
    if (taken) {
        *missed = b->dropped;
        b->dropped = 0;
        b->tokens--;
    } else if (b->dropped < UINT32_MAX) {
        b->dropped++;
    }
    spin_unlock(&bucket_lock);
    return taken;
}

void log_at(enum log_level level, const char *fmt, ...) {
    char prefix[48] = "(CFD) ";
    uint32_t missed = 0;
    va_list ap;
    if ((int)level > own.always && !load_relaxed(&show_all)) {
        if ((int)level > own.limited || !take_token(&own_bucket, &missed))
            return;
    }
    if (missed)
        format_to(prefix, sizeof(prefix), "(CFD) [%u lines not shown] ", missed);
    va_start(ap, fmt);
    put_line(prefix, fmt, ap);
    va_end(ap);
}

void log_guest(struct domain *d, const char *fmt, ...) {
    char prefix[48];
    uint32_t missed = 0;
    va_list ap;
    if (guest.limited < LOG_WARNING || !take_token(&d->bucket, &missed))
        return;
    if (missed)
        format_to(prefix, sizeof(prefix), "(CFD) d%u [%u lines not shown] ", d->id, missed);
    else
        format_to(prefix, sizeof(prefix), "(CFD) d%u ", d->id);
    va_start(ap, fmt);
    put_line(prefix, fmt, ap);
    va_end(ap);
}

// The level that the first `len` characters name.
static bool level_by_name(const char *name, size_t len, int *level) {
    static const struct {
        const char *name;
        int level;
    } names[] = {{"none", NOTHING},  {"error", LOG_ERROR},   {"warning", LOG_WARNING},
                 {"info", LOG_INFO}, {"debug", LOG_VERBOSE}, {"all", LOG_VERBOSE}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strlen(names[i].name) == len && strncmp(names[i].name, name, len) == 0) {
            *level = names[i].level;
            return true;
        }
    }
    return false;
}

bool console_set_loglvl(const char *value, bool for_guest) {
    const char *slash = strchr(value, '/');
    size_t len = slash ? (size_t)(slash - value) : strlen(value);
    int always, limited;
    if (!level_by_name(value, len, &always))
        return false;
    limited = always;
    if (slash && !level_by_name(slash + 1, strlen(slash + 1), &limited))
        return false;
    if (for_guest)
        guest.always = always, guest.limited = MAX(always, limited);
    else
        own.always = always, own.limited = MAX(always, limited);
    return true;
}

noreturn void boot_refuse(const char *where, const char *remedy, const char *fmt, ...) {
    char at[LINE / 2], what[LINE / 2];
    va_list ap;
    va_start(ap, fmt);
    vformat_to(what, sizeof(what), fmt, ap);
    va_end(ap);
    strlcpy(at, where, sizeof(at)); // the search for a UART has paths of its own
    log_show_all(true);
    console_panic_mode(); // nobody drains the ring any more
    put_linef("", "cofferdam: error: %s: %s; %s", at, what, remedy);
    cpu_halt();
}
