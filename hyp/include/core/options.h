// SPDX-License-Identifier: Apache-2.0
// The command line's options with their defaults; written at boot by boot/cmdline.c, afterwards
// only what hypercall/hypfs.c lets the control domain write.
#pragma once
#include <core/types.h>

struct options {
    char console[16];        // "dtuart", "none"
    char dtuart[96];         // path or alias; "" = /chosen stdout-path
    uint64_t dom0_mem;       // bytes; 0 = not given
    uint32_t dom0_max_vcpus; // 0 = one per CPU
    uint32_t max_cpus;       // 0 = all
    uint32_t irq_budget;     // interrupts of one assigned SPI in 10 ms (core/irq.c); 0 = any number
    // What a domain may ask for, and gets when it does not (hypercall/domctl_life.c).
    uint32_t gnttab_max_frames, gnttab_max_maptrack_frames;
    char sched[16]; // "" = the first of this build
    char loglvl[24], guest_loglvl[24];
    bool noreboot;
    bool vwfi_native;
    bool bootscrub;
    bool sync_console;
};
extern struct options options;
