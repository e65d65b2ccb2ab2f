// SPDX-License-Identifier: Apache-2.0
// The choice of the physical GIC's driver. Boot CPU only; what it sets is const afterwards.
#include <boot/system.h>
#include <core/errno.h>
#include <core/log.h>
#include <drivers/gic.h>

const struct gic_driver *gic;
unsigned gic_nr_lrs, gic_nr_irqs;

int gic_init(const struct system_gic *desc) {
    gic = gic_find(desc->version);
    if (!gic) {
        log_error("GIC: this image has no driver for version %u", desc->version);
        return fail(-ENODEV);
    }
    int err = gic->init(desc);
    if (err)
        return err;
    // The underflow interrupt cannot be told from an idle set when there is a single list register.
    if (gic_nr_lrs < 2) {
        log_error("GIC: %u list registers, at least 2 are needed", gic_nr_lrs);
        return fail(-ENODEV);
    }
    log_info("%s: %u interrupts, %u list registers", gic->name, gic_nr_irqs, gic_nr_lrs);
    return 0;
}
