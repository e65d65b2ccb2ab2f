// SPDX-License-Identifier: Apache-2.0
// How a YAML file becomes structs: a shape is a table of keys, each with its kind, its place in the
// struct and its help text. libyaml gives the document with line and column of every node.
#pragma once
#include "model.h"

enum kind {
    KIND_TEXT,
    KIND_FILE, // text, but a path
    KIND_NAME,
    KIND_CHOICE,
    KIND_COUNT,
    KIND_ADDRESS,
    KIND_SIZE,
    KIND_TIME,
    KIND_RATE,
    KIND_TRUTH,
    KIND_CPUS,
    KIND_MAP,
    KIND_LIST, // of maps; one map stands for a list of one
    KIND_NAMES,
    KIND_CPU_LIST,
};

struct field {
    const char *key;
    enum kind kind;
    bool required;
    size_t offset;             // in the struct of the shape
    const struct shape *of;    // KIND_MAP, KIND_LIST
    const char *const *choice; // KIND_CHOICE, NULL at the end
    const char *help;
};

struct shape {
    const char *what; // "a domain"
    size_t size;
    const char *scalar; // the key that a scalar in place of the map gives; NULL: none
    const struct field *fields;
};

// Read the file into *out, which has the shape; complaints go to r. False when the file is no YAML.
bool shape_read(const char *path, const struct shape *shape, void *out, struct report *r);

// All keys with their help, as --help prints them; `list`: of one element of a list.
void shape_help(const struct shape *shape, FILE *to, int indent, bool list);

extern const struct shape system_shape;
