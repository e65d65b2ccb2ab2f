# SPDX-License-Identifier: Apache-2.0
# The device tree that a guest is given.
shows create 'GUEST-UP' boot t1
node() { on t1 "cd /proc/device-tree && $1"; }
shows hypervisor 'xen,xen-4.17.*xen,xen' node 'tr "\0" " " <hypervisor/compatible; echo'
shows model 'XENVM-4.17' node 'tr -d "\0" <model; echo'
shows psci 'arm,psci' node 'tr "\0" " " <psci/compatible; echo'
shows timer 'arm,armv[78]-timer' node 'tr "\0" " " <timer/compatible; echo'
shows gic 'arm,(gic-v3|cortex-a15-gic)' node 'cat interrupt-controller@*/compatible | tr "\0" " "; echo'
shows memory '^memory' node 'ls -d memory*'
check destroy xl destroy t1
