// SPDX-License-Identifier: Apache-2.0
// The command line (boot/cmdline.h): one table of options; what Xen's users have in their scripts
// and means nothing here is taken quietly, what nobody knows is named in a warning. The text is
// whatever the loader put there: any bytes. As in Xen, '-' and '_' in a name are the same. Pure but
// for `options` and log levels.

#include <boot/cmdline.h>
#include <core/console.h>
#include <core/grant.h>
#include <core/log.h>
#include <core/options.h>
#include <lib/string.h>

#define WORD 128       // longest option with its value
#define MAX_WARNINGS 8 // then one that there are more

struct options options = {.console = "dtuart",
                          .loglvl = "info",
                          .guest_loglvl = "none/warning",
                          .irq_budget = 1000,
                          .gnttab_max_frames = GRANT_MAX_FRAMES,
                          .gnttab_max_maptrack_frames = GRANT_MAX_MAPTRACK_FRAMES,
                          .bootscrub = true};
static unsigned warnings;

static bool same_name(const char *a, const char *b) {
    for (; *a && *b; a++, b++) {
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    }
    return *a == *b;
}

static bool is_one_of(const char *value, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(value, list[i]))
            return true;
    }
    return false;
}

static bool set_text(char *to, size_t size, const char *value) {
    return *value && strlen(value) < size && strlcpy(to, value, size);
}

static bool read_bool(const char *value, bool *to) {
    static const char *const yes[] = {"", "1", "on", "yes", "true", "enable"};
    static const char *const no[] = {"0", "off", "no", "false", "disable"};
    bool on = is_one_of(value, yes, ARRAY_SIZE(yes));
    if (!on && !is_one_of(value, no, ARRAY_SIZE(no)))
        return false;
    *to = on;
    return true;
}

static bool read_number(const char *value, uint64_t *to, const char **rest) {
    char *end;
    if (*value < '0' || *value > '9')
        return false;
    *to = strtoull(value, &end, 0);
    *rest = end;
    return *to != UINT64_MAX;
}

// A count from 1 up, nothing after it.
static bool read_count(const char *value, uint32_t *to) {
    uint64_t n;
    const char *rest;
    if (!read_number(value, &n, &rest) || *rest || n == 0 || n > UINT32_MAX)
        return false;
    *to = (uint32_t)n;
    return true;
}

// A number with B, K, M, G or T; without a letter KiB, as in Xen.
static bool read_size(const char *value, uint64_t *to) {
    static const char letters[] = "bkmgt";
    uint64_t n;
    const char *rest, *letter;
    unsigned shift = 10;
    if (!read_number(value, &n, &rest))
        return false;
    letter = *rest ? strchr(letters, *rest | 0x20) : NULL;
    if (letter) {
        shift = (unsigned)(letter - letters) * 10;
        rest++;
    }
    if (*rest || (n << shift) >> shift != n)
        return false;
    *to = n << shift;
    return true;
}

// "512M", or a list "min:..,max:1G" of which a plain size, else max, else min, counts.
static bool opt_dom0_mem(const char *value) {
    uint64_t plain = 0, max = 0, min = 0, size;
    char part[WORD];
    while (*value) {
        const char *comma = strchr(value, ',');
        size_t len = comma ? (size_t)(comma - value) : strlen(value);
        if (len >= sizeof(part))
            return false;
        memcpy(part, value, len);
        part[len] = 0;
        bool is_max = !strncmp(part, "max:", 4), is_min = !strncmp(part, "min:", 4);
        if (!read_size(part + (is_max || is_min ? 4 : 0), &size))
            return false;
        *(is_max ? &max : is_min ? &min : &plain) = size;
        value += len + (comma ? 1 : 0);
    }
    size = plain ? plain : max ? max : min;
    if (size)
        options.dom0_mem = size;
    return size != 0;
}

// "N" or a range "N-M" with either end left out: the builder gives one per CPU, at most the upper
// end.
static bool opt_vcpus(const char *value) {
    const char *dash = strchr(value, '-');
    char low[12];
    uint32_t min = 1, max = 0;
    if (!dash)
        return read_count(value, &options.dom0_max_vcpus);
    if ((size_t)(dash - value) >= sizeof(low))
        return false;
    memcpy(low, value, (size_t)(dash - value));
    low[dash - value] = 0;
    if ((low[0] && !read_count(low, &min)) || (dash[1] && !read_count(dash + 1, &max)) ||
        (max && min > max))
        return false;
    options.dom0_max_vcpus = max;
    return low[0] || dash[1];
}

static bool opt_loglvl(const char *v) {
    return console_set_loglvl(v, false) && set_text(options.loglvl, sizeof(options.loglvl), v);
}

static bool opt_guest_loglvl(const char *v) {
    return console_set_loglvl(v, true) &&
           set_text(options.guest_loglvl, sizeof(options.guest_loglvl), v);
}

