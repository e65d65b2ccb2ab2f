// SPDX-License-Identifier: Apache-2.0
// hypfs_op (xen/hypfs.h): a small tree of facts and parameters for the control domain. It is one
// flat table of paths; a directory's contents are the rows one level below it. Worst case: TEXT
// bytes, the table twice.
#include "version.h"
#include <core/build.h>
#include <core/console.h>
#include <core/grant.h>
#include <core/options.h>
#include <lib/format.h>
#include <xen/hypfs.h>

#define PATH 64 // longer than every path here
#define TEXT 256
#define NAME_OFFSET offsetof(struct xen_hypfs_dirlistentry, name)

// Fills `text` with the contents: a string with its NUL, or a number's bytes; returns their length.
typedef size_t show_fn(char *text, const void *data);

static size_t show_text(char *text, const void *data) { return strlcpy(text, data, TEXT) + 1; }

static size_t show_number(char *text, const void *data) {
    memcpy(text, data, sizeof(uint32_t));
    return sizeof(uint32_t);
}

// Limits are parameters, and those are text.
static size_t show_limit(char *text, const void *data) {
    return (size_t)format_to(text, TEXT, "%u", *(const uint32_t *)data) + 1;
}

static size_t show_changeset(char *text, const void *data) {
    (void)data;
    return version_changeset(text, TEXT) + 1;
}

// Takes what a guest wrote. Under the writer's domain's lock.
typedef int set_fn(const char *value);

static int set_level(const char *value, bool guests) {
    if (!console_set_loglvl(value, guests))
        return fail(-EINVAL);
    strlcpy(guests ? options.guest_loglvl : options.loglvl, value, sizeof(options.loglvl));
    return 0;
}

static int set_loglvl(const char *value) { return set_level(value, false); }
static int set_guest_loglvl(const char *value) { return set_level(value, true); }

// Holds for domains that are made later. Xen takes larger ones than anybody could be given.
static int set_limit(const char *value, uint32_t *limit, uint32_t max) {
    char *end;
    unsigned long long n = strtoull(value, &end, 0);
    if (*end)
        return fail(-EINVAL);
    if (n > max)
        return fail(-ERANGE);
    store_relaxed(limit, (uint32_t)n);
    return 0;
}

static int set_frames(const char *value) {
    return set_limit(value, &options.gnttab_max_frames, GRANT_MAX_FRAMES);
}

static int set_maptrack(const char *value) {
    return set_limit(value, &options.gnttab_max_maptrack_frames, GRANT_MAX_MAPTRACK_FRAMES);
}

static const uint32_t major = VERSION_MAJOR, minor = VERSION_MINOR;

static const struct entry {
    const char *path;
    uint8_t type; // XEN_HYPFS_TYPE_*
    set_fn *set;  // NULL: cannot be written
    show_fn *show;
    const void *data;
} entries[] = {
    {"", XEN_HYPFS_TYPE_DIR, NULL, NULL, NULL},
    {"/buildinfo", XEN_HYPFS_TYPE_DIR, NULL, NULL, NULL},
    {"/buildinfo/changeset", XEN_HYPFS_TYPE_STRING, NULL, show_changeset, NULL},
    {"/buildinfo/compileinfo", XEN_HYPFS_TYPE_DIR, NULL, NULL, NULL},
    {"/buildinfo/compileinfo/compile_by", XEN_HYPFS_TYPE_STRING, NULL, show_text, COMPILE_BY},
    {"/buildinfo/compileinfo/compile_date", XEN_HYPFS_TYPE_STRING, NULL, show_text, COMPILE_DATE},
    {"/buildinfo/compileinfo/compile_domain", XEN_HYPFS_TYPE_STRING, NULL, show_text,
     COMPILE_DOMAIN},
    {"/buildinfo/compileinfo/compiler", XEN_HYPFS_TYPE_STRING, NULL, show_text, COMPILER},
    {"/buildinfo/config", XEN_HYPFS_TYPE_STRING, NULL, show_text, build_version},
    {"/buildinfo/version", XEN_HYPFS_TYPE_DIR, NULL, NULL, NULL},
    {"/buildinfo/version/extra", XEN_HYPFS_TYPE_STRING, NULL, show_text, VERSION_EXTRA},
    {"/buildinfo/version/major", XEN_HYPFS_TYPE_UINT, NULL, show_number, &major},
    {"/buildinfo/version/minor", XEN_HYPFS_TYPE_UINT, NULL, show_number, &minor},
    {"/params", XEN_HYPFS_TYPE_DIR, NULL, NULL, NULL},
    {"/params/gnttab_max_frames", XEN_HYPFS_TYPE_STRING, set_frames, show_limit,
     &options.gnttab_max_frames},
    {"/params/gnttab_max_maptrack_frames", XEN_HYPFS_TYPE_STRING, set_maptrack, show_limit,
     &options.gnttab_max_maptrack_frames},
    {"/params/guest_loglvl", XEN_HYPFS_TYPE_STRING, set_guest_loglvl, show_text,
     options.guest_loglvl},
    {"/params/loglvl", XEN_HYPFS_TYPE_STRING, set_loglvl, show_text, options.loglvl},
};

