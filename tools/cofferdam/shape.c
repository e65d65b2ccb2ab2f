// SPDX-License-Identifier: Apache-2.0
#include "shape.h"
#include "arena.h"
#include "value.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reading {
    yaml_document_t doc;
    struct report *report;
};

static const struct {
    const char *example; // in messages
    const char *word;    // in the help
    bool (*parse)(const char *s, uint64_t *v);
} kinds[] = {
    [KIND_TEXT] = {"a word or text", "TEXT", NULL},
    [KIND_FILE] = {"a file's path", "FILE", NULL},
    [KIND_NAME] = {"a name of at most 15 of a-z, 0-9 and -, a letter first", "NAME", NULL},
    [KIND_CHOICE] = {"one of a few words", "", NULL},
    [KIND_COUNT] = {"a whole number such as 2", "N", parse_count},
    [KIND_ADDRESS] = {"a hexadecimal address such as 0x60000000", "ADDRESS", parse_address},
    [KIND_SIZE] = {"a size with KiB, MiB or GiB such as 64MiB", "SIZE", parse_size},
    [KIND_TIME] = {"a time with us, ms or s such as 10ms", "TIME", parse_time},
    [KIND_RATE] = {"a rate with Hz, kHz or MHz such as 125MHz", "RATE", parse_rate},
    [KIND_TRUTH] = {"true or false", "true|false", parse_truth},
    [KIND_CPUS] = {"a CPU's number or a range such as 2 or 0-3", "CPUS", parse_cpus},
    [KIND_MAP] = {"keys with values", "", NULL},
    [KIND_LIST] = {"a list", "", NULL},
    [KIND_NAMES] = {"a list of names", "[NAME, ...]", NULL},
    [KIND_CPU_LIST] = {"a list of CPUs such as [0, 2-3]", "[CPUS, ...]", NULL},
};

static struct place place_of(const yaml_node_t *n) {
    return (struct place){(unsigned)n->start_mark.line + 1, (unsigned)n->start_mark.column + 1};
}

static const char *scalar_of(const yaml_node_t *n) {
    const char *s = n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
    return s && strlen(s) == n->data.scalar.length ? s : NULL;
}

static const char *choices_of(const struct field *f) {
    const char *text = f->choice[0];

    for (size_t i = 1; f->choice[i]; i++)
        text = take_text("%s, %s", text, f->choice[i]);
    return text;
}

static bool is_choice(const struct field *f, const char *s) {
    for (size_t i = 0; f->choice[i]; i++)
        if (!strcmp(f->choice[i], s))
            return true;
    return false;
}

static void refuse_kind(struct reading *rd, const yaml_node_t *n, const struct field *f) {
    const char *s = scalar_of(n);
    const char *remedy = f->kind == KIND_CHOICE ? take_text("write one of %s", choices_of(f))
                                                : take_text("write %s", kinds[f->kind].example);

    if (s && *s)
        complain(rd->report, place_of(n), remedy, "\"%s\" is not what %s can be", s, f->key);
    else
        complain(rd->report, place_of(n), remedy, "%s has %s", f->key,
                 s ? "no value" : "a list or keys where one value is expected");
}

static void read_scalar(struct reading *rd, const yaml_node_t *n, const struct field *f,
                        void *out) {
    const char *s = scalar_of(n);
    struct number *number = out;
    struct text *text = out;
    struct cpus *cpus = out;
    uint64_t v = 0;
    bool good;

    *(struct place *)out = place_of(n); // a refused value is not a missing one
    if (!s)
        good = false;
    else if (kinds[f->kind].parse)
        good = kinds[f->kind].parse(s, &v);
    else if (f->kind == KIND_NAME)
        good = is_name(s);
    else if (f->kind == KIND_CHOICE)
        good = is_choice(f, s);
    else
        good = *s || n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!good)
        refuse_kind(rd, n, f);
    else if (f->kind == KIND_CPUS)
        *cpus = (struct cpus){place_of(n), v};
    else if (kinds[f->kind].parse)
        *number = (struct number){place_of(n), v, true};
    else
        *text = (struct text){place_of(n), take_text("%s", s)};
}

static void read_map(struct reading *rd, const yaml_node_t *n, const struct shape *shape,
                     void *out);

// The elements of a sequence, each `size` bytes; any other node is a list of one.
static void read_list(struct reading *rd, const yaml_node_t *n, const struct field *f, size_t size,
                      struct list *out) {
    struct field one = *f;
    bool many = n->type == YAML_SEQUENCE_NODE;
    const yaml_node_item_t *item = many ? n->data.sequence.items.start : NULL;
    size_t count = many ? (size_t)(n->data.sequence.items.top - item) : 1;

    if (scalar_of(n) && !*scalar_of(n)) {
        refuse_kind(rd, n, f);
        return;
    }
    one.kind = f->kind == KIND_NAMES ? KIND_NAME : KIND_CPUS;
    *out = (struct list){place_of(n), count, take(count * size + 1)};
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *e = many ? yaml_document_get_node(&rd->doc, item[i]) : n;
        void *at = (char *)out->item + i * size;
        if (f->kind == KIND_LIST)
            read_map(rd, e, f->of, at);
        else
            read_scalar(rd, e, &one, at);
    }
}

static void read_field(struct reading *rd, const yaml_node_t *n, const struct field *f, void *out) {
    switch (f->kind) {
    case KIND_MAP:
        read_map(rd, n, f->of, out);
        break;
    case KIND_LIST:
        read_list(rd, n, f, f->of->size, out);
        break;
    case KIND_NAMES:
        read_list(rd, n, f, sizeof(struct text), out);
        break;
    case KIND_CPU_LIST:
        read_list(rd, n, f, sizeof(struct cpus), out);
        break;
    default:
        read_scalar(rd, n, f, out);
    }
}

