# SPDX-License-Identifier: Apache-2.0
# Eight guests at once, each with a disk and a network card of its own; each passes its checksum and ping.
# limit: 900
MEM=96 BOOT=300
disk() { truncate -s 4M "/tmp/$1.img"; printf 'disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/%s.img"]' "$1"; }
start() { : >"$(log_of g$1)"; EXTRA=coffer.ip=10.0.7.2$1/24 xl create -q "$(EXTRA=coffer.ip=10.0.7.2$1/24 config g$1 "$(disk g$1)" 'vif = ["bridge=xenbr0"]')"; }
free=$(info free_memory)
for n in 1 2 3 4 5 6 7 8; do check create-$n start $n; done
for n in 1 2 3 4 5 6 7 8; do check up-$n wait_for 300 in_log g$n GUEST-UP; done
round='dd if=/dev/urandom of=/tmp/r bs=64k count=8 2>/dev/null; cat /tmp/r >/dev/xvda; sync; echo 3 >/proc/sys/vm/drop_caches; cmp -n 524288 /tmp/r /dev/xvda && echo same; ping -c 2 10.0.7.1'
together() { # every guest at the same time
	for n in 1 2 3 4 5 6 7 8; do (agent 10.0.7.2$n "$round" 120 >/tmp/answer$n) & done
	wait
}
check all-together together
for n in 1 2 3 4 5 6 7 8; do
	shows disk-$n '^same' cat /tmp/answer$n
	shows ping-$n ' 0% packet loss' cat /tmp/answer$n
done
check shutdown-all xl shutdown -a -w
alone() { [ "$(xl list | wc -l)" = 2 ]; }
check none-left wait_for 120 alone
check memory-back memory_back "$free" 30
