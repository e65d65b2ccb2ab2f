# SPDX-License-Identifier: Apache-2.0
# Guests of other kinds: Debian's real-time kernel, its armhf kernel in AArch32, a bare-metal payload.
# kinds: rt armhf
# Each vCPU has a CPU of its own: QEMU 7.2 keeps the SPSR of an AArch32 guest's current mode in the CPU when it enters
# EL2, so that a vCPU which moves at a bad time returns into nowhere (seen on real Xen and on Cofferdam).
life() { # KIND PATTERN
	BOOT=250 KERNEL=/guests/Image-$1 RAMDISK=/guests/initramfs-$1 EXTRA=coffer.ip=10.0.7.9/24 VCPUS=2 MEM=192 \
		shows "$1-create" "GUEST-UP .*$2.*cpus=2" boot "k-$1" 'vif = ["bridge=xenbr0"]' 'cpus = ["0", "1"]'
	shows "$1-console" 'sum=42' on "k-$1" 'echo sum=$((6*7))'
	check "$1-ping" answers 10.0.7.9
	check "$1-pause" xl pause "k-$1"
	check "$1-unpause" xl unpause "k-$1"
	shows "$1-alive" 'sum=43' on "k-$1" 'echo sum=$((6*7+1))'
	check "$1-shutdown" xl shutdown -w "k-$1"
}
life rt 'rt-arm64 aarch64'
life armhf 'armmp-lpae armv[78]l'
check bare-create xl create -q "$(KERNEL=/guests/crash RAMDISK=/guests/crash MEM=16 config k-bare 'on_crash = "preserve"')"
check bare-ran wait_for 20 state_is k-bare c
check bare-destroy xl destroy k-bare