static bool opt_vwfi(const char *v) {
    bool native = !strcmp(v, "native");
    if (!native && strcmp(v, "trap"))
        return false;
    options.vwfi_native = native;
    return true;
}

static bool opt_bootscrub(const char *v) {
    if (!strcmp(v, "idle"))
        v = "on";
    return read_bool(v, &options.bootscrub);
}

// The one policy that is built in (xsm/default.c) serves both of Xen's without a policy file.
static bool opt_xsm(const char *v) {
    static const char *const served[] = {"dummy", "silo"};
    return is_one_of(v, served, ARRAY_SIZE(served));
}

static bool opt_console(const char *v) {
    return set_text(options.console, sizeof(options.console), v);
}
static bool opt_dtuart(const char *v) {
    return set_text(options.dtuart, sizeof(options.dtuart), v);
}
static bool opt_sched(const char *v) { return set_text(options.sched, sizeof(options.sched), v); }
static bool opt_maxcpus(const char *v) { return read_count(v, &options.max_cpus); }
static bool opt_irq_budget(const char *v) {
    if (strcmp(v, "0"))
        return read_count(v, &options.irq_budget);
    options.irq_budget = 0;
    return true;
}
static bool opt_noreboot(const char *v) { return read_bool(v, &options.noreboot); }
static bool opt_sync_console(const char *v) { return read_bool(v, &options.sync_console); }

static const struct {
    const char *name;
    bool (*set)(const char *value); // false: not understood, nothing changed
} known[] = {
    {"console", opt_console},
    {"dtuart", opt_dtuart},
    {"dom0_mem", opt_dom0_mem},
    {"dom0_max_vcpus", opt_vcpus},
    {"maxcpus", opt_maxcpus},
    {"sched", opt_sched},
    {"loglvl", opt_loglvl},
    {"guest_loglvl", opt_guest_loglvl},
    {"irq_budget", opt_irq_budget},
    {"noreboot", opt_noreboot},
    {"vwfi", opt_vwfi},
    {"bootscrub", opt_bootscrub},
    {"sync_console", opt_sync_console},
    {"xsm", opt_xsm},
};

// Xen's options that change nothing a user could miss: tuning and workarounds of what Cofferdam
// does otherwise or does not have. A name with '*' at its end stands for all that begin so.
static const char harmless[] =
    "acpi argo badpage bootscrub_chunk com1* com2* conring_size console_* conswitch cpufreq "
    "cpuidle "
    "crashkernel credit2_* debugtrace dom0 dom0_nodes dom0_vcpus_* earlyprintk edd edid ept flask "
    "gdb "
    "gnttab* hmp_unsafe hypfs iommu kexec_* low_mem_virq_* max_cstate mwait_idle nmi pci "
    "pci_passthrough psr rcu_* reboot sched_* scrub_domheap serrors smt spec_ctrl suppress_* "
    "tbuf_size "
    "tevt_mask tickle_* timer_slop tsc ucode vcpu_migration_delay vga vpmu watchdog* x2apic "
    "xenheap_megabytes ";

static bool is_harmless(const char *name) {
    char word[WORD], shortened[WORD];
    for (const char *at = harmless, *end; (end = strchr(at, ' ')); at = end + 1) {
        size_t len = (size_t)(end - at);
        memcpy(word, at, len);
        word[len] = 0;
        strlcpy(shortened, name, sizeof(shortened));
        if (word[len - 1] == '*') {
            word[--len] = 0;
            shortened[len] = 0; // name is shorter than WORD, and so are the words
        }
        if (same_name(word, shortened))
            return true;
    }
    return false;
}

static bool may_warn(void) {
    if (++warnings == MAX_WARNINGS + 1)
        log_warning("command line: more is not understood");
    return warnings <= MAX_WARNINGS;
}

static bool set_known(const char *name, const char *value) {
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (!same_name(known[i].name, name))
            continue;
        if (!known[i].set(value) && may_warn())
            log_warning("command line: '%s=%s' is not understood, ignored", name, value);
        return true;
    }
    return false;
}

// "name", "name=value", "no-name".
static void take(char *word) {
    char *value = strchr(word, '=');
    if (value)
        *value++ = 0;
    if (set_known(word, value ? value : "") || is_harmless(word))
        return;
    if (!value && !strncmp(word, "no-", 3) && (set_known(word + 3, "no") || is_harmless(word + 3)))
        return;
    if (may_warn())
        log_warning("command line: unknown option '%s' ignored", word);
}

static bool is_space(char c) { return c && (unsigned char)c <= ' '; }

void cmdline_parse(const char *line) {
    char word[WORD];
    warnings = 0;
    while (*line) {
        size_t len = 0;
        while (line[len] && !is_space(line[len]))
            len++;
        if (len >= sizeof(word)) {
            if (may_warn())
                log_warning("command line: '%.24s...' is too long, ignored", line);
        } else if (len) {
            memcpy(word, line, len);
            word[len] = 0;
            take(word);
        }
        line += len;
        while (is_space(*line))
            line++;
    }
}
