// SPDX-License-Identifier: Apache-2.0
// The schema of a system file, version 1. --help prints it, docs/system-yaml.md quotes it.
#include "shape.h"

#define AT(type, member) offsetof(struct type, member)

static const char *const machines[] = {"virt-gicv3", "virt-gicv2", "zcu102", NULL};
static const char *const schedulers[] = {"credit2", "credit", "null", "rtds", "arinc653", NULL};
static const char *const consoles[] = {"vpl011", "none", NULL};
static const char *const interfaces[] = {"full", "no-xenstore", "none", NULL};
static const char *const actions[] = {"halt", "restart", "restart-group", "panic", NULL};
static const char *const accepted[] = {"accepted", NULL};
static const char *const link_kinds[] = {"memory", "events", NULL};

static const struct field board_fields[] = {
    {"machine", KIND_CHOICE, false, AT(board, machine), NULL, machines, "a board of QEMU"},
    {"device-tree", KIND_FILE, false, AT(board, device_tree), NULL, NULL,
     "the board's device tree (.dtb); virt-* boards have it from QEMU"},
    {"cpus", KIND_COUNT, false, AT(board, cpus), NULL, NULL, "CPUs (virt-*: 2, zcu102: 4)"},
    {"memory", KIND_SIZE, false, AT(board, memory), NULL, NULL,
     "RAM of a QEMU board (virt-*: 1GiB, zcu102: 2GiB)"},
    {0}};
static const struct shape board_shape = {"a board", sizeof(struct board), "machine", board_fields};

static const struct field hypervisor_fields[] = {
    {"image", KIND_FILE, false, AT(hypervisor, image), NULL, NULL,
     "arm64 Image (default: cofferdam)"},
    {"arguments", KIND_TEXT, false, AT(hypervisor, arguments), NULL, NULL,
     "more words of its command line"},
    {"console", KIND_TEXT, false, AT(hypervisor, console), NULL, NULL,
     "its UART, as path or alias (default: the board's stdout-path)"},
    {"scheduler", KIND_CHOICE, false, AT(hypervisor, scheduler), NULL, schedulers,
     "policy of CPUs that are in no pool (default credit2)"},
    {0}};
static const struct shape hypervisor_shape = {"the hypervisor", sizeof(struct hypervisor), "image",
                                              hypervisor_fields};

static const struct field dom0_fields[] = {
    {"kernel", KIND_FILE, true, AT(dom0, kernel), NULL, NULL, "arm64 Image"},
    {"ramdisk", KIND_FILE, false, AT(dom0, ramdisk), NULL, NULL, ""},
    {"arguments", KIND_TEXT, false, AT(dom0, arguments), NULL, NULL, "its command line"},
    {"memory", KIND_SIZE, true, AT(dom0, memory), NULL, NULL, "such as 512MiB"},
    {"vcpus", KIND_COUNT, false, AT(dom0, vcpus), NULL, NULL, "default: as many as CPUs"},
    {0}};
static const struct shape dom0_shape = {"Dom0", sizeof(struct dom0), NULL, dom0_fields};

static const struct field window_fields[] = {
    {"domain", KIND_NAME, true, AT(window, domain), NULL, NULL, "who runs in this window"},
    {"vcpu", KIND_COUNT, false, AT(window, vcpu), NULL, NULL, "which of its vCPUs (default 0)"},
    {"runtime", KIND_TIME, true, AT(window, runtime), NULL, NULL, "how long, such as 2ms"},
    {0}};
static const struct shape window_shape = {"a window", sizeof(struct window), NULL, window_fields};

static const struct field pool_fields[] = {
    {"name", KIND_NAME, true, AT(pool, name), NULL, NULL, ""},
    {"cpus", KIND_CPU_LIST, true, AT(pool, cpus), NULL, NULL, "such as [1, 2-3]; CPU 0 stays out"},
    {"scheduler", KIND_CHOICE, true, AT(pool, scheduler), NULL, schedulers, ""},
    {"major-frame", KIND_TIME, false, AT(pool, major_frame), NULL, NULL,
     "arinc653: length of the schedule"},
    {"windows", KIND_LIST, false, AT(pool, windows), &window_shape, NULL,
     "arinc653: who runs when, in order"},
    {0}};
static const struct shape pool_shape = {"a CPU pool", sizeof(struct pool), NULL, pool_fields};

