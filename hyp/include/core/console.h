// SPDX-License-Identifier: Apache-2.0
// The hypervisor console: a ring of text drained to the UART by its interrupt, a log of our own
// lines for `xl dmesg`; input goes to Xen's debug keys or to Dom0 (Ctrl-a three times switches).
// Owns LOCK_CONSOLE. Nothing here waits for the device, but for panic.
#pragma once
#include <core/log.h>
#include <core/types.h>

struct uart;

// Starts the UART (interrupts still off at the GIC); what is in the ring goes out. Not with
// console=none.
void console_init(const struct uart *uart);
// For a UART without an interrupt: serves it every 10 ms instead. Boot CPU, after irq_init_cpu.
void console_start_polling(void);
// Boot: what to call when a panic or refusal finds no UART yet; it may call console_init.
void console_set_fallback(void (*open_console)(void));
// Log levels by name ("none", "error", "warning", "info", "debug", "all"), one for always or two
// ("warning/info"): always, and rate-limited. false: not understood, nothing changed.
bool console_set_loglvl(const char *value, bool guest);
// Appends text as it is (no prefix). false when the ring has no room for all of it: nothing is
// taken, the caller tries again later (a continuation). len <= 64 KiB.
bool console_write(const char *text, size_t len) must_check;
// As console_write for the hypervisor's own lines: always taken, the oldest unsent text gives way.
// Begins a new line.
void console_log(const char *text, size_t len);
// Copies at most len bytes of input typed for Dom0; returns how many.
size_t console_read(char *buf, size_t len);
// Copies log text from absolute position *pos (advanced); for SYSCTL_readconsole and `dmesg`.
// O(len).
size_t console_log_read(uint64_t *pos, char *buf, size_t len);
// Text before `pos` is not read any more.
void console_log_forget(uint64_t pos);
// The last position whose low 32 bits are `low`.
uint64_t console_log_position(uint32_t low);
// UART interrupt: drains the ring, takes input. Registered with irq_take. No lock held.
void console_irq(uint32_t irq, void *arg);
// From now on this CPU alone writes, without the lock, and every byte is polled out at once; first
// what is still in the ring. For panic, and for the last words before the machine goes down.
void console_panic_mode(void);

// Debug keys: table in core/debugkeys.c; 'h' lists them. Runs on the CPU that took the input.
void debugkey_handle(char key);
