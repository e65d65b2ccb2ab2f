# SPDX-License-Identifier: Apache-2.0
# 200 guests made and destroyed, 50 of them amid traffic of disk and network, 100 with neither: no page of memory,
# xenstore node, loop device or bridge port is left behind.
# limit: 4000
truncate -s 8M /tmp/cycle.img
disk='disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/cycle.img"]' card='vif = ["bridge=xenbr0"]'
# What a first guest makes the tools and kernels keep is not lost.
boot w1 "$disk" "$card" >/dev/null
first=$(xl domid w1)
xl destroy w1
sleep 1
pages=$(free_pages) nodes=$(xenstore-ls -f / | wc -l)
same_pages() { [ "$(free_pages)" = "$pages" ]; }
cycle() { # COUNT [LINE...]
	local file n
	file=$(MEM=64 config y1 "${@:2}")
	for n in $(seq "$1"); do
		xl create -q "$file" && xl destroy y1 || return 1
	done
}
check create-destroy-bare cycle 50
check create-destroy-again cycle 50
check create-destroy cycle 50 "$disk" "$card"
check pages-back wait_for 30 same_pages
flows() { # both ways through the card and onto the disk
	[ "$(<"/sys/class/net/vif$1.0/statistics/rx_bytes")" -gt 100000 ] && [ "$(<"/sys/class/net/vif$1.0/statistics/tx_bytes")" -gt 100000 ] &&
		[ "$(awk '{print $7}' "/sys/block/$2/stat")" -gt "$3" ]
}
killed() { # COUNT
	local n id loop client
	for n in $(seq "$1"); do
		EXTRA='coffer.ip=10.0.7.31/24 coffer.do=while,:;,do,dd,if=/dev/zero,of=/dev/xvda,bs=64k,oflag=direct,2>/dev/null;,done,&' \
			boot y2 "$disk" "$card" >/dev/null || return 1
		id=$(xl domid y2)
		loop=$(xenstore-read "/local/domain/0/backend/vbd/$id/51712/node") || return 1
		loop=${loop#/dev/}
		ping -A -s 1400 10.0.7.31 >/dev/null 2>&1 & client=$!
		wait_for 60 flows "$id" "$loop" "$(($(awk '{print $7}' "/sys/block/$loop/stat") + 512))" || { kill $client; return 1; }
		xl destroy y2 || return 1
		kill $client 2>/dev/null
		wait $client 2>/dev/null
	done
	return 0 # the last client's end is not ours
}
check destroy-amid-traffic killed 25
check destroy-amid-traffic-again killed 25
check pages-back-again wait_for 30 same_pages
is pages-lost "$((pages - $(free_pages)))" '^0$'
is nodes-lost "$(($(xenstore-ls -f / | wc -l) - nodes))" '^(0|1|2)$'
is loops-left "$(losetup -a | grep -c cycle.img)" '^0$'
unbridged() { [ -z "$(ip link show master xenbr0)" ]; }
check cards-gone wait_for 30 unbridged
whole() { local n; for n in 1 2 3; do boot z1 >/dev/null && xl shutdown -w z1 || return 1; done; }
check three-whole-lives whole
check pages-back-at-last wait_for 30 same_pages
boot z2 >/dev/null
# Cofferdam leaves out every 32nd, whose place is Dom0's.
is domid-never-reused "$(($(xl domid z2) - first))" '^(20[4-9]|21[0-2])$'
