// SPDX-License-Identifier: Apache-2.0
// The choice of the physical GIC's driver. Boot CPU only; what it sets is const afterwards.
#include <boot/system.h>
#include <core/errno.h>
#include <core/log.h>
#include <drivers/gic.h>

const struct gic_driver *gic;
bool gic_is_v3;
unsigned gic_nr_lrs, gic_nr_irqs;

int gic_init(const struct system_gic *desc) {
    if (desc->version == 3)
        gic = &gic_v3;
    else if (desc->version == 2)
        gic = &gic_v2;
    else {
        log_error("GIC: version %u is not supported", desc->version);
        return fail(-ENODEV);
    }
    gic_is_v3 = desc->version == 3;
    int err = gic->init(desc);
    if (err)
        return err;
    // The underflow interrupt cannot be told from an idle set when there is a single list register.
    if (gic_nr_lrs < 2) {
        log_error("GIC: %u list registers, at least 2 are needed", gic_nr_lrs);
        return fail(-ENODEV);
    }
    log_info("GICv%u: %u interrupts, %u list registers", desc->version, gic_nr_irqs, gic_nr_lrs);
    return 0;
}
