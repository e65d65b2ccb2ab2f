// SPDX-License-Identifier: Apache-2.0
// Guest memory behind the one door (arch/guest.h): FAKE_VA_PAGES pages at FAKE_VA, the current
// domain's first frames. Reading a byte twice within one hypercall is an error (double fetch), and
// so is a write of bytes that were never initialised.
#pragma once
#include <core/addr.h>

#define FAKE_VA 0x40000000ULL
#define FAKE_VA_PAGES 24

// Forgets what has been read: a new hypercall begins.
void fake_guest_begin(void);
extern bool fake_guest_allow_double; // fuzzing: arguments may lie upon each other
// The byte behind a guest address of the current domain.
void *fake_guest_ptr(uint64_t va);
