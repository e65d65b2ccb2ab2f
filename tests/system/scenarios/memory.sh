# SPDX-License-Identifier: Apache-2.0
# Ballooning: a guest gives memory back and takes it again; so does Dom0.
# core: virt-gicv3
MEMORY=/sys/devices/system/xen_memory/xen_memory0
shows create 'GUEST-UP' boot m1 'acpi = 0'
total() { on m1 "cat $MEMORY/info/current_kb" | sed -n 's/^\([0-9]*\)$/\1/p' | tail -n 1; }
listed() { [ "$(xl list m1 | awk 'NR == 2 {print $3}')" = "$1" ]; }
reaches() { local now; now=$(($(total) >> 10)); [ $now -ge $(($1 - 1)) ] && [ $now -le "$1" ]; }
before=$(info free_memory)
check mem-set-down xl mem-set m1 96
check listed-down wait_for 30 listed 96
check guest-gave wait_for 30 reaches 96
is host-got "$(($(info free_memory) - before))" '^3[0-9]$'
check mem-set-up xl mem-set m1 128
check listed-up wait_for 30 listed 128
check guest-took wait_for 30 reaches 128
check mem-max xl mem-max m1 192
look mem-set-above xl mem-set m1 160
shows alive 'sum=42' on m1 'echo sum=$((6*7))'
check destroy xl destroy m1
# xl 4.17 aborts on an Arm guest whose configuration does not say acpi = 0.
shows create-without-acpi 'GUEST-UP' boot m2
look mem-set-without-acpi xl mem-set m2 96
look mem-max-without-acpi xl mem-max m2 160
check destroy-without-acpi xl destroy m2
look maxmem-above-memory boot m3 'acpi = 0' 'maxmem = 192'
look destroy-maxmem xl destroy m3
look mem-set-dom0 xl mem-set 0 640
had=$(<$MEMORY/info/current_kb) before=$(info free_memory)
echo $((had - 65536)) >$MEMORY/target_kb
dom0_gave() { [ "$(<$MEMORY/info/current_kb)" -le $((had - 65536)) ]; }
check dom0-gave wait_for 30 dom0_gave
# The frames of a Dom0 that is mapped 1:1 are kept for it: nothing becomes free.
is dom0-frames-kept "$(($(info free_memory) - before))" '^(0|6[345])$'
echo "$had" >$MEMORY/target_kb
dom0_took() { [ "$(<$MEMORY/info/current_kb)" -ge $((had - 4)) ]; }
check dom0-took wait_for 30 dom0_took
is nothing-lost "$(($(info free_memory) - before))" '^(0|-1|1)$'
