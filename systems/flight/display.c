// SPDX-License-Identifier: Apache-2.0
// Takes the commands from the queuing port: none may be missing or twice.

#include "ports.h"

void rt_main(void) {
    struct queuing *commands = port("commands");
    uint64_t message = 0, taken = 0, wrong = 0;
    rt_printf("@DISPLAY %s\n", commands != NULL ? "ready" : "has no port");
    while (commands != NULL && taken < COMMANDS) {
        if (!queuing_receive(commands, &message)) {
            rt_sleep(1);
            continue;
        }
        taken++;
        wrong += message != taken ? 1U : 0U;
    }
    rt_printf("@DISPLAY %lu commands, %lu wrong\n", taken, wrong);
}
