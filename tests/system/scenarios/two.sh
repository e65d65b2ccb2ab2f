# SPDX-License-Identifier: Apache-2.0
# Two guests on one bridge: traffic between them.
MEM=160
card='vif = ["bridge=xenbr0"]'
EXTRA=coffer.ip=10.0.7.11/24 shows create-1 'GUEST-UP' boot t1 "$card"
EXTRA=coffer.ip=10.0.7.12/24 shows create-2 'GUEST-UP' boot t2 "$card"
check ping-1 answers 10.0.7.11
check ping-2 answers 10.0.7.12
shows guest-to-guest ' 0% packet loss' agent 10.0.7.11 'ping -c 3 10.0.7.12'
shows stream 'receiver' agent 10.0.7.11 'iperf3 -c 10.0.7.12 -t 2'
shows list 't2' xl list
LINES_MAX=12 shows xentop 't2' xentop -b -i 1
check shutdown-all xl shutdown -a -w
alone() { [ "$(xl list | wc -l)" = 2 ]; }
check none-left wait_for 60 alone
