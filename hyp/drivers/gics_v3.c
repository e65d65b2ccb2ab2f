// SPDX-License-Identifier: Apache-2.0
// The GIC of an image for GICv3 (-Dgic=v3).
#include <drivers/gic.h>

const struct gic_driver *gic_find(unsigned version) { return version == 3 ? &gic_v3 : NULL; }
