# SPDX-License-Identifier: Apache-2.0
# The virtual PL011 of a guest: its kernel's early console, in both directions.
EXTRA='console=ttyAMA0 earlycon=pl011,0x22000000' shows create 'GUEST-UP' boot u1 'vuart = "sbsa_uart"'
shows output 'Linux version|Booting Linux' bash -c '(sleep 4; printf "\035"; sleep 1) | timeout 8 script -qec "xl console -t vuart u1" /dev/null'
shows device 'ttyAMA0|sbsa' on u1 'ls /dev/ttyAMA0; cat /proc/tty/drivers'
check destroy xl destroy u1
