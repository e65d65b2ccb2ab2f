// SPDX-License-Identifier: Apache-2.0
// The hypervisor's command line, with the option names of Xen.
#pragma once

// Reads all options of `line` into `options`; an unknown one or a bad value is named in a warning
// and otherwise ignored. Boot CPU; O(length).
void cmdline_parse(const char *line);
