// SPDX-License-Identifier: Apache-2.0
// A guest that crashes its domain two seconds after its start (SCHEDOP_shutdown, reason SHUTDOWN_crash):
// what a scenario about on_crash creates. An arm64 Image of its own, bare, no memory but what is below.
.equ HYPERVISOR_sched_op, 29
.equ SCHEDOP_shutdown, 2
.equ SHUTDOWN_crash, 3
        b       start
        .long   0
        .quad   0                       // text offset
        .quad   end - .text             // image size
        .quad   0xa                     // 4 KiB pages, anywhere
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .long   0
start:  mrs     x0, cntfrq_el0
        mrs     x1, cntvct_el0
        add     x0, x1, x0, lsl #1
1:      mrs     x1, cntvct_el0
        cmp     x1, x0
        b.lo    1b
        mov     x16, #HYPERVISOR_sched_op
        mov     x0, #SCHEDOP_shutdown
        adr     x1, reason
        hvc     #0xea1
2:      wfi
        b       2b
        .balign 8
reason: .long   SHUTDOWN_crash
        .balign 4096
end:
