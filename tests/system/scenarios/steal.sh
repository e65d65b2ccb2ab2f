# SPDX-License-Identifier: Apache-2.0
# A guest knows the time that others took from it: its kernel reads the runstate area, /proc/stat shows it.
# limit: 400
steal() { on "$1" 'grep "^cpu " /proc/stat' | awk '$1 == "cpu" {print $9}'; } # in 1/100 s
for guest in t1 t2; do
	shows up-$guest GUEST-UP boot $guest 'cpus = "1"'
done
before=$(steal t1)
look busy-t1 on t1 'while :; do :; done & true'
look busy-t2 on t2 'while :; do :; done & true'
sleep 8
is much-was-taken "$(($(steal t1) - before))" '^([2-9][0-9]{2}|[0-9]{4,})$'
check destroy-t2 xl destroy t2
before=$(steal t1)
sleep 4
is less-alone "$(($(steal t1) - before))" '^([0-9]{1,2}|1[0-9]{2})$'
check destroy-t1 xl destroy t1
