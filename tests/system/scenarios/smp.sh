# SPDX-License-Identifier: Apache-2.0
# A guest of two vCPUs: hotplug, hard and soft affinity; the vCPUs of Dom0.
# core: virt-gicv3
VCPUS=2
online_is() { # GUEST LIST: what its kernel says, after putting what is there online, which is udev's work
	on "$1" "n=0; while [ \$n -lt 20 ] && [ \"\$(cat /sys/devices/system/cpu/online)\" != $2 ]; do echo 1 >/sys/devices/system/cpu/cpu1/online; sleep 0.5; n=\$((n+1)); done 2>/dev/null; echo online=\$(cat /sys/devices/system/cpu/online)"
}
shows create 'GUEST-UP .*cpus=2' boot s1
shows vcpu-list '^s1 +[0-9]+ +1 ' xl vcpu-list s1
check pin xl vcpu-pin s1 0 1
shows pinned '^s1 +[0-9]+ +0 .* 1 / all' xl vcpu-list s1
check pin-soft xl vcpu-pin s1 1 - 0
shows pinned-soft '^s1 +[0-9]+ +1 .* all / 0' xl vcpu-list s1
check pin-all xl vcpu-pin s1 all all all
check vcpu-set-1 xl vcpu-set s1 1
shows one-online 'online=0$' on s1 'n=0; while [ $n -lt 20 ] && [ "$(cat /sys/devices/system/cpu/online)" != 0 ]; do sleep 0.5; n=$((n+1)); done; echo online=$(cat /sys/devices/system/cpu/online)'
shows one-listed '^s1 +[0-9]+ +1 +- +--p' xl vcpu-list s1
check vcpu-set-2 xl vcpu-set s1 2
shows two-online 'online=0-1' online_is s1 0-1
look vcpu-set-more xl vcpu-set s1 4
check destroy xl destroy s1
VCPUS=1
shows create-maxvcpus 'GUEST-UP .*cpus=1' boot s2 'maxvcpus = 3' 'cpus = "1"'
shows maxvcpus-listed '^s2 +[0-9]+ +0 +1 ' xl vcpu-list s2
check destroy-maxvcpus xl destroy s2
shows pin-dom0 '^Domain-0 +0 +1 +0 ' bash -c 'xl vcpu-pin 0 all 0 && sleep 1 && xl vcpu-list 0'
check pin-dom0-all xl vcpu-pin 0 all all
check dom0-vcpu-set-1 xl vcpu-set 0 1
check dom0-one-online wait_for 20 grep -qx 0 /sys/devices/system/cpu/online
check dom0-vcpu-set-2 xl vcpu-set 0 2
dom0_both() { echo 1 >/sys/devices/system/cpu/cpu1/online; grep -qx 0-1 /sys/devices/system/cpu/online; }
check dom0-two-online wait_for 20 dom0_both
