# SPDX-License-Identifier: Apache-2.0
# What ./coffer run --demo shows: a stock guest made, used, destroyed, made again, shut down.
written='dd if=/dev/urandom of=/mnt/file bs=64k count=32 2>/dev/null; sync; sha256sum </mnt/file'
shows xl-info 'xen_version *: ' xl info
shows guest-created GUEST-UP debian_guest
shows xl-list '^debian +[1-9][0-9]* +192 +1 ' xl list
shows console 'answer=42' on debian 'echo answer=$((6*7))'
shows guest-pings-dom0 ' 0% packet loss' on debian 'ping -c 3 10.0.7.1'
shows dom0-pings-guest ' 0% packet loss' answers 10.0.7.2
shows block-written '^[0-9a-f]{64}' on debian "$written"
sum=$(grep -Eo '^[0-9a-f]{64}' <<<"$out")
check guest-destroyed xl destroy debian
check is-gone gone debian
shows guest-created-again GUEST-UP debian_guest
shows block-reads-back "${sum:-nothing was written}" on debian 'sha256sum </mnt/file'
check guest-shut-down xl shutdown -w debian
check shut-down-is-gone wait_for 60 gone debian
check guest-said-so in_log debian GUEST-poweroff
