# SPDX-License-Identifier: Apache-2.0
# How fast the PV network card and disk of a guest are, by iperf3 and fio, for ./coffer bench --system. No figure is
# judged here.
# limit: 500
# loads: fio
cat /guests/initramfs /guests/fio.gz >/tmp/ramdisk
truncate -s 32M /tmp/disk.img
MEM=384 RAMDISK=/tmp/ramdisk EXTRA=coffer.ip=10.0.7.2/24 shows create 'GUEST-UP' boot n1 'vif = ["bridge=xenbr0"]' \
	'disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/disk.img"]'
check ping answers 10.0.7.2
shows net-to-guest 'receiver' iperf3 -c 10.0.7.2 -t 2 -f m
shows net-from-guest 'receiver' iperf3 -c 10.0.7.2 -t 2 -f m -R
io() { # RW BLOCK-SIZE DEPTH
	agent 10.0.7.2 "fio --name=$1 --rw=$1 --bs=$2 --iodepth=$3 --filename=/dev/xvda --size=32M --direct=1 \
		--ioengine=libaio --runtime=2 --time_based --thread" 100 | grep -E "READ:|WRITE:|err="
}
shows disk-write 'WRITE: bw=' io write 1M 4
shows disk-read 'READ: bw=' io read 1M 4
shows disk-write-4k 'WRITE: bw=' io randwrite 4k 16
shows disk-read-4k 'READ: bw=' io randread 4k 16
shows disk-read-one 'READ: bw=' io randread 4k 1
check destroy xl destroy n1
rm -f /tmp/ramdisk /tmp/disk.img