// The name of `e` if it lies directly in `dir`, else NULL.
static const char *name_in(const struct entry *dir, const struct entry *e) {
    size_t len = strlen(dir->path);
    if (strncmp(e->path, dir->path, len) || e->path[len] != '/' || strchr(e->path + len + 1, '/'))
        return NULL;
    return e->path + len + 1;
}

static size_t list_entry_size(const char *name) {
    return NAME_OFFSET + ALIGN_UP(strlen(name) + 1, 4);
}

static size_t list_size(const struct entry *dir) {
    size_t size = 0;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        const char *name = name_in(dir, &entries[i]);
        size += name ? list_entry_size(name) : 0;
    }
    return size;
}

static void describe(const struct entry *e, struct xen_hypfs_direntry *out) {
    char text[TEXT];
    memset(out, 0, sizeof(*out));
    out->type = e->type;
    out->content_len = (uint32_t)(e->show ? e->show(text, e->data) : list_size(e));
    out->max_write_len = e->set ? sizeof(options.loglvl) : 0;
}

static size_t list(const struct entry *dir, char *text) {
    size_t at = 0, last = 0;
    uint16_t next = 0;
    memset(text, 0, TEXT);
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        const char *name = name_in(dir, &entries[i]);
        struct xen_hypfs_direntry e;
        if (!name || list_entry_size(name) > TEXT - at)
            continue;
        describe(&entries[i], &e);
        memcpy(text + at, &e, sizeof(e));
        next = (uint16_t)list_entry_size(name);
        memcpy(text + at + sizeof(e), &next, sizeof(next));
        strlcpy(text + at + NAME_OFFSET, name, TEXT - at - NAME_OFFSET);
        last = at;
        at += next;
    }
    next = 0; // no other follows the last one
    if (at)
        memcpy(text + last + sizeof(struct xen_hypfs_direntry), &next, sizeof(next));
    return at;
}

// The row that a path of the caller's names. One '/' at its end changes nothing.
static int find(guest_ptr_t arg, uint64_t size, const struct entry **out) {
    char path[PATH];
    if (!arg.v || size < 2 || size > XEN_HYPFS_MAX_PATHLEN)
        return fail(-EINVAL);
    int err = guest_read(path, arg, MIN(size, sizeof(path)));
    if (err)
        return err;
    if (path[0] != '/' || (size <= sizeof(path) && path[size - 1] != 0))
        return fail(-EINVAL);
    if (size > sizeof(path))
        return fail(-ENOENT);
    size_t len = strlen(path);
    if (path[len - 1] == '/')
        path[len - 1] = 0;
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        if (!strcmp(entries[i].path, path)) {
            *out = &entries[i];
            return 0;
        }
    }
    return fail(-ENOENT);
}

// The entry comes first, and is written also when the contents have no room: it tells their size.
static int64_t read_entry(struct vcpu *v, const struct entry *e, guest_ptr_t to, uint64_t size) {
    struct xen_hypfs_direntry head;
    char text[TEXT];
    if (!to.v || size < sizeof(head))
        return fail(-EINVAL);
    spin_lock(&v->domain->lock); // against a write of the same, by the control domain too
    describe(e, &head);
    if (e->show)
        (void)e->show(text, e->data);
    else
        (void)list(e, text);
    spin_unlock(&v->domain->lock);
    int err = guest_write(to, &head, sizeof(head));
    if (err)
        return err;
    if (head.content_len > size - sizeof(head))
        return fail(-ENOBUFS);
    return guest_write(guest_ptr_add(to, sizeof(head)), text, head.content_len);
}

static int64_t write_entry(struct vcpu *v, const struct entry *e, guest_ptr_t from, uint64_t size) {
    char value[sizeof(options.loglvl)];
    if (!e->set)
        return fail(-EACCES);
    if (size > sizeof(value))
        return fail(-ENOSPC);
    if (size == 0)
        return fail(-EDOM);
    int err = guest_read(value, from, size);
    if (err)
        return err;
    if (value[size - 1] || strlen(value) != size - 1)
        return fail(-EDOM);
    spin_lock(&v->domain->lock);
    err = e->set(value);
    spin_unlock(&v->domain->lock);
    return err;
}

int64_t hypercall_hypfs_op(struct vcpu *v, uint64_t *args) {
    uint32_t cmd = (uint32_t)args[0];
    guest_ptr_t path = guest_ptr_of(args[1]), buf = guest_ptr_of(args[3]);
    const struct entry *e;
    if (cmd == XEN_HYPFS_OP_get_version)
        return args[1] || args[2] || args[3] || args[4] ? fail(-EINVAL) : XEN_HYPFS_VERSION;
    if (cmd != XEN_HYPFS_OP_read && cmd != XEN_HYPFS_OP_write_contents)
        return fail(-EINVAL);
    int err = find(path, args[2], &e);
    if (err)
        return err;
    return cmd == XEN_HYPFS_OP_read ? read_entry(v, e, buf, args[4])
                                    : write_entry(v, e, buf, args[4]);
}
