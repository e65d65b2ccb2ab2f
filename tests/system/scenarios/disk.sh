# SPDX-License-Identifier: Apache-2.0
# A PV disk: xen-blkback on a file (through a loop device) and on a block device, attached and detached.
# core: virt-gicv3 zcu102
# limit: 500
truncate -s 16M /tmp/disk.img
shows create 'GUEST-UP' boot b1 'disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/disk.img"]'
shows block-list '^51712 ' xl block-list b1
LINES_MAX=60 check xenstore-of-disk xenstore-ls /local/domain/0/backend/vbd
shows guest-sees-it 'xvda' on b1 'cat /proc/partitions'
shows makes-a-filesystem 'made-it' on b1 'mke2fs -F /dev/xvda >/dev/null 2>&1 && mount -t ext4 /dev/xvda /mnt && echo hello >/mnt/f && umount /mnt && echo made-it'
shows dom0-reads-it '^hello$' bash -c 'mkdir -p /tmp/m; modprobe ext4; mount -t ext4 -o loop,ro /tmp/disk.img /tmp/m && cat /tmp/m/f; umount /tmp/m'
shows writes '^8\+0 records out' on b1 'dd if=/dev/zero of=/dev/xvda bs=1M count=8 oflag=direct 2>&1 | tail -n 1'
shows reads '^8\+0 records out' on b1 'dd if=/dev/xvda of=/dev/null bs=1M count=8 iflag=direct 2>&1 | tail -n 1'
shows reads-small '^50\+0 records out' on b1 'dd if=/dev/xvda of=/dev/null bs=4k count=50 iflag=direct 2>&1 | tail -n 1'
shows discards 'discard=[1-9]' on b1 'echo discard=$(cat /sys/block/xvda/queue/discard_max_bytes)'
shows indirect 'feature-max-indirect-segments = "?[1-9]' xenstore-ls /local/domain/0/backend/vbd
shows persistent 'feature-persistent = "?1' xenstore-ls /local/domain/0/backend/vbd
truncate -s 8M /tmp/disk2.img
loop=$(losetup -f --show /tmp/disk2.img)
check block-attach xl block-attach b1 "phy:$loop,xvdb,w"
shows attached 'xvdb' on b1 'sleep 1; cat /proc/partitions'
shows reads-what-it-wrote 'same' on b1 'dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null; cat /tmp/r >/dev/xvdb; sync; echo 3 >/proc/sys/vm/drop_caches; cmp -n 1048576 /tmp/r /dev/xvdb && echo same; sha256sum /tmp/r'
sum=$(grep -Eo '^[0-9a-f]{64}' <<<"$out")
check block-detach xl block-detach b1 xvdb
shows detached '^left=0' on b1 'sleep 1; echo left=$(ls /sys/block | grep -c xvdb)'
losetup -d "$loop"
shows dom0-reads-the-same "${sum:-nothing}" bash -c 'head -c 1048576 /tmp/disk2.img | sha256sum'
check attach-read-only xl block-attach b1 "phy:/tmp/disk2.img,xvdc,r"
shows is-read-only '^1' on b1 'sleep 1; cat /sys/block/xvdc/ro'
check shutdown xl shutdown -w b1
unlooped() { ! losetup -a | grep -q disk; }
check loops-freed wait_for 60 unlooped
# A disk of Dom0 itself: front and back end in one domain.
modprobe xen-blkfront
check dom0-attach xl block-attach 0 "phy:/tmp/disk2.img,xvdz,w"
shows dom0-attached 'xvdz' bash -c 'sleep 1; cat /proc/partitions'
look dom0-detach xl block-detach 0 xvdz
