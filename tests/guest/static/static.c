// SPDX-License-Identifier: Apache-2.0
// A guest of a static system (Xen's dom0less device tree): says what it was given. The first word
// of its command line chooses what it does; the rest is for the log.

#include "rt.h"

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// Its device tree, in hexadecimal lines of 32 bytes.
static void dump_tree(void) {
    const uint8_t *p = rt_platform.fdt;
    uint32_t size = be32(p + 4);
    rt_printf("@TREE %u\n", size);
    for (uint32_t i = 0; i < size; i++) {
        rt_printf("%s%x%x%s", i % 32U == 0 ? "@T " : "", p[i] >> 4, p[i] & 15U,
                  i % 32U == 31U || i + 1U == size ? "\n" : "");
    }
}

static void tell(void) {
    rt_printf("@HELLO %s ram %lx+%lx cpus %u gic %u at %lx evtchn %u image %lx\n",
              rt_platform.bootargs, rt_platform.ram_base, rt_platform.ram_size, rt_platform.nr_cpus,
              rt_platform.gic_version, rt_platform.gicd, rt_platform.irq_evtchn,
              (uint64_t)(uintptr_t)image_start);
}

void rt_main(void) {
    tell();
    if (rt_platform.bootargs[0] == 'd') {
        dump_tree();
    }
    rt_printf("@END %s\n", rt_platform.bootargs);
}
