// SPDX-License-Identifier: Apache-2.0
// The GIC of an image for GICv2 (-Dgic=v2).
#include <drivers/gic.h>

const struct gic_driver *gic_find(unsigned version) { return version == 2 ? &gic_v2 : NULL; }
