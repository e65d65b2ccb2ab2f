// SPDX-License-Identifier: Apache-2.0
// Inline half of arch/guest.h on arm64: how the argument of an event channel send is read.
#pragma once
#include <arch/guest.h>
#include <arm64/translate.h>
#include <core/vcpu.h>

int64_t guest_read_word_elsewhere(struct vcpu *v, guest_ptr_t src, uint64_t par) must_check;

// One word by the shortest way: >= 0, or -EFAULT. v is current.
static inline int64_t guest_read_word(struct vcpu *v, guest_ptr_t src) {
    const struct guest_window *w = v->arch.window;
    uint64_t par = translate_s12(src.v, false);
    if (unlikely(par != w->tag || src.v % sizeof(uint32_t)))
        return guest_read_word_elsewhere(v, src, par);
    return peek_word((const uint32_t *)(const void *)(w->va + src.v % PAGE_SIZE));
}
