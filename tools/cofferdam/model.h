// SPDX-License-Identifier: Apache-2.0
// A system file as read: what it says, each value with its place. The schema (schema.c) fills these
// structs, the checks prove them, the layout gives what is to be chosen: such a number has a value
// that was not said.
#pragma once
#include "report.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEMA_VERSION 1
#define MAX_CPUS 64

struct text {
    struct place at;
    const char *s; // NULL: not said
};
struct number { // size in bytes, address, time in ns, rate in Hz, count, or 0 and 1
    struct place at;
    uint64_t v;
    bool said;
};
struct cpus {
    struct place at;
    uint64_t mask;
};
struct list {
    struct place at;
    size_t n;
    void *item;
};

struct board {
    struct place at;
    struct text machine, device_tree;
    struct number cpus, memory;
};
struct hypervisor {
    struct place at;
    struct text image, arguments, console, scheduler;
};
struct dom0 {
    struct place at;
    struct text kernel, ramdisk, arguments;
    struct number memory, vcpus;
};
struct window {
    struct place at;
    struct text domain;
    struct number vcpu, runtime;
};
struct pool {
    struct place at;
    struct text name, scheduler;
    struct list cpus; // struct cpus
    struct number major_frame;
    struct list windows;
};
struct span {
    struct place at;
    struct number address, size;
};
struct memory {
    struct place at;
    struct number size, fixed, direct_map;
    struct list ranges; // struct span
};
struct schedule {
    struct place at;
    struct number weight, cap, period, budget;
};
struct step {
    struct place at;
    struct number offset, write, mask, value;
};
struct device {
    struct place at;
    struct text path;
    struct number clock_rate;
    struct list reset; // struct step
};
struct domain {
    struct place at;
    struct text name, kernel, ramdisk, device_tree, arguments;
    struct memory memory;
    struct number vcpus, spis, vpmu;
    struct list pin; // struct cpus, one for all vCPUs or one each
    struct text pool;
    struct schedule schedule;
    struct text console, enhanced, unsafe_dma, unsafe_restart;
    struct list assign, after; // struct device, struct text
    struct text on_crash, on_hang, on_shutdown, group;
    struct number limit;
};
struct end {
    struct place at;
    struct text domain;
    struct number address, port, owner;
};
struct link {
    struct place at;
    struct text name, kind;
    struct number size, address;
    struct list ends;
};
struct model {
    struct place at;
    struct number version;
    struct text name;
    struct board board;
    struct hypervisor hypervisor;
    struct dom0 dom0;
    struct list pools, domains, links;
};

static inline struct domain *domain_at(const struct model *m, size_t i) {
    return (struct domain *)m->domains.item + i;
}
static inline struct pool *pool_at(const struct model *m, size_t i) {
    return (struct pool *)m->pools.item + i;
}
static inline struct link *link_at(const struct model *m, size_t i) {
    return (struct link *)m->links.item + i;
}
static inline struct end *end_at(const struct link *l, size_t i) {
    return (struct end *)l->ends.item + i;
}
static inline struct device *device_at(const struct domain *d, size_t i) {
    return (struct device *)d->assign.item + i;
}
static inline struct span *range_at(const struct domain *d, size_t i) {
    return (struct span *)d->memory.ranges.item + i;
}

// By name, or NULL.
struct domain *find_domain(const struct model *m, const char *name);
struct pool *find_pool(const struct model *m, const char *name);

// What is not said has its usual value.
uint64_t number_or(struct number n, uint64_t usual);
const char *text_or(struct text t, const char *usual);
uint64_t vcpus_of(const struct domain *d);
uint64_t pool_cpus(const struct pool *p);
// CPUs that vCPU i may run on by its pin alone; 0: not pinned.
uint64_t pin_of(const struct domain *d, size_t vcpu);
bool is_static(const struct memory *m);
bool is_text(struct text t, const char *s);
// Is one of its actions a restart?
bool domain_restarts(const struct domain *d);
