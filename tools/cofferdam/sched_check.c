// SPDX-License-Identifier: Apache-2.0
// `cofferdam sched-check`: can this schedule be kept? Reads it, has each pool proved, says by which
// test and with which worst response times.
#include "sched_check.h"
#include "commands.h"
#include "shape.h"
#include <string.h>

#define AT(type, member) offsetof(struct type, member)
#define MOST_CORES 128

static const struct field reservation_fields[] = {
    {"name", KIND_NAME, true, AT(reservation, name), NULL, NULL, "the vCPU's domain"},
    {"period", KIND_TIME, true, AT(reservation, period), NULL, NULL, "such as 10ms"},
    {"budget", KIND_TIME, true, AT(reservation, budget), NULL, NULL, "time in every period"},
    {"core", KIND_COUNT, false, AT(reservation, core), NULL, NULL,
     "pinned to this core of the pool, from 0 (default: may use all)"},
    {"count", KIND_COUNT, false, AT(reservation, count), NULL, NULL,
     "so many vCPUs alike (default 1)"},
    {"sleeps", KIND_TRUTH, false, AT(reservation, sleeps), NULL, NULL,
     "false: it computes all the time, and never comes late with its budget (default true)"},
    {0}};
static const struct shape reservation_shape = {"a vCPU", sizeof(struct reservation), NULL,
                                               reservation_fields};

static const struct field rtds_fields[] = {
    {"name", KIND_NAME, true, AT(rtds_pool, name), NULL, NULL, ""},
    {"cores", KIND_COUNT, true, AT(rtds_pool, cores), NULL, NULL, "1 to 128"},
    {"vcpus", KIND_LIST, true, AT(rtds_pool, vcpus), &reservation_shape, NULL, ""},
    {0}};
static const struct shape rtds_shape = {"an rtds pool", sizeof(struct rtds_pool), NULL,
                                        rtds_fields};

static const struct field window_fields[] = {
    {"partition", KIND_NAME, true, AT(flight_window, partition), NULL, NULL, "its domain"},
    {"vcpu", KIND_COUNT, false, AT(flight_window, vcpu), NULL, NULL, "which vCPU (default 0)"},
    {"core", KIND_COUNT, false, AT(flight_window, core), NULL, NULL, "default 0"},
    {"start", KIND_TIME, true, AT(flight_window, start), NULL, NULL, "from the frame's start"},
    {"length", KIND_TIME, true, AT(flight_window, length), NULL, NULL, ""},
    {0}};
static const struct shape window_shape = {"a window", sizeof(struct flight_window), NULL,
                                          window_fields};

static const struct field flight_fields[] = {
    {"name", KIND_NAME, true, AT(flight, name), NULL, NULL, ""},
    {"cores", KIND_COUNT, true, AT(flight, cores), NULL, NULL, "1 to 128"},
    {"major-frame", KIND_TIME, true, AT(flight, major_frame), NULL, NULL, "such as 100ms"},
    {"windows", KIND_LIST, true, AT(flight, windows), &window_shape, NULL, "in any order"},
    {0}};
static const struct shape flight_shape = {"an arinc653 pool", sizeof(struct flight), NULL,
                                          flight_fields};

static const struct field schedule_fields[] = {
    {"schedule", KIND_COUNT, true, AT(timing, version), NULL, NULL, "version of this format: 1"},
    {"rtds", KIND_LIST, false, AT(timing, rtds), &rtds_shape, NULL, "pools of reservations"},
    {"arinc653", KIND_LIST, false, AT(timing, arinc653), &flight_shape, NULL, "timetables"},
    {0}};
static const struct shape schedule_shape = {"a schedule", sizeof(struct timing), NULL,
                                            schedule_fields};

static int usage(FILE *to, int status) {
    fputs("usage: cofferdam sched-check SCHEDULE.yaml\n\n"
          "Says whether every reservation and window can be kept, by which test, and the worst\n"
          "response times; exit status 1 and the places in the file when not.\n\n"
          "A schedule, version 1:\n\n",
          to);
    shape_help(&schedule_shape, to, 0, false);
    return status;
}

static bool cores_ok(const struct number *cores, struct report *r) {
    if (cores->v >= 1 && cores->v <= MOST_CORES)
        return true;
    complain(r, cores->at, "give 1 to 128", "a pool with %llu cores", (unsigned long long)cores->v);
    return false;
}

int sched_check(int argc, char **argv) {
    struct timing s = {0};
    struct report r = {0};

    if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
        return usage(stdout, 0);
    if (argc != 2 || argv[1][0] == '-')
        return usage(stderr, 2);
    r.file = argv[1];
    bool read = shape_read(argv[1], &schedule_shape, &s, &r);
    if (read && s.version.said && s.version.v != 1)
        complain(&r, s.version.at, "write 'schedule: 1'", "version %llu of a schedule is not known",
                 (unsigned long long)s.version.v);
    if (report_print(&r, stderr) || !read)
        return 1;
    for (size_t i = 0; i < s.rtds.n; i++) {
        const struct rtds_pool *p = (const struct rtds_pool *)s.rtds.item + i;
        if (cores_ok(&p->cores, &r))
            check_rtds(p, &r);
    }
    for (size_t i = 0; i < s.arinc653.n; i++) {
        const struct flight *f = (const struct flight *)s.arinc653.item + i;
        if (cores_ok(&f->cores, &r))
            check_flight(f, &r);
    }
    return report_print(&r, stderr) ? 1 : 0;
}
