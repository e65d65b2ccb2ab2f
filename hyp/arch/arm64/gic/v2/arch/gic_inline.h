// SPDX-License-Identifier: Apache-2.0
// Inline half of drivers/gic.h where a GICv2 is all that is driven; gic/both says what each is.
#pragma once
#include <arm64/gicv2_inline.h>

#define gic_is_v3 false
#define gic_ack gicv2_ack
#define gic_pending gicv2_pending
#define gic_eoi gicv2_eoi
#define gic_deactivate gicv2_deactivate
#define gic_lr_own gicv2_lr_own
#define gic_lr_portable gicv2_lr_portable
#define gic_lr_busy gicv2_lr_busy
#define gic_near_lr_write gicv2_near_lr_write
#define gic_near_lr_renew gicv2_lr_renew
#define gic_lr_read gicv2_lr_read
#define gic_lr_write gicv2_lr_write
#define gic_save gicv2_save
#define gic_load gicv2_load
#define gic_lr_empty gicv2_lr_empty
#define gic_kick(cpu) gicv2_kick(cpu, 0)