static const struct field span_fields[] = {
    {"address", KIND_ADDRESS, true, AT(span, address), NULL, NULL, "such as 0x60000000"},
    {"size", KIND_SIZE, true, AT(span, size), NULL, NULL, ""},
    {0}};
static const struct shape span_shape = {"a range", sizeof(struct span), NULL, span_fields};

static const struct field memory_fields[] = {
    {"size", KIND_SIZE, false, AT(memory, size), NULL, NULL, "anywhere, chosen at boot"},
    {"static", KIND_TRUTH, false, AT(memory, fixed), NULL, NULL,
     "true: the place is chosen now and kept for it"},
    {"at", KIND_LIST, false, AT(memory, ranges), &span_shape, NULL,
     "at these addresses of the board; in place of size"},
    {"direct-map", KIND_TRUTH, false, AT(memory, direct_map), NULL, NULL,
     "true: the guest sees the board's addresses; needs static or at"},
    {0}};
static const struct shape memory_shape = {"memory", sizeof(struct memory), "size", memory_fields};

static const struct field schedule_fields[] = {
    {"weight", KIND_COUNT, false, AT(schedule, weight), NULL, NULL,
     "credit, credit2: share beside others (default 256)"},
    {"cap", KIND_COUNT, false, AT(schedule, cap), NULL, NULL,
     "credit, credit2: at most so many percent of a CPU"},
    {"period", KIND_TIME, false, AT(schedule, period), NULL, NULL, "rtds: each vCPU gets ..."},
    {"budget", KIND_TIME, false, AT(schedule, budget), NULL, NULL, "rtds: ... this in each period"},
    {0}};
static const struct shape schedule_shape = {"schedule", sizeof(struct schedule), NULL,
                                            schedule_fields};

static const struct field step_fields[] = {
    {"offset", KIND_ADDRESS, true, AT(step, offset), NULL, NULL,
     "of a 32-bit register, in its first registers"},
    {"write", KIND_ADDRESS, true, AT(step, write), NULL, NULL, "what is written there"},
    {"mask", KIND_ADDRESS, false, AT(step, mask), NULL, NULL,
     "bits that are waited for then (default 0x0: none)"},
    {"value", KIND_ADDRESS, false, AT(step, value), NULL, NULL, "their value (default 0x0)"},
    {0}};
static const struct shape step_shape = {"a step", sizeof(struct step), NULL, step_fields};

static const struct field device_fields[] = {
    {"device", KIND_TEXT, true, AT(device, path), NULL, NULL,
     "path in the device tree, its end, or an alias"},
    {"clock-rate", KIND_RATE, false, AT(device, clock_rate), NULL, NULL,
     "rate of clocks that the tree gives no rate for, such as 125MHz"},
    {"reset", KIND_LIST, false, AT(device, reset), &step_shape, NULL,
     "how it stops using memory, for a restart (known of virtio,mmio and cdns,gem)"},
    {0}};
static const struct shape device_shape = {"a device", sizeof(struct device), "device",
                                          device_fields};

