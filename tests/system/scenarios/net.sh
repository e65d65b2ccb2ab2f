# SPDX-License-Identifier: Apache-2.0
# A PV network card: xen-netback on a bridge in Dom0; ping, bulk, attached and detached.
# core: virt-gicv3 virt-gicv2
MEM=192
EXTRA=coffer.ip=10.0.7.2/24 shows create 'GUEST-UP' boot n1 'vif = ["bridge=xenbr0,mac=00:16:3e:00:07:02"]'
id=$(xl domid n1)
shows network-list '00:16:3e:00:07:02' xl network-list n1
LINES_MAX=60 check xenstore-of-card xenstore-ls /local/domain/0/backend/vif
shows bridged "vif$id.0" ip link show master xenbr0
check ping answers 10.0.7.2
check ping-big ping -c 3 -W 2 -s 1400 10.0.7.2
shows agent 'rc=0' agent 10.0.7.2 'uname -a'
shows queues 'multi-queue-max-queues = "?[1-9]' xenstore-ls /local/domain/0/backend/vif
shows stream-to-guest 'receiver' iperf3 -c 10.0.7.2 -t 2
shows stream-from-guest 'receiver' iperf3 -c 10.0.7.2 -t 2 -R
look datagrams iperf3 -c 10.0.7.2 -t 2 -u -b 20M
shows counters-in-guest 'eth0:.*[1-9]' agent 10.0.7.2 'cat /proc/net/dev'
check network-attach xl network-attach n1 bridge=xenbr0 mac=00:16:3e:00:07:0a
shows attached 'eth1' agent 10.0.7.2 'sleep 2; ls /sys/class/net'
check network-detach xl network-detach n1 1
shows detached '^eth0 lo' agent 10.0.7.2 'sleep 2; echo $(ls /sys/class/net | tr "\n" " ")'
check shutdown xl shutdown -w n1
unbridged() { [ -z "$(ip link show master xenbr0)" ]; }
check card-removed wait_for 30 unbridged
