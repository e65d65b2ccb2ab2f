// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes as the hypervisor's command line, through the real parser, log levels and
// formatter. Whatever it says, the options stay terminated and in range.
#include <boot/cmdline.h>
#include <core/console.h>
#include <core/log.h>
#include <core/options.h>
#include <core/percpu.h>

#include <stdlib.h>
#include <string.h>

_Thread_local struct percpu *fake_cpu;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void panic(const char *fmt, ...) {
    (void)fmt;
    abort();
}
void cpu_halt(void) { abort(); }
void console_panic_mode(void) { abort(); }
void spin_lock(spinlock_t *l) { (void)l; }
void spin_unlock(spinlock_t *l) { (void)l; }
uint64_t time_ns(void) { return 1; }
void console_log(const char *text, size_t len) {
    if (len == 0 || text[len - 1] != '\n')
        abort();
    for (size_t i = 0; i + 1 < len; i++) {
        if (text[i] < ' ' || text[i] > '~')
            abort();
    }
}
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcpy(char *dst, const char *src, size_t size) {
    size_t len = strlen(src), n = len < size ? len : size - 1;
    if (size) {
        memcpy(dst, src, n);
        dst[n] = 0;
    }
    return len;
}

#define TERMINATED(field) (memchr(options.field, 0, sizeof(options.field)) != NULL)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct options defaults;
    static bool known;
    char *line = malloc(size + 1);
    if (!known)
        defaults = options;
    known = true;
    options = defaults;
    memcpy(line, data, size);
    line[size] = 0;
    cmdline_parse(line);
    free(line);
    if (!TERMINATED(console) || !TERMINATED(dtuart) || !TERMINATED(sched) || !TERMINATED(loglvl) ||
        !TERMINATED(guest_loglvl) || !options.console[0])
        abort();
    return 0;
}
