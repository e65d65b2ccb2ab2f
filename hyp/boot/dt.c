// SPDX-License-Identifier: Apache-2.0
// Device tree -> struct system (boot/dt.h): blob checks, the one walk that sorts nodes to their
// readers, and what is checked across nodes. Memory is in dt_memory.c, CPUs and interrupt hardware
// in dt_cpu.c and dt_irq.c, modules and command lines in dt_chosen.c, static domains in
// dt_domain.c, the console in dt_uart.c. Boot CPU only.
#include <boot/dt.h>
#include <boot/dt_readers.h>
#include <boot/dt_walk.h>

#include <core/log.h>
#include <lib/string.h>

struct dt_host dt_host;

void dt_open(const void *fdt, struct system *s) {
    const char *why = dt_check(fdt, DT_MAX_SIZE);

    if (why)
        boot_refuse("device tree", "pass an intact DTB in x0", "%s", why);
    dt_host = (struct dt_host){fdt, dt_child(fdt, 0, "chosen", strlen("chosen")), -1};
    s->source.size = dt_size(fdt);
    dt_read_bootargs(s);
}

static void read_node(struct system *s, struct dt_scan *scan, const struct dt_walk *w) {
    if (w->depth == 1 && strcmp(w->name, "aliases") == 0)
        dt_host.aliases = w->node;
    dt_memory_node(s, w);
    dt_cpu_node(s, scan, w);
    dt_irq_node(s, scan, w);
    dt_domain_node(s, scan, w); // before its modules
    dt_module_node(s, scan, w);
}

void dt_read_system(struct system *s) {
    static struct dt_walk w;
    struct dt_scan scan = {.timer = -1, .domain_node = -1, .boot_mpidr = s->cpu[0].mpidr};

    s->nr_cpus = 1; // the boot CPU is there, whatever the tree says
    s->nr_banks = s->nr_reserved = s->nr_modules = 0;
    s->nr_domains = s->nr_shared = s->nr_links = s->nr_pools = s->nr_assigned = s->nr_resets = 0;
    s->gic = (struct system_gic){.node = -1};
    s->cpu_compatible_len = 0;
    s->psci = false;
    dt_walk_begin(&w, dt_host.fdt);
    while (dt_walk_next(&w))
        read_node(s, &scan, &w);
    dt_cpu_finish(s, &scan);
    dt_irq_finish(s, &scan);
    dt_memory_finish(s);
}
