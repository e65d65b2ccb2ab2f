# SPDX-License-Identifier: Apache-2.0
# xl create and xl destroy of a guest of 64 MiB between marks for the counting plugin (tools/plugin/el2.c); without
# the plugin a mark is nothing. The first round warms caches and daemons.
MEM=64
file=$(config n1)
for n in 1 2 3; do
	check create-$n eval 'mark; xl create -q "$file"; rc=$?; mark; [ $rc = 0 ]'
	check destroy-$n eval 'mark; xl destroy n1; rc=$?; mark; [ $rc = 0 ]'
	sleep 2
done
