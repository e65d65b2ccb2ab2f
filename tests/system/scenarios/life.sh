# SPDX-License-Identifier: Apache-2.0
# One guest with a PV console: from create to shutdown, and everything that xl does to it in between.
# core: virt-gicv3 virt-gicv2 zcu102
LINES_MAX=10
free=$(info free_memory)
shows create 'GUEST-UP' boot d1 'acpi = 0'
id=$(xl domid d1)
is domid "$id" '^[1-9][0-9]*$'
shows list "^d1 +$id +128 +1" xl list
check list-long xl list -l d1
shows uptime "^d1" xl uptime d1
shows vcpu-list "^d1 +$id +0" xl vcpu-list d1
shows domname '^d1$' xl domname "$id"
shows console 'sum=42' on d1 'echo sum=$((6*7)); uname -r'
typed() { # TEXT ANSWER: on a terminal with xl console, which Ctrl-] ends
	local client
	mkfifo /tmp/keys
	script -qfec 'xl console d1' /tmp/screen </tmp/keys >/dev/null 2>&1 & client=$!
	exec 8>/tmp/keys
	wait_for 20 grep -q GUEST-UP /tmp/screen && printf '%s\n' "$1" >&8
	wait_for 20 grep -q "^$2" /tmp/screen && printf '\035' >&8
	ended() { ! kill -0 $client; }
	wait_for 20 ended && tr -d '\r' </tmp/screen
	kill $client 2>/dev/null
	exec 8>&-
}
shows xl-console '^sum=48' typed 'echo sum=$((6*8))' sum=48
check pause xl pause d1
shows paused-state '^-[b-]p---' state d1
quiet() { local before; before=$(seconds_of d1); sleep 1; [ "$before" = "$(seconds_of d1)" ]; }
check paused-is-quiet quiet
check unpause xl unpause d1
shows alive-again 'sum=43' on d1 'echo sum=$((6*7+1))'
check sysrq xl sysrq d1 h
check sysrq-seen wait_for 15 in_log d1 'sysrq: HELP'
look trigger-power xl trigger d1 power
look trigger-nmi xl trigger d1 nmi 0
check rename xl rename d1 d1x
shows renamed '^d1x ' xl list d1x
check rename-back xl rename d1x d1
LINES_MAX=80 check xenstore-of-guest xenstore-ls "/local/domain/$id"
look config-update xl config-update d1 /tmp/d1.cfg
check shutdown xl shutdown -w d1
check is-gone wait_for 60 gone d1
check guest-said in_log d1 GUEST-poweroff
check memory-back memory_back "$free" 15
