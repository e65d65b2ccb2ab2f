// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any syndrome, any registers through the real trap dispatcher; nothing may reach panic,
// read an unset register or leave a lock held.
#include "fake_trap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct {
        uint64_t esr, far, ipa, x[4], spsr;
    } in;
    fake_guest_reset();
    for (; size >= sizeof(in); data += sizeof(in), size -= sizeof(in)) {
        memcpy(&in, data, sizeof(in));
        for (unsigned i = 0; i < 31; i++)
            fake_vcpu.arch.regs.x[i] = in.x[i & 3];
        fake_vcpu.arch.regs.spsr = in.spsr & 0xffffffff;
        fake_vcpu.arch.aarch32 = in.spsr >> 63;
        fake_trap(in.esr & 0xffffffff, in.far, in.ipa & ((1ULL << 40) - 1));
        if (fake_domain.lock.next != 0)
            abort();
    }
    return 0;
}
