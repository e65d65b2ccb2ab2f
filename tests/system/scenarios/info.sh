# SPDX-License-Identifier: Apache-2.0
# What the tools say about a host without guests.
# core: virt-gicv3 zcu102
shows xl-info 'xen_version *: 4\.17' xl info
shows xl-info-numa 'cores_per_socket|numa_info' xl info -n
shows xl-list '^Domain-0 +0 ' xl list
check xl-list-long xl list -l
shows xl-vcpu-list '^Domain-0 +0 +0' xl vcpu-list
shows xl-uptime 'Domain-0' xl uptime
LINES_MAX=5 shows xl-dmesg '.' xl dmesg
check xl-dmesg-clear xl dmesg -c
shows xl-dmesg-is-clear '^[01]$' bash -c 'xl dmesg | wc -l'
shows domname 'Domain-0' xl domname 0
shows domid '^0$' xl domid Domain-0
shows capabilities 'control_d' cat /proc/xen/capabilities
shows sys-version '^4$' cat /sys/hypervisor/version/major
check sys-properties bash -c 'cd /sys/hypervisor; for f in type uuid guest_type properties/* version/* compilation/*; do echo "$f=$(<$f)" || exit 1; done'
LINES_MAX=40 shows xenstore-ls 'domid = "?0"?' xenstore-ls /local/domain/0
check xenstore-write xenstore-write /coffer/a 1
shows xenstore-read '^1$' xenstore-read /coffer/a
check xenstore-rm xenstore-rm /coffer
shows xentop 'Domain-0' xentop -b -i 1
look interrupts bash -c "grep -iE 'xen|CPU' /proc/interrupts"
