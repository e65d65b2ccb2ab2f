// SPDX-License-Identifier: Apache-2.0
// boot/cmdline.c: Xen's option names and value forms; what is not understood is named and changes
// nothing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <boot/cmdline.h>
#include <core/console.h>
#include <core/options.h>

#include <cmocka.h>

static struct options defaults;
static unsigned warned;
static char warning[256], level[2][32];

void log_at(enum log_level at, const char *fmt, ...) {
    va_list ap;
    assert_int_equal(at, LOG_WARNING);
    va_start(ap, fmt);
    vsnprintf(warning, sizeof(warning), fmt, ap);
    va_end(ap);
    warned++;
}

bool console_set_loglvl(const char *value, bool guest) {
    snprintf(level[guest], sizeof(level[guest]), "%s", value);
    return strcmp(value, "loud") != 0;
}

size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcpy(char *dst, const char *src, size_t size) {
    return (size_t)snprintf(dst, size, "%s", src);
}

// Parses a copy of exactly its size, so that ASan sees what is read beyond.
static void parse(const char *text) {
    char *line = strdup(text);
    options = defaults;
    warned = 0;
    warning[0] = 0;
    cmdline_parse(line);
    free(line);
}

static void quiet(const char *text) {
    parse(text);
    if (warned)
        fail_msg("%s: %s", text, warning);
}

static void warns(const char *text, const char *about) {
    parse(text);
    assert_int_equal(warned, 1);
    if (!strstr(warning, about))
        fail_msg("%s: %s", text, warning);
    assert_memory_equal(&options, &defaults, sizeof(options));
}

static uint64_t mem(const char *value) {
    char line[64];
    snprintf(line, sizeof(line), "dom0_mem=%s", value);
    quiet(line);
    return options.dom0_mem;
}

static void defaults_stay(void **state) {
    quiet("");
    quiet("  \t\n ");
    assert_memory_equal(&options, &defaults, sizeof(options));
    assert_string_equal(options.console, "dtuart");
    assert_true(options.bootscrub && !options.noreboot && !options.sync_console);
}

static void the_oracles_line(void **state) {
    quiet("console=dtuart dom0_mem=512M bootscrub=off sync_console");
    assert_string_equal(options.console, "dtuart");
    assert_int_equal(options.dom0_mem, 512 << 20);
    assert_true(options.sync_console && !options.bootscrub);
}

static void sizes(void **state) {
    assert_int_equal(mem("512M"), 512 << 20);
    assert_int_equal(mem("512m"), 512 << 20);
    assert_int_equal(mem("1G"), 1 << 30);
    assert_int_equal(mem("1T"), 1LL << 40);
    assert_int_equal(mem("524288"), 512 << 20); // KiB
    assert_int_equal(mem("0x80000K"), 512 << 20);
    assert_int_equal(mem("536870912B"), 512 << 20);
    assert_int_equal(mem("768M,max:1G"), 768 << 20);
    assert_int_equal(mem("max:1G,768M"), 768 << 20);
    assert_int_equal(mem("min:256M,max:1G"), 1 << 30);
    assert_int_equal(mem("min:256M"), 256 << 20);
    static const char *const bad[] = {"",
                                      "0",
                                      "M",
                                      "-512M",
                                      "512MM",
                                      "512Q",
                                      "50%",
                                      "1G;",
                                      "max",
                                      "max:",
                                      "max:x",
                                      " 1G",
                                      "1G,x,2G",
                                      "0x10000000000000000",
                                      "99999999999T",
                                      "18446744073709551615B"};
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[64];
        snprintf(line, sizeof(line), "dom0_mem=%s", bad[i]);
        if (bad[i][0] == ' ')
            continue;
        warns(line, "dom0_mem");
    }
    warns("dom0_mem", "dom0_mem");
}

static void counts(void **state) {
    quiet("dom0_max_vcpus=4");
    assert_int_equal(options.dom0_max_vcpus, 4);
    quiet("dom0_max_vcpus=2-6");
    assert_int_equal(options.dom0_max_vcpus, 6);
    quiet("dom0_max_vcpus=-3");
    assert_int_equal(options.dom0_max_vcpus, 3);
    quiet("dom0_max_vcpus=2-");
    assert_int_equal(options.dom0_max_vcpus, 0); // as many as there are
    quiet("maxcpus=2");
    assert_int_equal(options.max_cpus, 2);
    quiet("irq-budget=50");
    assert_int_equal(options.irq_budget, 50);
    quiet("irq_budget=0");
    assert_int_equal(options.irq_budget, 0);
    warns("irq-budget=-1", "irq-budget=-1");
    warns("maxcpus=0", "maxcpus=0");
    warns("maxcpus=", "maxcpus");
    warns("maxcpus=4294967297", "maxcpus");
    warns("dom0_max_vcpus=-", "dom0_max_vcpus");
    warns("dom0_max_vcpus=6-2", "dom0_max_vcpus");
    warns("dom0_max_vcpus=1-2-3", "dom0_max_vcpus");
    warns("dom0_max_vcpus=1x", "dom0_max_vcpus");
    warns("dom0_max_vcpus=0000000000000001-2", "dom0_max_vcpus");
}

