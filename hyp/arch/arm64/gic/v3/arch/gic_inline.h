// SPDX-License-Identifier: Apache-2.0
// Inline half of drivers/gic.h where a GICv3 is all that is driven; gic/both says what each is.
#pragma once
#include <arm64/gicv3_inline.h>

#define gic_is_v3 true
#define gic_ack gicv3_ack
#define gic_pending gicv3_pending
#define gic_eoi gicv3_eoi
#define gic_deactivate gicv3_deactivate
#define gic_lr_own gicv3_lr_own
#define gic_lr_portable gicv3_lr_portable
#define gic_lr_busy gicv3_lr_busy
#define gic_near_lr_write gicv3_near_lr_write
#define gic_near_lr_renew gicv3_near_lr_renew
#define gic_lr_read gicv3_lr_read
#define gic_lr_write gicv3_lr_write
#define gic_save gicv3_save
#define gic_load gicv3_load
#define gic_lr_empty gicv3_lr_empty
#define gic_kick gicv3_kick

// SGIs that have a source are GICv2's: nothing is ever done with these.
#define gicv2_lr_source(source) (source)
#define gicv2_lr_renew gicv3_near_lr_renew
#define gicv2_kick(cpu, sgi) gicv3_kick(cpu)
