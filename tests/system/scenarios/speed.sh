# SPDX-License-Identifier: Apache-2.0
# How fast the PV network card and disk of a guest are, for ./coffer bench --system. No figure is judged here.
# limit: 300
MEM=192
truncate -s 32M /tmp/disk.img
EXTRA=coffer.ip=10.0.7.2/24 shows create 'GUEST-UP' boot n1 'vif = ["bridge=xenbr0"]' \
	'disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/disk.img"]'
check ping answers 10.0.7.2
shows net-to-guest 'receiver' iperf3 -c 10.0.7.2 -t 5 -f m
shows net-from-guest 'receiver' iperf3 -c 10.0.7.2 -t 5 -f m -R
shows disk-write 'copied' agent 10.0.7.2 'dd if=/dev/zero of=/dev/xvda bs=1M count=32 oflag=direct'
shows disk-read 'copied' agent 10.0.7.2 'dd if=/dev/xvda of=/dev/null bs=1M count=32 iflag=direct'
shows disk-read-4k 'copied' agent 10.0.7.2 'dd if=/dev/xvda of=/dev/null bs=4k count=500 iflag=direct'
check destroy xl destroy n1