static void booleans(void **state) {
    static const char *const on[] = {"noreboot", "noreboot=1", "noreboot=yes", "noreboot=on",
                                     "noreboot=true"};
    static const char *const off[] = {"noreboot noreboot=0", "noreboot no-noreboot",
                                      "noreboot noreboot=off", "noreboot noreboot=no",
                                      "noreboot noreboot=false"};
    for (unsigned i = 0; i < 5; i++) {
        quiet(on[i]);
        assert_true(options.noreboot);
        quiet(off[i]);
        assert_false(options.noreboot);
    }
    quiet("no-bootscrub sync-console"); // '-' for '_'
    assert_true(!options.bootscrub && options.sync_console);
    quiet("bootscrub=idle");
    assert_true(options.bootscrub);
    warns("noreboot=maybe", "noreboot=maybe");
    warns("no-dom0_mem", "dom0_mem");
}

static void words(void **state) {
    quiet("vwfi=native sched=credit2 dtuart=/soc/serial@4000:115200 console=none");
    assert_true(options.vwfi_native);
    assert_string_equal(options.sched, "credit2");
    assert_string_equal(options.dtuart, "/soc/serial@4000:115200");
    assert_string_equal(options.console, "none");
    quiet("vwfi=native vwfi=trap");
    assert_false(options.vwfi_native);
    warns("vwfi=maybe", "vwfi=maybe");
    warns("vwfi", "vwfi");
    warns("sched=", "sched");
    warns("sched=much-too-long-a-name", "sched");
    quiet("loglvl=all guest_loglvl=none/warning");
    assert_string_equal(level[0], "all");
    assert_string_equal(level[1], "none/warning");
    assert_string_equal(options.guest_loglvl, "none/warning");
    warns("loglvl=loud", "loglvl=loud");
    quiet("xsm=silo xsm=dummy");
    warns("xsm=flask", "xsm=flask");
}

static void xens_other_options(void **state) {
    quiet("console_timestamps=boot conswitch=x gnttab_max_frames=64 gnttab=max-ver:1 iommu=no "
          "ucode=scan flask=permissive nmi=fatal serrors=diverse spec-ctrl=no hmp-unsafe=1 "
          "hmp_unsafe cpuidle com1=115200,8n1 timer_slop=50000 watchdog watchdog=force "
          "watchdog_timeout=5 cpufreq=xen sched-gran=cpu no-cpuidle no-watchdog console_to_ring "
          "com1.x_is_unknown_but_com1_is_not conring_size=64k dom0_vcpus_pin earlyprintk=ttyS0");
    assert_memory_equal(&options, &defaults, sizeof(options));
}

static void unknown_ones_are_named(void **state) {
    warns("foo", "unknown option 'foo' ignored");
    warns("foo=bar", "unknown option 'foo' ignored");
    warns("no-foo", "unknown option 'no-foo' ignored");
    warns("=", "unknown option ''");
    warns("cons", "unknown option 'cons'");
    warns("consoles=x", "unknown option 'consoles'");
    warns("gnttaz", "unknown option 'gnttaz'");
    warns("DOM0_MEM=1G", "unknown option 'DOM0_MEM'"); // as in Xen, case counts
    warns("*", "unknown option '*'");
    parse("a noreboot b=c");
    assert_true(warned == 2 && options.noreboot);
}

static void any_length_is_bounded(void **state) {
    static char line[5000];
    memset(line, 'a', sizeof(line) - 1);
    warns(line, "'aaaaaaaaaaaaaaaaaaaaaaaa...' is too long");
    for (unsigned i = 0; i < sizeof(line) - 1; i++)
        line[i] = i % 2 ? ' ' : 'a';
    parse(line);
    assert_int_equal(warned, 9);
    assert_string_equal(warning, "command line: more is not understood");
    for (unsigned len = 120; len < 136; len++) {
        memset(line, 'x', len);
        line[len] = 0;
        memcpy(line, "dtuart=", 7);
        warns(line, len < 128 ? "dtuart" : "too long");
        memcpy(line, "console", 7);
        parse(line);
        assert_int_equal(warned, 1);
        memcpy(line, "gnttab_", 7);
        parse(line);
        assert_int_equal(warned, len < 128 ? 0 : 1);
    }
}

static int setup(void **state) {
    defaults = options;
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_stay),
        cmocka_unit_test(the_oracles_line),
        cmocka_unit_test(sizes),
        cmocka_unit_test(counts),
        cmocka_unit_test(booleans),
        cmocka_unit_test(words),
        cmocka_unit_test(xens_other_options),
        cmocka_unit_test(unknown_ones_are_named),
        cmocka_unit_test(any_length_is_bounded),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
