// SPDX-License-Identifier: Apache-2.0
// The memory map of a board as a table and as a picture: one column, lowest address at the bottom,
// heights by the logarithm of the size so that small areas can be seen beside large ones.
#include "arena.h"
#include "facts.h"
#include "value.h"
#include <string.h>

#define TOP 48
#define LEAST 18 // of an area, in pixels
#define STEP 7   // for each doubling over a page
#define LEFT 150
#define WIDTH 300

// Areas and the free memory between them, one after the other.
static unsigned rows_of(const struct plan *p, struct area *row) {
    unsigned n = 0;

    for (unsigned r = 0; r < p->machine.nr_ram; r++) {
        uint64_t at = p->machine.ram[r].base, end = at + p->machine.ram[r].size;
        for (unsigned i = 0; i <= p->nr_area; i++) {
            bool last = i == p->nr_area;
            if (!last && (p->area[i].base < at || p->area[i].base >= end))
                continue;
            uint64_t next = last ? end : p->area[i].base;
            if (next > at)
                row[n++] = (struct area){at, next - at, "free", "chosen at boot", {0}};
            if (last)
                break;
            row[n++] = p->area[i];
            at = p->area[i].base + p->area[i].size;
        }
    }
    return n;
}

void map_table(const struct plan *p, FILE *to) {
    struct area *row = take(sizeof(*row) * (2 * MAX_AREAS + MAX_BANKS));
    unsigned n = rows_of(p, row);

    fprintf(to, "%-18s %-18s %12s  %-10s %s\n", "from", "to", "size", "kind", "what");
    for (unsigned i = 0; i < n; i++) {
        const struct area *a = &row[i];
        fprintf(to, "0x%016llx 0x%016llx %12s  %-10s %s", (unsigned long long)a->base,
                (unsigned long long)(a->base + a->size - 1), show_size(a->size), a->kind, a->what);
        if (a->at.line)
            fprintf(to, " (line %u)", a->at.line);
        fputc('\n', to);
    }
}

static unsigned height(uint64_t size) {
    unsigned h = LEAST;

    for (; size > PAGE_SIZE; size >>= 1)
        h += STEP / 2;
    return h;
}

static const char *colour(const char *kind) {
    static const struct {
        const char *kind, *colour;
    } colours[] = {{"hypervisor", "#d9534f"}, {"tree", "#f0ad4e"},   {"module", "#9fc5e8"},
                   {"static", "#93c47d"},     {"shared", "#c27ba0"}, {"reserved", "#999999"}};

    for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
        if (!strcmp(kind, colours[i].kind))
            return colours[i].colour;
    return "#ffffff";
}

// Names come from the file and are [a-z0-9-]; paths of files are not in the map.
void map_svg(const struct plan *p, FILE *to) {
    struct area *row = take(sizeof(*row) * (2 * MAX_AREAS + MAX_BANKS));
    unsigned n = rows_of(p, row), y = TOP, total = TOP + 24;

    for (unsigned i = 0; i < n; i++)
        total += height(row[i].size);
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "font-family=\"monospace\" font-size=\"12\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fafafa\"/>\n"
            "<text x=\"16\" y=\"26\" font-size=\"16\">%s: memory of the board</text>\n",
            LEFT + WIDTH + 150, total, p->model.name.s);
    for (unsigned i = n; i-- > 0;) {
        const struct area *a = &row[i];
        unsigned h = height(a->size);
        fprintf(to,
                "<rect x=\"%d\" y=\"%u\" width=\"%d\" height=\"%u\" fill=\"%s\" "
                "stroke=\"#333333\"/>\n"
                "<text x=\"%d\" y=\"%u\">%s</text>\n"
                "<text x=\"16\" y=\"%u\">0x%010llx</text>\n"
                "<text x=\"%d\" y=\"%u\">%s</text>\n",
                LEFT, y, WIDTH, h, colour(a->kind), LEFT + 8, y + h / 2 + 4, a->what, y + h,
                (unsigned long long)a->base, LEFT + WIDTH + 8, y + h / 2 + 4, show_size(a->size));
        y += h;
    }
    fputs("</svg>\n", to);
}
