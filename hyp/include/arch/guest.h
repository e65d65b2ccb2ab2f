// SPDX-License-Identifier: Apache-2.0
// Arch contract: the one door to guest memory (R1). Addresses are the current vCPU's virtual ones,
// translated by its stage-1 and stage-2 tables as its current EL would access them; each page must
// be ordinary RAM of that domain (or RAM it has mapped), with write permission for writes. Every
// byte is read once. All return 0 or -EFAULT; a failed write may have written a prefix. Bounded by
// len.
#pragma once
#include <core/addr.h>

// Reads/writes `len` bytes of the current vCPU's memory.
int guest_read(void *dst, guest_ptr_t src, size_t len) must_check;
int guest_write(guest_ptr_t dst, const void *src, size_t len) must_check;
// Frame behind a guest virtual address, for interfaces that name buffers by address; -EFAULT if
// none.
int guest_translate(guest_ptr_t va, bool write, gfn_t *gfn) must_check;
