// SPDX-License-Identifier: Apache-2.0
// The GICs of an image for both.
#include <arch/gic_inline.h>

bool gic_is_v3;

const struct gic_driver *gic_find(unsigned version) {
    gic_is_v3 = version == 3;
    return version == 3 ? &gic_v3 : version == 2 ? &gic_v2 : NULL;
}
