// SPDX-License-Identifier: Apache-2.0
// Sequences of hypercalls from both domains, with arguments that are half plausible: no crash, no
// lock left (the dispatcher checks), calls end, and after the domains' teardown every page, pin and
// reference is back.
#include <core/errno.h>
#include <core/page.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/memory.h>

#include "fake_core.h"
#include "fake_guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *in, *end;
static uint8_t next(void) { return in < end ? *in++ : 0; }

// A byte becomes a number that means something to one call or another.
static uint64_t number(void) {
    static const uint64_t known[] = {DOMID_SELF,
                                     FAKE_FIRST,
                                     FAKE_FIRST + 40,
                                     FAKE_FIRST + 41,
                                     FAKE_D1_GFN,
                                     FAKE_D1_GFN + 40,
                                     FAKE_D1_GFN + 41,
                                     FAKE_D1_FIRST,
                                     FAKE_DEVICE,
                                     0x8000,
                                     0x8001,
                                     0x8000000,
                                     0x8001000,
                                     FAKE_VA,
                                     FAKE_VA + 0x1000,
                                     FAKE_VA + 0x2000,
                                     FAKE_VA + 0x17ff8,
                                     255,
                                     256,
                                     1023,
                                     4095,
                                     4096,
                                     0xffff,
                                     0x20000,
                                     UINT32_MAX,
                                     1ULL << 31,
                                     1ULL << 58,
                                     ~0ULL,
                                     0x30001,
                                     0x10001,
                                     0x100000001,
                                     DOMID_INVALID};
    uint8_t b = next();
    return b < 128 ? b : known[b % (sizeof(known) / sizeof(known[0]))];
}

static void fill(uint64_t va) {
    uint8_t n = next() % 24, shape = next();
    for (unsigned i = 0; i < n; i++) {
        uint64_t value = number();
        if (shape & (1U << i % 8)) // two 32-bit fields
            value = (uint32_t)value | number() << 32;
        memcpy(fake_guest_ptr(va + 8 * i), &value, 8);
    }
}

static void one_call(void) {
    static const uint8_t calls[] = {7,  12, 13, 17, 18, 20, 21, 24, 29, 32, 34,
                                    12, 20, 32, 12, 20, 32, 35, 36, 42, 36};
    uint8_t who = next();
    struct vcpu *v = who & 8 ? fake_d1->vcpu[who & 1] : fake_d0->vcpu[who & 3];
    int64_t ret;
    v->state = VCPU_RUNNING;
    v->domain->life = DOMAIN_ALIVE;
    fake_current = v;
    if (who & 0x10)
        fill(FAKE_VA);
    if (who & 0x20)
        fill(FAKE_VA + 0x1000);
    if (who & 0x40) {
        fake_fail_pool = next() % 4;
        fake_fail_map = next() % 4;
        fake_fail_unmap = next() % 4;
        fake_fail_pin = next() % 4;
    }
    uint64_t nr = calls[next() % sizeof(calls)], a0 = number(), a1 = number(), a2 = number();
    if (nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_sysctl) {
        uint64_t head = next() % 96 | 0x15ULL << 32; // command and interface version
        memcpy(fake_guest_ptr(FAKE_VA), &head, sizeof(head));
        a0 = FAKE_VA;
    }
    fake_hypercall_start(v, nr, a0, a1, a2);
    // Continuations may be left where they are: the guest need not come back.
    for (unsigned i = next() % 40; !fake_hypercall_step(v, &ret) && i; i--)
        v->state = VCPU_RUNNING;
    fake_exit(v);
    fake_did.console_len = 0;
    fake_fail_pool = fake_fail_map = fake_fail_unmap = fake_fail_pin = 0;
}

static void check(bool ok, const char *what) {
    if (ok)
        return;
    fprintf(stderr, "invariant: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint64_t owned[2] = {0, 0};
    in = data;
    end = data + size;
    fake_core_reset();
    fake_guest_allow_double = true;
    while (in < end)
        one_call();
    fake_core_teardown();
    fake_unmap_foreign(fake_d0);
    fake_unmap_foreign(fake_d1);
    check(fake_pins == 0, "pinned maps");
    for (uint64_t m = FAKE_FIRST; m < FAKE_FIRST + FAKE_FRAMES; m++) {
        struct page *p = page_of(mfn_of(m));
        check(p->state == PAGE_FREE || p->refs <= 1, "references");
        if (p->state == PAGE_GUEST)
            owned[p->owner]++;
    }
    check(owned[0] == fake_d0->tot_pages, "pages of d0");
    check(owned[1] == fake_d1->tot_pages, "pages of d1");
    return 0;
}
