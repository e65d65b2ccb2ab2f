// SPDX-License-Identifier: Apache-2.0
// <string.h> for libfdt's headers at EL2: our own string functions.
#pragma once
#include <lib/string.h>
