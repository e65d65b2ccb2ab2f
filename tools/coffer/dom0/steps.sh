# SPDX-License-Identifier: Apache-2.0
# The checks that Dom0 runs on itself. Each prints lines "@C name ok|FAIL text" and may print
# "@D name text" lines with details. Sourced by init and from the shell: `. /coffer/steps.sh; run_step disk`.

ok() { echo "@C $1 ok $2"; }
bad() { echo "@C $1 FAIL $2"; }
is() { # name, text, then a command that must succeed
	step_name=$1 step_text=$2
	shift 2
	if "$@" >/run/step.out 2>&1; then ok "$step_name" "$step_text"; else
		bad "$step_name" "$step_text: $(tail -n 1 /run/step.out)"
	fi
}

run_step() {
	case $1 in
	uname | hypervisor | cpus | memory | interrupts | dmesg | disk | net | hotplug | sleep | affinity | load | loop | panic) "step_$1" ;;
	*) bad "$1" "no such step" ;;
	esac
}

step_uname() { ok uname "$(uname -srm)"; }

step_hypervisor() {
	h=/sys/hypervisor
	is hypervisor "type $(cat $h/type), version $(cat $h/version/major).$(cat $h/version/minor)$(cat $h/version/extra)" \
		grep -qx xen $h/type
	is capabilities "$(cat /proc/xen/capabilities)" grep -q control_d /proc/xen/capabilities
}

step_cpus() {
	is cpus "$(grep -c ^processor /proc/cpuinfo) online of $(cat /sys/devices/system/cpu/present)" \
		cmp /sys/devices/system/cpu/present /sys/devices/system/cpu/online
}

step_memory() { is memory "$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo) MiB" grep -q MemTotal /proc/meminfo; }

# Event channels arrive through one interrupt of each CPU; the console and xenstore have used it by now.
upcalls() { awk '$NF == "events" {for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i} END {print n + 0}' /proc/interrupts; }
step_interrupts() {
	is interrupts "$(upcalls) Xen events, $(awk '/arch_timer/ {for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i} END {print n + 0}' /proc/interrupts) timer interrupts" \
		[ "$(upcalls)" -gt 0 ]
}

# Every message of level warning or worse; the host decides which of them may be there.
step_dmesg() {
	dmesg -r | awk -F'>' '{level = substr($1, 2) % 8} level <= 4 {sub(/^<[0-9]+>/, ""); print "@D dmesg " level " " $0}'
	ok dmesg "$(dmesg | wc -l) lines"
}

# The disk holds a file and its checksum; a new file is written, and read back past the cache.
disk_round() {
	modprobe ext4
	mount -t ext4 /dev/vda /mnt || return 1
	(cd /mnt && sha256sum -c payload.sha256) || return 1
	dd if=/dev/urandom of=/mnt/written bs=64k count=32 2>/dev/null || return 1
	sum=$(sha256sum </mnt/written)
	umount /mnt && echo 3 >/proc/sys/vm/drop_caches
	mount -t ext4 /dev/vda /mnt || return 1
	[ "$(sha256sum </mnt/written)" = "$sum" ] || { echo "written file reads back differently"; return 1; }
	rm /mnt/written
	umount /mnt
}
step_disk() {
	is disk "$(cat /sys/block/vda/size 2>/dev/null) sectors on virtio, mounted, checksum right" disk_round
}

# The user network of QEMU: answers to ping at its gateway, and a file over TFTP with its checksum.
net_round() {
	ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up || return 1
	ping -c 5 -i 0.2 -W 5 10.0.2.2 || return 1
	cd /run || return 1
	tftp -g -r payload -l payload -b 1400 10.0.2.2 || return 1
	tftp -g -r payload.sha256 -l payload.sha256 10.0.2.2 || return 1
	sha256sum -c payload.sha256
}
step_net() {
	is net "eth0 pings 10.0.2.2 and fetches a file by TFTP, checksum right" net_round
	rm -f /run/payload /run/payload.sha256
}

hotplug_round() {
	for cpu in /sys/devices/system/cpu/cpu[1-9]; do
		[ -e "$cpu/online" ] || continue
		echo 0 >"$cpu/online" || return 1
		echo 1 >"$cpu/online" || return 1
	done
	cmp /sys/devices/system/cpu/present /sys/devices/system/cpu/online
}
step_hotplug() { is hotplug "each CPU but the first went off and came back" hotplug_round; }

# A sleep of two seconds takes two seconds by the clock too (a lost timer makes it longer).
step_sleep() {
	before=$(cut -d. -f1 /proc/uptime)
	sleep 2
	took=$(($(cut -d. -f1 /proc/uptime) - before))
	is sleep "two seconds took $took" [ $took -ge 1 -a $took -le 4 ]
}

# The disk's interrupt moves to the last CPU and counts there.
affinity_round() {
	last=$(($(nproc) - 1))
	device=$(basename "$(readlink -f /sys/block/vda/device)")
	irq=$(awk -F: -v d="$device\$" '$0 ~ d {print $1; exit}' /proc/interrupts | tr -d ' ')
	[ -n "$irq" ] || { echo "no interrupt of $device"; return 1; }
	echo $last >/proc/irq/$irq/smp_affinity_list || return 1
	before=$(awk -v c=$((last + 2)) -v i="$irq:" '$1 == i {print $c}' /proc/interrupts)
	dd if=/dev/vda of=/dev/null bs=64k count=64 iflag=direct 2>/dev/null || return 1
	after=$(awk -v c=$((last + 2)) -v i="$irq:" '$1 == i {print $c}' /proc/interrupts)
	echo "irq $irq on CPU $last: $before, then $after"
	[ "$after" -gt "$before" ]
}
step_affinity() { is affinity "the disk's interrupt follows its affinity" affinity_round; }

# All CPUs busy with system calls, faults and switches at once.
load_round() {
	n=0
	while [ $n -lt "$(nproc)" ]; do
		(i=0; while [ $i -lt 150 ]; do /bin/busybox true | cat; i=$((i + 1)); done) &
		n=$((n + 1))
	done
	wait
}
step_load() { is load "pipes and forks on $(nproc) CPUs" load_round; }

# As guests of systems/mixed-criticality. The real-time Linux reads the state of the control loop beside it, four words
# in shared memory: lives, periods, how many were missed, how late one was at most in ns. The other Linux panics.
word() { echo $(($(devmem $(($1)) 64))); }
loop_round() {
	node=$(echo /proc/device-tree/reserved-memory/xen-shmem@*)
	at=0x${node##*@}
	grep -q PREEMPT_RT /proc/version || { echo "$(uname -v) is no real-time kernel"; return 1; }
	until [ "$(word "$at+8")" -ge 60000 ]; do sleep 1; done
	echo "life $(word "$at"), $(word "$at+16") of $(word "$at+8") missed"
	[ "$(word "$at+16")" = 0 ] && [ "$(word "$at")" = 1 ]
}
step_loop() { is loop "PREEMPT_RT saw the control loop miss none of 60000 periods" loop_round; }
step_panic() {
	echo "@PANIC comes"
	echo c >/proc/sysrq-trigger
}
