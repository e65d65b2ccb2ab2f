# SPDX-License-Identifier: Apache-2.0
# CPU pools and schedulers.
# limit: 900
shows list '^Pool-0 +2 ' xl cpupool-list
shows list-cpus '^Pool-0 +0[,-]1' xl cpupool-list -c
shows cpu-remove '.' bash -c 'xl vcpu-pin 0 all all; xl cpupool-cpu-remove Pool-0 1 && xl cpupool-list -c'
look create xl cpupool-create 'name="p1"' 'sched="credit2"' 'cpus=["1"]'
shows create-in-pool 'GUEST-UP' boot c1 'pool = "p1"'
shows listed-in-pool 'p1' xl list -c
shows runs-in-pool '^c1 +[0-9]+ +0 +1 ' xl vcpu-list c1
check destroy xl destroy c1
shows create-in-pool-0 'GUEST-UP' boot c2
check migrate xl cpupool-migrate c2 p1
shows migrated '^c2 +[0-9]+ +0 +1 ' bash -c 'sleep 1; xl vcpu-list c2'
shows alive 'sum=42' on c2 'echo sum=$((6*7))'
check migrate-back xl cpupool-migrate c2 Pool-0
check rename xl cpupool-rename p1 p2
look destroy-pool xl cpupool-destroy p2
for policy in credit credit2 rtds null arinc653; do
	look $policy xl cpupool-create "name=\"q$policy\"" "sched=\"$policy\"" 'cpus=["1"]'
	[ $rc = 0 ] || continue
	look $policy-listed xl cpupool-list q$policy
	look $policy-runs boot c$policy "pool = \"q$policy\""
	[ $policy = null ] || look $policy-parameters xl sched-$policy -p q$policy
	look $policy-destroy-guest xl destroy c$policy
	look $policy-destroy xl cpupool-destroy q$policy
done
check cpu-back xl cpupool-cpu-add Pool-0 1
shows pool-0-again '^Pool-0 +2 ' xl cpupool-list
shows credit2-list 'weight|Weight|Name' xl sched-credit2
shows credit2-guest '256' xl sched-credit2 -d c2
check credit2-set xl sched-credit2 -d c2 -w 512 -c 50
shows credit2-get '512 +50' xl sched-credit2 -d c2
look credit2-ratelimit xl sched-credit2 -s -p Pool-0
check credit2-ratelimit-set xl sched-credit2 -s -p Pool-0 -r 2000
look credit-list xl sched-credit
look credit-guest xl sched-credit -d c2 -w 128
look rtds-list xl sched-rtds
look numa-split xl cpupool-numa-split
look numa-split-list xl cpupool-list -c
look name-again xl cpupool-rename Pool-node0 Pool-0
check destroy-last xl destroy c2
