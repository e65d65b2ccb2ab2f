# SPDX-License-Identifier: Apache-2.0
# The virtual PL011 of a guest: what its kernel and its init write on it, and that it is there.
check create xl create -q "$(EXTRA='console=ttyAMA0 earlycon=pl011,0x22000000' config u1 'vuart = "sbsa_uart"')"
# /dev/console of the guest is this one, so its init speaks here.
screen() { # what a terminal with the vUART's console shows, which Ctrl-] ends
	local client
	mkfifo /tmp/keys
	script -qfec 'xl console -t vuart u1' /tmp/screen </tmp/keys >/dev/null 2>&1 & client=$!
	exec 8>/tmp/keys
	wait_for 100 grep -q GUEST-UP /tmp/screen
	printf '\035' >&8
	ended() { ! kill -0 $client; }
	wait_for 20 ended && tr -d '\r' </tmp/screen
	kill $client 2>/dev/null
	exec 8>&-
}
shows output 'GUEST-UP u1' screen
shows device 'ttyAMA0' on u1 'ls /dev/ttyAMA0'
check destroy xl destroy u1
