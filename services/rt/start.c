// SPDX-License-Identifier: Apache-2.0
// How a guest of the kit begins: from its device tree, with rt_main(). Test guests have their own
// (tests/guest/rt/domain.c).

#include "rt.h"

void (*rt_start(void *boot))(void) {
    rt_fdt_read(boot);
    return rt_main;
}
