# SPDX-License-Identifier: Apache-2.0
# libvchan inside Dom0 (grants and event channels from user space), and a PV channel.
node=/local/domain/0/data/vc
vchan() {
	sleep 8 | vchan-socket-proxy -m server 0 $node - >/tmp/heard & local server=$!
	wait_for 20 xenstore-read $node/ring-ref
	{ echo hello-from-client; sleep 3; } | timeout 10 vchan-socket-proxy -m client 0 $node - >/dev/null
	kill $server 2>/dev/null
	cat /tmp/heard
}
shows vchan 'hello-from-client' vchan
# On Arm 4.17 a channel makes xl look for a QEMU device model.
BOOT=40 look channel boot h1 'channel = ["connection=pty,name=org.coffer.test"]'
