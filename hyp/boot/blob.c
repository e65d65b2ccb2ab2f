// SPDX-License-Identifier: Apache-2.0
// Is it a system blob that can be booted (boot/blob.h)? The host tool asks the same of what it has
// written. Pure but for boot_refuse.
#include <boot/blob.h>
#include <boot/range.h>

#include <core/log.h>
#include <lib/string.h>

#define ENDS(text) (memchr((text), 0, sizeof(text)) != NULL)

static bool is_range(const struct system_range *r) {
    uint64_t end;

    return r->size && !ck_add(r->base.v, r->size, &end);
}

// Sorted, apart, whole pages.
static bool is_list(const struct system_range *list, unsigned n) {
    uint64_t from = 0;

    for (unsigned i = 0; i < n; from = range_end(&list[i++]))
        if (!is_range(&list[i]) || ((list[i].base.v | list[i].size) & (PAGE_SIZE - 1)) ||
            list[i].base.v < from)
            return false;
    return true;
}

static bool is_ppi(irq_t irq) { return irq >= 16 && irq < 32; }

static bool machine_is_sound(const struct system *s) {
    const struct system_gic *g = &s->gic;
    const struct system_range *part[] = {&g->dist, &g->cpu, &g->hyp, &g->vcpu};
    bool good = s->nr_banks && s->nr_banks <= MAX_BANKS && s->nr_reserved <= MAX_RESERVED &&
                is_list(s->bank, s->nr_banks) && is_list(s->reserved, s->nr_reserved) &&
                s->nr_cpus && s->nr_cpus <= NR_CPUS && ENDS(s->bootargs) &&
                (g->version == 2 || (g->version == 3 && g->nr_redist)) &&
                g->nr_redist <= ARRAY_SIZE(g->redist) && is_ppi(g->maintenance) &&
                ENDS(s->uart.compatible) && s->uart.irq < NR_INTIDS &&
                (!s->uart.compatible[0] || is_range(&s->uart.reg));

    for (unsigned i = 0; good && i < ARRAY_SIZE(part); i++)
        good = is_range(part[i]) || (part[i]->size == 0 && i > 0 && g->version == 3);
    for (unsigned i = 0; good && i < g->nr_redist; i++)
        good = is_range(&g->redist[i]);
    for (unsigned i = 0; good && i < ARRAY_SIZE(s->timer_ppi); i++)
        good = is_ppi(s->timer_ppi[i]);
    for (unsigned i = 1; good && i < s->nr_cpus; i++)
        for (unsigned k = 0; k < i; k++)
            good = good && s->cpu[i].mpidr != s->cpu[k].mpidr;
    return good;
}

static bool domain_is_sound(const struct system *s, const struct system_domain *d, uint64_t size) {
    return ENDS(d->node) && d->enhanced < ENHANCED_ALL && d->nr_banks <= MAX_STATIC_BANKS &&
           (d->memory & (PAGE_SIZE - 1)) == 0 && d->kernel < s->nr_modules &&
           (d->ramdisk < s->nr_modules || d->ramdisk == NO_MODULE) &&
           d->restart.on_crash <= ACTION_PANIC && d->restart.on_hang <= ACTION_PANIC &&
           d->restart.on_shutdown <= ACTION_PANIC && is_range(&d->fdt) &&
           range_end(&d->fdt) <= size;
}

static bool domains_are_sound(const struct system *s, uint64_t size) {
    bool good = s->nr_domains && s->nr_domains <= MAX_STATIC_DOMAINS &&
                s->nr_modules <= MAX_MODULES && s->nr_pools <= MAX_CPUPOOLS &&
                s->nr_shared <= MAX_SHARED && s->nr_links <= MAX_LINKS &&
                s->nr_assigned <= MAX_ASSIGNED && s->nr_resets <= MAX_RESETS;

    for (unsigned i = 0; good && i < s->nr_modules; i++)
        good = ENDS(s->module[i].node) && is_range(&s->module[i].range) && s->module[i].domid &&
               s->module[i].domid <= s->nr_domains;
    for (unsigned i = 0; good && i < s->nr_domains; i++)
        good = domain_is_sound(s, &s->domain[i], size);
    for (unsigned i = 0; good && i < s->nr_pools; i++)
        good = ENDS(s->pool[i].node) && ENDS(s->pool[i].sched) && s->pool[i].nr_cpus &&
               s->pool[i].nr_cpus <= NR_CPUS && s->pool[i].nr_windows <= MAX_WINDOWS;
    for (unsigned i = 0; good && i < s->nr_shared; i++)
        good = ENDS(s->shared[i].node) && ENDS(s->shared[i].id) && s->shared[i].domid &&
               s->shared[i].domid <= s->nr_domains;
    for (unsigned i = 0; good && i < s->nr_links; i++)
        good = ENDS(s->link[i].node) && s->link[i].domid && s->link[i].domid <= s->nr_domains;
    for (unsigned i = 0; good && i < s->nr_assigned; i++)
        good = s->assigned[i].domid && s->assigned[i].domid <= s->nr_domains;
    return good;
}

