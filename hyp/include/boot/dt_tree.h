// SPDX-License-Identifier: Apache-2.0
// Reading the structure block of a tree that dt_open has checked: what libfdt's functions of the
// same purpose do, without checking each step again. Nodes and properties are named by libfdt's
// offsets, < 0 for none. Boot only; each is one pass over what it skips.
#pragma once
#include <core/types.h>

// A property's bytes in the blob; p == NULL: the node has none of that name.
struct dt_prop {
    const void *p;
    int len;
};

// The first node (`node` < 0), or the next in document order; *depth follows.
int dt_next_node(const void *fdt, int node, int *depth);
// The properties of a node in turn.
int dt_first_property(const void *fdt, int node);
int dt_next_property(const void *fdt, int prop);
struct dt_prop dt_property_at(const void *fdt, int prop, const char **name);
// The token behind a node's last property.
int dt_after_properties(const void *fdt, int prop_or_node);
// Name of a node, and its property of a name.
const char *dt_name(const void *fdt, int node);
struct dt_prop dt_property(const void *fdt, int node, const char *name);
// The node with this phandle; the child with this name, which may leave out the unit address.
int dt_by_phandle(const void *fdt, uint32_t phandle);
int dt_child(const void *fdt, int node, const char *name, size_t len);
// The node that begins at the token `at` or follows it; see dt_next_node.
int dt_node_from(const void *fdt, int at, int *depth);
