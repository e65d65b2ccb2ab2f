// SPDX-License-Identifier: Apache-2.0
// <stdlib.h> for libfdt's headers at EL2, which name it but need no more than string functions.
#pragma once
#include <lib/string.h>