// Letters to change, add or leave out to get from a to b.
static unsigned distance(const char *a, const char *b) {
    unsigned row[32], n = (unsigned)strlen(b);

    if (n >= 32)
        return n;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; *a; i++, a++) {
        unsigned corner = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned best = corner + (*a != b[j - 1]);
            corner = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[n];
}

static void refuse_key(struct reading *rd, const yaml_node_t *n, const struct shape *shape) {
    const char *s = scalar_of(n), *all = NULL, *near = NULL;
    unsigned best = 3;

    for (const struct field *f = shape->fields; f->key; f++) {
        all = all ? take_text("%s, %s", all, f->key) : f->key;
        if (s && distance(s, f->key) < best) {
            best = distance(s, f->key);
            near = f->key;
        }
    }
    complain(rd->report, place_of(n),
             near ? take_text("did you mean %s?", near) : take_text("use %s", all),
             "%s has no key \"%s\"", shape->what, s ? s : "?");
}

static void read_pair(struct reading *rd, const yaml_node_pair_t *pair, const struct shape *shape,
                      struct place *seen, void *out) {
    const yaml_node_t *key = yaml_document_get_node(&rd->doc, pair->key);
    const char *s = scalar_of(key);

    for (size_t i = 0; shape->fields[i].key; i++) {
        const struct field *f = &shape->fields[i];
        if (!s || strcmp(s, f->key))
            continue;
        if (seen[i].line)
            complain(rd->report, place_of(key), "keep one of them",
                     "%s is here twice, first in line %u", s, seen[i].line);
        else
            read_field(rd, yaml_document_get_node(&rd->doc, pair->value), f,
                       (char *)out + f->offset);
        seen[i] = place_of(key);
        return;
    }
    refuse_key(rd, key, shape);
}

// Every struct with a shape begins with its place.
static void read_map(struct reading *rd, const yaml_node_t *n, const struct shape *shape,
                     void *out) {
    struct place seen[32] = {0};

    *(struct place *)out = place_of(n);
    if (scalar_of(n) && *scalar_of(n) && shape->scalar) {
        for (const struct field *f = shape->fields; f->key; f++)
            if (!strcmp(f->key, shape->scalar))
                read_scalar(rd, n, f, (char *)out + f->offset);
        return;
    }
    if (n->type != YAML_MAPPING_NODE) {
        complain(rd->report, place_of(n),
                 take_text("write keys with values, such as %s: ...", shape->fields[0].key),
                 "%s is not described by this", shape->what);
        return;
    }
    for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
         p++)
        read_pair(rd, p, shape, seen, out);
    for (size_t i = 0; shape->fields[i].key; i++)
        if (shape->fields[i].required && !seen[i].line)
            complain(rd->report, place_of(n), take_text("add %s: ...", shape->fields[i].key),
                     "%s needs %s", shape->what, shape->fields[i].key);
}

static bool load(struct reading *rd, FILE *f) {
    yaml_parser_t parser;
    bool good = yaml_parser_initialize(&parser);

    if (!good)
        return false;
    yaml_parser_set_input_file(&parser, f);
    good = yaml_parser_load(&parser, &rd->doc);
    if (!good) {
        struct place at = {(unsigned)parser.problem_mark.line + 1,
                           (unsigned)parser.problem_mark.column + 1};
        complain(rd->report, at, "correct the YAML here", "%s%s%s",
                 parser.context ? parser.context : "", parser.context ? ": " : "",
                 parser.problem ? parser.problem : "no YAML");
    }
    yaml_parser_delete(&parser);
    return good;
}

bool shape_read(const char *path, const struct shape *shape, void *out, struct report *r) {
    struct reading rd = {.report = r};
    FILE *f = fopen(path, "rb");

    if (!f) {
        complain(r, (struct place){0}, "give the path of a system file", "%s", strerror(errno));
        return false;
    }
    bool good = load(&rd, f);
    fclose(f);
    if (!good)
        return false;
    yaml_node_t *root = yaml_document_get_root_node(&rd.doc);
    if (root)
        read_map(&rd, root, shape, out);
    else
        complain(r, (struct place){1, 1}, "describe a system; --help shows the keys",
                 "the file is empty");
    yaml_document_delete(&rd.doc);
    return root;
}

// One key; `dash` before the first of a list's element.
static void field_help(const struct field *f, FILE *to, int indent, bool dash) {
    const char *word = f->choice ? "" : kinds[f->kind].word;
    const char *gap = f->required && *f->help ? ": " : "";

    for (size_t i = 0; f->choice && f->choice[i]; i++)
        word = take_text("%s%s%s", word, i ? "|" : "", f->choice[i]);
    const char *left = take_text("%*s%s%s:%s%s", dash ? indent - 2 : indent, "", dash ? "- " : "",
                                 f->key, *word ? " " : "", word);
    if (f->required || *f->help)
        fprintf(to, "%-34s  # %s%s%s\n", left, f->required ? "required" : "", gap, f->help);
    else
        fprintf(to, "%s\n", left);
}

void shape_help(const struct shape *shape, FILE *to, int indent, bool list) {
    for (const struct field *f = shape->fields; f->key; f++) {
        field_help(f, to, indent, list && f == shape->fields);
        if (f->of && f->of->scalar)
            fprintf(to, "%*s# or only its %s\n", indent + 2, "", f->of->scalar);
        if (f->of)
            shape_help(f->of, to, indent + (f->kind == KIND_LIST ? 4 : 2), f->kind == KIND_LIST);
    }
}
