# SPDX-License-Identifier: Apache-2.0
# A guest that lives on its disk: an ext2 filesystem made in Dom0, mounted as the root by the guest.
made() {
	truncate -s 48M /tmp/root.img && mke2fs -F /tmp/root.img >/dev/null 2>&1 && mkdir -p /tmp/root &&
		mount -t ext4 -o loop /tmp/root.img /tmp/root && (cd /tmp/root && gunzip -c /guests/initramfs | cpio -id 2>/dev/null) &&
		touch /tmp/root/rooted && umount /tmp/root
}
check image made
disk='disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/root.img"]'
EXTRA=coffer.root=/dev/xvda shows create 'GUEST-UP .*root=/dev/xvda' boot k1 "$disk"
shows root-is-disk '^/dev/(xvda|root) / ext4' on k1 'cat /proc/mounts'
shows writes 'kept' on k1 'echo kept >/note; sync; cat /note'
check reboot xl reboot k1
check came-back wait_for 150 ups_are k1 2
shows still-there 'kept' on k1 'cat /note'
check shutdown xl shutdown -w k1
