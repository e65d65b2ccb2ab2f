// SPDX-License-Identifier: Apache-2.0
// What this hypervisor says it is, for xen_version and hypfs.
#pragma once
#include "hypercall.h"

// The release whose interface is spoken.
#define VERSION_MAJOR 4
#define VERSION_MINOR 17
#define VERSION_EXTRA "-cofferdam"
#define COMPILER "C11 " __VERSION__
#define COMPILE_BY "cofferdam"
// Builds are reproducible: who built it, where and when is not recorded.
#define COMPILE_DOMAIN "reproducible"
#define COMPILE_DATE "reproducible"

// The source state in words: the build id in hexadecimal; returns its length.
size_t version_changeset(char *text, size_t size);
