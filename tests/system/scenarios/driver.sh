# SPDX-License-Identifier: Apache-2.0
# A driver domain: a guest with Debian's backends and `xl devd` serves disk and network to another guest.
# Real Xen of Debian keeps guests apart by default (SILO); so it is asked not to.
# boot: xsm=dummy
# limit: 600
mkdir -p /tmp/driver
files() { (cd / && find . -xdev -path './guests/*' -prune -o -print | cpio -o -H newc 2>/dev/null) >/tmp/driver/initramfs; }
check ramdisk files
RAMDISK=/tmp/driver/initramfs MEM=256 BOOT=200 shows create-driver 'GUEST-UP .*devd=[0-9]' boot dd1 'driver_domain = 1'
shows driver-bridge 'xenbr0' on dd1 'ip link show xenbr0'
EXTRA=coffer.ip=10.0.8.2/24 shows create-user 'GUEST-UP' boot du1 \
	'disk = ["backend=dd1, format=raw, vdev=xvda, access=rw, target=/dev/loop0"]' \
	'vif = ["backend=dd1, bridge=xenbr0"]'
shows served-by "/local/domain/$(xl domid dd1)/backend/vbd" xenstore-ls -f "/local/domain/$(xl domid du1)/device/vbd"
shows block-round 'same' on du1 'dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null; cat /tmp/r >/dev/xvda; sync; echo 3 >/proc/sys/vm/drop_caches; cmp -n 1048576 /tmp/r /dev/xvda && echo same'
shows ping-driver ' 0% packet loss' on du1 'ping -c 3 10.0.8.1'
shows pinged-by-driver ' 0% packet loss' on dd1 'ping -c 3 10.0.8.2'
check shutdown-user xl shutdown -w du1
check user-gone wait_for 60 gone du1
check destroy-driver xl destroy dd1
