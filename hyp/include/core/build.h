// SPDX-License-Identifier: Apache-2.0
// What this image is and how it was started; written by the build and by boot, const afterwards.
#pragma once
#include <core/types.h>

extern const uint8_t build_id[]; // the linker's build-id note
extern const uint32_t build_id_len;
extern char boot_commandline[1024]; // xen,xen-bootargs as found, always terminated
extern const char build_version[];
