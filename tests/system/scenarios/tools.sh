# SPDX-License-Identifier: Apache-2.0
# The rest of xen-utils: each is run once, and its answer is what is compared.
# limit: 600
LINES_MAX=12
shows create 'GUEST-UP' boot o1
id=$(xl domid o1)
look xentop-all xentop -b -i 1 -n -x -v -f
look livepatch-list xen-livepatch list
look xenpm-cpufreq xenpm get-cpufreq-para
look xenpm-idle xenpm get-cpuidle-states
look xenpm-topology xenpm get-cpu-topology
look xenpm-average xenpm get-cpufreq-average
look xenlockprof xenlockprof
look xenperf xenperf
look xencov xencov reset
look xen-diag xen-diag gnttab_query_size "$id"
look xenhypfs-ls xenhypfs tree
look xenhypfs-cat xenhypfs cat /buildinfo/version/major
look xenhypfs-params bash -c 'xenhypfs ls /params; xenhypfs cat /params/gnttab_max_frames'
look xenhypfs-config xenhypfs cat /buildinfo/config
look xenctx xenctx "$id" 0
look xenctx-all xenctx -a "$id"
look debug-keys xl debug-keys q
look debug-keys-seen bash -c 'sleep 1; xl dmesg | tail -n 15'
look set-parameters xl set-parameters gnttab_max_frames=64
look flask-getenforce flask-getenforce
look flask-setenforce flask-setenforce 1
look flask-get-bool flask-get-bool -a
look flask-set-bool flask-set-bool x 1
look flask-loadpolicy bash -c 'echo x >/tmp/pol; flask-loadpolicy /tmp/pol'
look flask-label-pci flask-label-pci 0000:00:01.0 system_u:object_r:nic_dev_t
look xl-getenforce xl getenforce
look xl-loadpolicy xl loadpolicy /tmp/pol
look xen-access-write timeout -s INT 15 xen-access "$id" write
look xen-access-exec timeout -s INT 15 xen-access "$id" exec
look test-resource $XB/test-resource
look test-paging-mempool $XB/test-paging-mempool
check test-xenstore $XB/test-xenstore -i 3
look xenstore-control $XB/xenstore-control check
look xenstore-control-log $XB/xenstore-control logfile /tmp/xs.log
look xentrace-setsize $XB/xentrace_setsize 4
look xentrace bash -c "timeout -s INT 3 xentrace -D -e all -T 1 /tmp/trace; ls -l /tmp/trace"
look xentrace-read bash -c 'xenalyze --dump-all /tmp/trace 2>&1 | head -n 5'
look xenwatchdogd bash -c 'xenwatchdogd 60 20; echo rc=$?; sleep 2; killall -USR1 xenwatchdogd; sleep 1; killall xenwatchdogd; echo disarmed=$?'
look depriv-fd-checker timeout 5 $XB/depriv-fd-checker 1
look pci-assignable-list xl pci-assignable-list
look pci-list xl pci-list o1
look claims xl claims
look vncviewer xl vncviewer o1
look usb-list xl usb-list o1
look vtpm-list xl vtpm-list o1
look vkb-attach xl vkb-attach o1
look psr-hwinfo xl psr-hwinfo
look list-verbose xl list -v
look list-numa xl list -n
look vm-list xl vm-list
look channel-list xl channel-list o1
look init-dom0less $XB/init-dom0less
check destroy xl destroy o1