// A flag's byte, which as a bool must be 0 or 1.
static bool is_flag(const bool *flag) { return *(const uint8_t *)(const void *)flag <= 1; }

static bool options_are_sound(const struct options *o) {
    return ENDS(o->console) && ENDS(o->dtuart) && ENDS(o->sched) && ENDS(o->loglvl) &&
           ENDS(o->guest_loglvl) && is_flag(&o->noreboot) && is_flag(&o->vwfi_native) &&
           is_flag(&o->bootscrub) && is_flag(&o->sync_console);
}

const char *blob_check(const void *at, uint64_t room) {
    const struct coff_blob *blob = at;
    const struct system *s = blob_system(blob);

    if (room < sizeof(*blob) || blob->magic != COFF_BLOB_MAGIC)
        return "it is none";
    if (blob->version != COFF_BLOB_VERSION || blob->system_size != sizeof(struct system) ||
        blob->options_size != sizeof(struct options))
        return "it is of another version";
    if (blob->size > room || blob->size % 8 ||
        blob->size < sizeof(*blob) + sizeof(struct system) + sizeof(struct options))
        return "it is truncated";
    if (coff_blob_checksum(blob) != blob->checksum)
        return "it is corrupt: its checksum is another";
    if (!machine_is_sound(s) || !domains_are_sound(s, blob->size) ||
        !options_are_sound(blob_options(blob)))
        return "it makes no sense";
    return NULL;
}

static bool within(const struct system_range *r, const struct system_range *in) {
    return r->base.v >= in->base.v && r->size <= in->size &&
           r->base.v - in->base.v <= in->size - r->size;
}

// Kernel, ramdisk and device tree go into the domain's RAM, each to a place of its own.
static bool images_fit(const struct system *s, const struct system_domain *d) {
    struct system_range bank[MAX_STATIC_BANKS];
    bool disk = d->ramdisk != NO_MODULE;
    const struct system_range part[] = {
        {pa_of(d->kernel_at.v), s->module[d->kernel].range.size},
        {pa_of(d->fdt_at.v), d->fdt.size},
        {pa_of(d->ramdisk_at.v), disk ? s->module[d->ramdisk].range.size : 0}};
    unsigned nr = system_guest_ram(d, bank);

    for (unsigned i = 0; i < (disk ? 3 : 2); i++) {
        bool inside = false;

        for (unsigned b = 0; b < nr; b++)
            inside = inside || within(&part[i], &bank[b]);
        for (unsigned k = 0; k < i; k++)
            inside = inside && !range_overlap(&part[i], &part[k]);
        if (!inside)
            return false;
    }
    return true;
}

void blob_read(const struct coff_blob *blob, struct system *s) {
    const struct system *said = blob_system(blob);
    struct system_range image = s->image, source = s->source;

    if (said->cpu[0].mpidr != s->cpu[0].mpidr)
        boot_refuse("system blob", "boot on that CPU", "it is for a boot CPU with MPIDR %#llx",
                    (unsigned long long)said->cpu[0].mpidr);
    if (said->ipa_bits > s->ipa_bits)
        boot_refuse("system blob", "make it for this CPU", "its guests have %u-bit addresses",
                    said->ipa_bits);
    *s = *said;
    s->image = image;
    s->source = source;
    system_check_all(s);
    system_check_assigned(s);
    for (unsigned i = 0; i < s->nr_domains; i++) {
        if (!images_fit(s, &s->domain[i]))
            boot_refuse(s->domain[i].node, "make the blob anew",
                        "its images are not in its memory");
        s->domain[i].fdt.base.v += source.base.v;
    }
}
