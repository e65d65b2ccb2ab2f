# SPDX-License-Identifier: Apache-2.0
# The bare-metal guest that is there to be copied (services/hello): its console is the ring that xl gives.
image=/coffer/scenarios/hello.img
typed() { printf q >"$(xenstore-read "/local/domain/$(xl domid hello)/console/tty")"; }
check create xl create -q "$(KERNEL=$image RAMDISK=$image MEM=16 config hello)"
check banner wait_for 20 in_log hello '^@HELLO 16 MiB, 1 vCPU'
check ticks wait_for 20 in_log hello '^@HELLO 20 ticks, all answered'
check key typed
check good-bye wait_for 20 in_log hello '^@HELLO good bye'
check ends wait_for 20 gone hello
