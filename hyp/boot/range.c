// SPDX-License-Identifier: Apache-2.0
// Sorted range lists (boot/range.h). Pure.
#include <boot/range.h>

#include <lib/string.h>

bool range_insert(struct system_range *list, unsigned *count, unsigned max, uint64_t base,
                  uint64_t end) {
    unsigned at = 0, absorbed = 0;

    while (at < *count && range_end(&list[at]) < base)
        at++;
    while (at + absorbed < *count && list[at + absorbed].base.v <= end) {
        base = MIN(base, list[at + absorbed].base.v);
        end = MAX(end, range_end(&list[at + absorbed]));
        absorbed++;
    }
    if (absorbed == 0) {
        if (*count == max)
            return false;
        memmove(&list[at + 1], &list[at], (*count - at) * sizeof(*list));
        (*count)++;
    } else if (absorbed > 1) {
        memmove(&list[at + 1], &list[at + absorbed], (*count - at - absorbed) * sizeof(*list));
        *count -= absorbed - 1;
    }
    list[at] = (struct system_range){pa_of(base), end - base};
    return true;
}

bool range_next_gap(const struct system_range *list, unsigned count, uint64_t end, uint64_t *from,
                    uint64_t *stop) {
    *stop = end;
    for (unsigned i = 0; i < count; i++) {
        if (range_end(&list[i]) <= *from)
            continue;
        if (list[i].base.v > *from) {
            *stop = MIN(end, list[i].base.v);
            break;
        }
        *from = range_end(&list[i]);
    }
    return *from < *stop;
}
