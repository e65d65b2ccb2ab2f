// SPDX-License-Identifier: Apache-2.0
// Makes a command of each new position and sends it by the queuing port.

#include "ports.h"

void rt_main(void) {
    struct sampling *position = port("position");
    struct queuing *commands = port("commands");
    uint64_t last = 0, value = 0, check = 0, sent = 0, wrong = 0;
    rt_printf("@GUIDANCE %s\n", position != NULL && commands != NULL ? "ready" : "lacks a port");
    while (position != NULL && commands != NULL && sent < COMMANDS) {
        if (!sampling_read(position, &value, &check) || value == last) {
            rt_sleep(1);
            continue;
        }
        wrong += check != ~value || value < last ? 1U : 0U;
        last = value;
        while (!queuing_send(commands, sent + 1U)) {
            rt_sleep(1);
        }
        sent++;
    }
    rt_printf("@GUIDANCE %lu commands, %lu wrong positions\n", sent, wrong);
}
