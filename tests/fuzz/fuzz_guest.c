// SPDX-License-Identifier: Apache-2.0
// libFuzzer: the guest accessors (arch/arm64/guest.c) over a small guest whose pages are RAM,
// somebody else's, devices or absent. Whatever is asked: bytes move only from and to its own pages,
// each once; two windows stay open at most, each by itself, and when they are closed all references
// are back.
#include <arch/guest_inline.h>
#include <arch/map.h>
#include <arm64/translate.h>
#include <core/domain.h>
#include <core/errno.h>
#include <core/page.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 8

static char ram[PAGES][PAGE_SIZE], shadow[PAGES][PAGE_SIZE];
static struct page pages[PAGES];
static struct domain domain = {.id = 1};
static struct vcpu vcpu = {.domain = &domain};
static struct percpu cpu = {.loaded = &vcpu};
_Thread_local struct percpu *fake_cpu;
#define FIRST_WINDOW (1 * MAX_VCPUS * WINDOWS_PER_VCPU) // of domain 1's vCPU 0
static bool is_open[WINDOWS_PER_VCPU];
static uint8_t first[PAGES]; // kind at first
static uint8_t kind[PAGES];  // 0 own RAM, 1 read-only, 2 another domain's, 3 device, 4 absent

static uint64_t translate(uint64_t va, bool write, unsigned stage2) {
    uint64_t i = va >> PAGE_SHIFT;
    if (i >= PAGES || kind[i] == 4)
        return 1;
    if (kind[i] == 1 && write)
        return 1 | (uint64_t)stage2 << 9;
    return i << PAGE_SHIFT | 1 << 11; // RES1
}
uint64_t translate_s12(uint64_t va, bool write) { return translate(va, write, 1); }
uint64_t translate_s1(uint64_t va, bool write) { return translate(va, write, 0); }
struct page *page_of(mfn_t m) {
    return m.v < PAGES && kind[m.v] != 3 ? &pages[m.v] : NULL;
}
mfn_t page_mfn(const struct page *p) { return mfn_of((uint64_t)(p - pages)); }
bool page_get_visible(struct page *p, const struct domain *d) {
    if (p->owner != d->id)
        return false;
    p->refs++;
    return true;
}
void page_put(struct page *p) { p->refs--; }
// What is open is closed before it moves, and holds the frame.
void *vcpu_window_open(unsigned n, mfn_t frame) {
    unsigned w = n - FIRST_WINDOW;
    if (w >= WINDOWS_PER_VCPU || is_open[w] || pages[frame.v].refs < 2)
        abort();
    is_open[w] = true;
    return ram[frame.v];
}
void vcpu_window_close(unsigned n) {
    if (!is_open[n - FIRST_WINDOW])
        abort();
    is_open[n - FIRST_WINDOW] = false;
}

static void access(uint64_t va, size_t len, bool write, uint8_t fill) {
    static char buf[3 * PAGE_SIZE];
    bool ok = true;
    len %= sizeof(buf);
    memset(buf, fill, sizeof(buf));
    memcpy(shadow, ram, sizeof(ram));
    int rc =
        write ? guest_write(guest_ptr_of(va), buf, len) : guest_read(buf, guest_ptr_of(va), len);
    for (size_t n = 0; n < len && ok; n++) {
        uint64_t i = (va + n) >> PAGE_SHIFT, at = (va + n) & (PAGE_SIZE - 1);
        ok = i < PAGES && (kind[i] == 0 || (kind[i] == 1 && !write));
        if (ok && write)
            shadow[i][at] = (char)fill;
        else if (ok && buf[n] != ram[i][at])
            abort();
    }
    if ((rc == 0) != ok || memcmp(shadow, ram, sizeof(ram)))
        abort();
}

static void read_word(uint64_t va) {
    uint32_t wanted = 0;
    uint64_t i = va >> PAGE_SHIFT, at = va % PAGE_SIZE;
    int64_t word = guest_read_word(&vcpu, guest_ptr_of(va));
    if (at > PAGE_SIZE - sizeof(wanted)) // over the edge: guest_read's way
        return;
    bool ok = i < PAGES && kind[i] <= 1;
    if (ok)
        memcpy(&wanted, &ram[i][at], sizeof(wanted));
    if (word != (ok ? (int64_t)wanted : -EFAULT))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fake_cpu = &cpu;
    if (size < PAGES)
        return 0;
    for (unsigned i = 0; i < PAGES; i++) {
        kind[i] = first[i] = data[i] % 5;
        pages[i] = (struct page){.owner = kind[i] == 2 ? 2 : 1, .refs = 1};
        memset(ram[i], data[i], PAGE_SIZE);
    }
    for (data += PAGES, size -= PAGES; size >= 8; data += 8, size -= 8) {
        uint32_t va;
        uint16_t len;
        gfn_t gfn;
        memcpy(&va, data, 4);
        memcpy(&len, data + 4, 2);
        uint64_t at = (data[6] & 2) ? ~0ULL - (va & 0xffff) : va % (PAGES * PAGE_SIZE + 64);
        access(at, len, data[6] & 1, data[7]);
        read_word(at);
        if (data[6] & 4) // its map changes
            kind[data[7] % PAGES] ^= (uint8_t)(first[data[7] % PAGES] ^ 4);
        if (data[6] & 8) // it is at rest
            guest_windows_close(&vcpu);
        (void)!guest_translate(guest_ptr_of(at), data[6] & 1, &gfn);
    }
    guest_windows_close(&vcpu);
    for (unsigned i = 0; i < PAGES; i++)
        if (pages[i].refs != 1 || is_open[0] || is_open[1] || is_open[2])
            abort();
    return 0;
}
