# SPDX-License-Identifier: Apache-2.0
# The ARINC 653 timetable of a pool, set and shown by our own tool (tools/dom0/coff-arinc.c).
# limit: 400
table() { printf '%s\n' "$@" >/tmp/table; }
pool_id() { # NAME
	local id
	for id in $(xenstore-list /local/pool); do
		[ "$(xenstore-read "/local/pool/$id/name")" != "$1" ] || echo "$id"
	done
}
shows help '^usage: coff-arinc' coff-arinc --help
refuses other-policy 'pool 0 does not run arinc653' coff-arinc show
refuses no-pool 'no CPU pool 99' coff-arinc -p 99 show
check cpu-free bash -c 'xl vcpu-pin 0 all all; xl cpupool-cpu-remove Pool-0 1'
check pool xl cpupool-create 'name="flight"' 'sched="arinc653"' 'cpus=["1"]'
pool=$(pool_id flight)
shows create GUEST-UP boot a1 'pool = "flight"'
domain=$(xl domid a1)
table '# half of the time' 'frame 10ms' "window $domain 0 1 2ms 5ms"
check set coff-arinc -p "$pool" set /tmp/table
shows show-frame '^frame 10ms$' coff-arinc -p "$pool" show
shows show-window "^window [0-9a-f-]{36} 0 1 2ms 5ms # domain $domain\$" coff-arinc -p "$pool" show
check what-it-shows-it-reads bash -c "coff-arinc -p $pool show | coff-arinc -p $pool set -"
look busy on a1 'while :; do :; done & true'
begin=${EPOCHREALTIME/./} before=$(seconds_of a1)
sleep 8
is half-of-the-time "$(awk -v a="$before" -v b="$(seconds_of a1)" -v us="$((${EPOCHREALTIME/./} - begin))" \
	'BEGIN {print int(100 * (b - a) / (us / 1e6))}')" '^(4[5-9]|5[0-4])$'
table 'frame 10ms' "window $domain 0 1 0ms 5ms" "window $domain 1 1 4ms 1ms"
refuses overlap '/tmp/table:2: the window overlaps that of line 3: the same CPU' coff-arinc -p "$pool" set /tmp/table
table 'frame 10ms' "window $domain 0 1 6ms 5ms"
refuses too-long '/tmp/table:2: the window ends after the frame' coff-arinc -p "$pool" set /tmp/table
table 'frame 10ms' "window $domain 0 0 0ms 5ms"
refuses other-cpu 'a CPU that pool [0-9]+ has not' coff-arinc -p "$pool" set /tmp/table
table 'frame 10ms' 'window 4000 0 1 0ms 5ms'
refuses no-domain '/tmp/table:2: there is no domain 4000' coff-arinc -p "$pool" set /tmp/table
table 'frame 10'
refuses no-unit "/tmp/table:1: '10' is no time" coff-arinc -p "$pool" set /tmp/table
shows the-last-good-one '^window .* 2ms 5ms # domain' coff-arinc -p "$pool" show
check destroy xl destroy a1
check pool-destroy xl cpupool-destroy flight
check cpu-back xl cpupool-cpu-add Pool-0 1
