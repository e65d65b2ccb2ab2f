// SPDX-License-Identifier: Apache-2.0
// What Debian's hosted libfdt.a wants of a C library besides lib/string.h: the stack protector's
// two symbols and strtoul. Boot only.

#include <core/log.h>
#include <lib/string.h>

uintptr_t __stack_chk_guard = 0x00a5f03c5a0fc300;
noreturn void __stack_chk_fail(void);
unsigned long strtoul(const char *s, char **end, int base);

noreturn void __stack_chk_fail(void) { panic("libfdt overran its stack frame"); }

unsigned long strtoul(const char *s, char **end, int base) { return strtoull(s, end, base); }