static const struct field domain_fields[] = {
    {"name", KIND_NAME, true, AT(domain, name), NULL, NULL, ""},
    {"kernel", KIND_FILE, true, AT(domain, kernel), NULL, NULL, "arm64 Image"},
    {"ramdisk", KIND_FILE, false, AT(domain, ramdisk), NULL, NULL, ""},
    {"device-tree", KIND_FILE, false, AT(domain, device_tree), NULL, NULL,
     "a partial tree made by hand; in place of assign"},
    {"arguments", KIND_TEXT, false, AT(domain, arguments), NULL, NULL, "its command line"},
    {"memory", KIND_MAP, true, AT(domain, memory), &memory_shape, NULL, ""},
    {"vcpus", KIND_COUNT, false, AT(domain, vcpus), NULL, NULL, "default 1"},
    {"pin", KIND_CPU_LIST, false, AT(domain, pin), NULL, NULL,
     "CPUs of each vCPU, such as [2, 3] or [0-1, 0-1]; one entry counts for all"},
    {"cpupool", KIND_NAME, false, AT(domain, pool), NULL, NULL,
     "whose CPUs it runs on (default: CPUs in no pool)"},
    {"schedule", KIND_MAP, false, AT(domain, schedule), &schedule_shape, NULL, ""},
    {"console", KIND_CHOICE, false, AT(domain, console), NULL, consoles,
     "an emulated PL011 whose output joins the hypervisor's (default vpl011)"},
    {"xen-interface", KIND_CHOICE, false, AT(domain, enhanced), NULL, interfaces,
     "events and grants; full has xenstore and wants dom0 (default no-xenstore)"},
    {"spis", KIND_COUNT, false, AT(domain, spis), NULL, NULL,
     "interrupts of its virtual GIC (default: as its devices need)"},
    {"vpmu", KIND_TRUTH, false, AT(domain, vpmu), NULL, NULL,
     "true: it has the CPU's performance monitors"},
    {"assign", KIND_LIST, false, AT(domain, assign), &device_shape, NULL,
     "devices that are its own"},
    {"unsafe-dma", KIND_CHOICE, false, AT(domain, unsafe_dma), NULL, accepted,
     "assign also devices that can reach all of memory"},
    {"unsafe-restart", KIND_CHOICE, false, AT(domain, unsafe_restart), NULL, accepted,
     "restart also with devices that write to memory and have no known reset"},
    {"after", KIND_NAMES, false, AT(domain, after), NULL, NULL, "domains that start before it"},
    {"on-crash", KIND_CHOICE, false, AT(domain, on_crash), NULL, actions, "default halt"},
    {"on-hang", KIND_CHOICE, false, AT(domain, on_hang), NULL, actions,
     "what its watchdog does (default halt)"},
    {"on-shutdown", KIND_CHOICE, false, AT(domain, on_shutdown), NULL, actions, "default halt"},
    {"restart-limit", KIND_COUNT, false, AT(domain, limit), NULL, NULL,
     "after so many restarts it stays down (default: no limit)"},
    {"restart-group", KIND_NAME, false, AT(domain, group), NULL, NULL,
     "for restart-group: all of one name restart together"},
    {0}};
static const struct shape domain_shape = {"a domain", sizeof(struct domain), NULL, domain_fields};

static const struct field end_fields[] = {
    {"domain", KIND_NAME, true, AT(end, domain), NULL, NULL, ""},
    {"address", KIND_ADDRESS, false, AT(end, address), NULL, NULL,
     "memory: where the guest sees it (default: chosen)"},
    {"owner", KIND_TRUTH, false, AT(end, owner), NULL, NULL,
     "memory: true for the one end that it is accounted to"},
    {"port", KIND_COUNT, false, AT(end, port), NULL, NULL, "events: the guest's port number"},
    {0}};
static const struct shape end_shape = {"an end", sizeof(struct end), "domain", end_fields};

static const struct field link_fields[] = {
    {"name", KIND_NAME, true, AT(link, name), NULL, NULL, ""},
    {"kind", KIND_CHOICE, true, AT(link, kind), NULL, link_kinds,
     "memory that several domains share, or an event channel between two"},
    {"size", KIND_SIZE, false, AT(link, size), NULL, NULL, "memory: whole pages, such as 64KiB"},
    {"address", KIND_ADDRESS, false, AT(link, address), NULL, NULL,
     "memory: address on the board (default: chosen)"},
    {"ends", KIND_LIST, true, AT(link, ends), &end_shape, NULL, ""},
    {0}};
static const struct shape link_shape = {"a link", sizeof(struct link), NULL, link_fields};

static const struct field system_fields[] = {
    {"cofferdam", KIND_COUNT, true, AT(model, version), NULL, NULL,
     "version of this schema; must be 1"},
    {"name", KIND_NAME, true, AT(model, name), NULL, NULL, "of the system"},
    {"board", KIND_MAP, true, AT(model, board), &board_shape, NULL, ""},
    {"hypervisor", KIND_MAP, false, AT(model, hypervisor), &hypervisor_shape, NULL, ""},
    {"dom0", KIND_MAP, false, AT(model, dom0), &dom0_shape, NULL, "a control domain, if any"},
    {"cpupools", KIND_LIST, false, AT(model, pools), &pool_shape, NULL, ""},
    {"domains", KIND_LIST, false, AT(model, domains), &domain_shape, NULL, ""},
    {"links", KIND_LIST, false, AT(model, links), &link_shape, NULL, ""},
    {0}};
const struct shape system_shape = {"a system", sizeof(struct model), NULL, system_fields};
