# SPDX-License-Identifier: Apache-2.0
# dump-core of a running guest; a guest whose kernel panics; a guest whose watchdog expires.
MEM=96
shows create 'GUEST-UP' boot p1
check dump-core xl dump-core p1 /tmp/p1.core
shows core-is-elf 'ELF' head -c 4 /tmp/p1.core
is core-size "$(($(stat -c %s /tmp/p1.core) >> 20))" '^(9[6-9]|10[0-9])$'
rm -f /tmp/p1.core
shows alive-after 'sum=42' on p1 'echo sum=$((6*7))'
# What the guest prints then is shown nowhere: it would be taken for Dom0's panic.
LINES_MAX=0 look kernel-panic on p1 'echo c >/proc/sysrq-trigger' 10
# Arm Linux tells the hypervisor nothing when it panics: the domain spins.
look panicked-state state p1
: >"$(log_of p1)"
check destroy xl destroy p1
shows create-watchdog 'GUEST-UP' boot p2 'on_watchdog = "destroy"'
check watchdog on p2 '(modprobe xen_wdt timeout=5 && (echo x; sleep 100) >/dev/watchdog &)' 10
check watchdog-destroyed wait_for 60 gone p2
