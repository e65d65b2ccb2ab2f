# SPDX-License-Identifier: Apache-2.0
# Guests made and destroyed over and over: no memory, xenstore node or loop device is left behind.
# limit: 1500
truncate -s 8M /tmp/cycle.img
boot w1 >/dev/null
first=$(xl domid w1)
xl destroy w1
sleep 1
free=$(info free_memory) nodes=$(xenstore-ls -f / | wc -l)
cycle() {
	local file n
	file=$(config y1 'disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/cycle.img"]' 'vif = ["bridge=xenbr0"]')
	for n in $(seq "$1"); do
		xl create -q "$file" && xl destroy y1 || return 1
	done
}
LIMIT=900 check twenty cycle 20
same_memory() { [ "$(info free_memory)" = "$free" ]; }
check memory-back wait_for 20 same_memory
is nodes-lost "$(($(xenstore-ls -f / | wc -l) - nodes))" '^(0|1|2)$'
is loops-left "$(losetup -a | grep -c cycle.img)" '^0$'
whole() { local n; for n in 1 2 3; do boot z1 >/dev/null && xl shutdown -w z1 || return 1; done; }
LIMIT=600 check three-whole-lives whole
check memory-back-again wait_for 20 same_memory
boot z2 >/dev/null
is domid-never-reused "$(($(xl domid z2) - first))" '^2[45]$'
