# SPDX-License-Identifier: Apache-2.0
# Stock xentrace captures what two guests on one CPU and Dom0 do, stock xenalyze reads it: switches, wake-ups, who ran.
# core: virt-gicv3
seen() { grep -m1 -E -- "$1" /tmp/all.txt; }
without() { xenalyze --dump-all "$2" >/tmp/without.txt 2>/dev/null; [ -s /tmp/without.txt ] && ! grep -m1 -E -- "$1" /tmp/without.txt; }
shows create-1 'GUEST-UP' boot o1 'cpus = "1"'
shows create-2 'GUEST-UP' boot o2 'cpus = "1"'
on o1 '(sha256sum /dev/zero &)' >/dev/null
on o2 '(while usleep 100000; do :; done &)' >/dev/null
check capture xentrace -D -c 0-1 -e all -T 1 /tmp/all
xenalyze --dump-all /tmp/all >/tmp/all.txt 2>/tmp/all.err
id1=$(xl domid o1) id2=$(xl domid o2)
check o1-runs seen "runstate_change d${id1}v0 runnable->running"
check o2-wakes seen "vcpu_wake d${id2}v0"
check o2-runs seen "runstate_change d${id2}v0 runnable->running"
check switches seen "sched_switch prev d[0-9]+v[0-9]+ next d${id1}v0"
check dom0-blocks seen 'vcpu_block d0v[01]'
check both-cpus seen ' -?x-? d'
shows summary "^\|-- Domain $id1 --\|" bash -c 'xenalyze --summary /tmp/all 2>/dev/null | grep Domain'
# Only what is asked for: runstates, and those of CPU 1.
check capture-min xentrace -D -e 0x00021000 -c 1 -T 1 /tmp/min
check only-runstates without 'vcpu_wake|sched_switch' /tmp/min
check only-cpu1 without 'Activating pcpu 0' /tmp/min
check destroy-1 xl destroy o1
check destroy-2 xl destroy o2
# A reader that comes late finds how much it missed: more hypercalls than a buffer holds records.
check leave-on xentrace -D -c 0-1 -e all -x -T 1 /tmp/x
for ((i = 0; i < 8000; i++)); do read -r x </sys/hypervisor/version/major; done # one each
check late xentrace -e all -T 1 /tmp/late
shows lost-told 'lost_records count [1-9]' bash -c 'xenalyze --dump-all /tmp/late 2>/dev/null | grep -m1 "lost_records count"'
