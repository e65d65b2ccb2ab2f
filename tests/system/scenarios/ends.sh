# SPDX-License-Identifier: Apache-2.0
# The ends of a guest: reboot, power-off by itself, destroy, a crash with each action, a watchdog, a core dump.
# core: virt-gicv3
shows create 'GUEST-UP' boot r1
id=$(xl domid r1)
check reboot xl reboot r1
check came-back wait_for 150 ups_are r1 2
is new-domid "$(($(xl domid r1) > id))" '^1$'
check destroy xl destroy r1
check gone gone r1
EXTRA=coffer.off=1 shows create-self-off 'GUEST-UP' boot r3
check self-off-gone wait_for 60 gone r3
check create-paused xl create -p -q "$(config r4)"
shows is-paused '^-[b-]p---' state r4
check destroy-paused xl destroy r4

# A payload that crashes its domain as a guest's kernel does by SCHEDOP_shutdown, 2 s after its start.
mkdir -p /var/lib/xen/dump
crash() { # NAME ACTION: created, and its domid in $id before it crashes
	xl create -p -q "$(KERNEL=/guests/crash RAMDISK=/guests/crash MEM=16 config "$1" "on_crash = \"$2\"")" &&
		xl domid "$1" >/tmp/id && xl unpause "$1"
}
again() { local now; now=$(xl domid "$1") && [ "$now" -gt "$(</tmp/id)" ]; }
check crash-preserve crash c1 preserve
check crashed wait_for 20 state_is c1 'c'
check core-of-crashed xl dump-core c1 /tmp/c1.core
shows core-is-elf 'ELF' head -c 4 /tmp/c1.core
check destroy-crashed xl destroy c1
check crash-destroy crash c2 destroy
check crash-destroyed wait_for 20 gone c2
check crash-restart crash c3 restart
check crash-restarted wait_for 60 again c3
check destroy-restarted xl destroy c3
check crash-rename crash c4 rename-restart
check crash-renamed wait_for 60 again c4
shows crash-kept-other-name '^c4-' xl list
for name in $(xl list | awk '/^c4/ {print $1}'); do xl destroy "$name"; done
check crash-coredump crash c5 coredump-destroy
check crash-coredumped wait_for 60 gone c5
shows crash-core 'ELF' head -c 4 /var/lib/xen/dump/c5
rm -rf /var/lib/xen/dump
