# SPDX-License-Identifier: Apache-2.0
# Stock xentrace captures what two guests on one CPU and Dom0 do, stock xenalyze reads it: switches, wake-ups, who ran.
# core: virt-gicv3
shows create-1 'GUEST-UP' boot o1 'cpus = "1"'
shows create-2 'GUEST-UP' boot o2 'cpus = "1"'
look setsize $XB/xentrace_setsize 32
on o1 'sha256sum /dev/zero &' >/dev/null
check capture xentrace -D -e all -T 3 /tmp/all
xenalyze --dump-all /tmp/all >/tmp/all.txt 2>/tmp/all.err
id1=$(xl domid o1) id2=$(xl domid o2)
shows o1-runs "runstate_change d${id1}v0 runnable->running" cat /tmp/all.txt
shows o2-wakes "vcpu_wake d${id2}v0" cat /tmp/all.txt
shows o2-runs "runstate_change d${id2}v0 runnable->running" cat /tmp/all.txt
shows switches "sched_switch prev d[0-9]+v[0-9]+ next d${id1}v0" cat /tmp/all.txt
shows idle-blocks "vcpu_block d0v[01]" cat /tmp/all.txt
shows no-nonsense '^0$' grep -Eci 'unexpected|unknown|malformed|skew' /tmp/all.err
shows summary "^\|-- Domain $id1 --\|" xenalyze --summary /tmp/all
# Only what is asked for: runstates, and those of one CPU.
check capture-min xentrace -D -e 0x00021000 -c 1 -T 1 /tmp/min
shows only-runstates '^0$' bash -c "xenalyze --dump-all /tmp/min 2>/dev/null | grep -c vcpu_wake"
shows one-cpu '^0$' bash -c "xenalyze --dump-all /tmp/min 2>/dev/null | grep -Ec ' [|x-]+[x|] '"
# A reader that sleeps finds how much it missed.
check late bash -c "xentrace -D -e all -x -T 1 /tmp/x; sleep 20; xentrace -e all -T 1 /tmp/late"
shows lost-told 'lost_records count [1-9]' bash -c 'xenalyze --dump-all /tmp/late 2>/dev/null'
look off xentrace -e 0x0002f000 -T 1 /tmp/off
check destroy-1 xl destroy o1
check destroy-2 xl destroy o2
