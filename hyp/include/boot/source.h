// SPDX-License-Identifier: Apache-2.0
// Where struct system comes from: boot/source_tree.c, a device tree (the full build), or
// boot/source_blob.c, a system blob (the static profile). Called by boot.c in this order. Boot CPU,
// boot only; what cannot be booted ends in boot_refuse().
#pragma once
#include <boot/system.h>

// What the loader left at `at`: s->source and s->bootargs; `options` are as they say.
void source_open(pa_t at, struct system *s);
// For boot/wrong_el.c, MMU off, nothing else called: is there a UART to tell the user on?
bool source_find_uart(pa_t at, struct system_uart *u) must_check;
// s->uart.
void source_read_uart(struct system *s);
// All else. The caller has set s->image, s->ipa_bits and s->cpu[0].mpidr.
void source_read_system(struct system *s);
// What is left open of static domains.
void source_plan_domains(struct system *s);
// Dom0, if there is to be one; and, when the others are built, what it gets that they did not.
void source_build_dom0(struct system *s);
void source_finish(const struct system *s);
