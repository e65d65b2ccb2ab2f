# SPDX-License-Identifier: Apache-2.0
# Every hypercall and sub-operation that a toolstack could try, with an argument of zeros: where real Xen gives
# an error, this is the error. Left out are those that would stop or change what runs. tools/coffer/host/hypercall.c
# has the notation; the numbers are those of the ABI.
check create xl create -p -q "$(KERNEL=/guests/crash RAMDISK=/guests/crash MEM=16 config a1)"
id=$(xl domid a1)
self=0x7ff0
probe() { # ID ARGUMENT...: as look() does, but with no more programs than the one
	local id=$1
	shift
	out=$(hypercall "$@" 2>&1)
	rc=$? ms=0
	_tell "$id" seen "${out%%$'\n'*} <- $*"
}
each() { # NAME FROM TO LEFT-OUT ARGUMENT...: %N in an argument is the sub-operation
	local name=$1 from=$2 to=$3 skipped=" $4 " n
	shift 4
	for n in $(seq "$from" "$to"); do
		[[ $skipped == *" $n "* ]] || probe "$name-$n" "${@//%N/$n}"
	done
}
# Numbers without sub-operations of interest: 0 to 55, but those below.
each number 0 55 '7 12 13 17 18 20 21 24 27 29 32 33 34 35 36 41 42' %N 0xfff 0 0 0 0
each unknown 4095 4095 '' 12 %N @*64
each platform 1 66 '17 62' 7 @4:%N,4:0x03000001,*128
probe platform-version 7 @4:62,4:1,*128
reservation="@8:0,8:0,4:0,4:0,2:$self,*64"
each memory 0 32 '' 12 %N "$reservation"
page="8:&3,8:1,4:0,4:0,2:$self,*6"
probe increase-one 12 0 "@$page" @8:0x100000
probe exchange-one 12 11 "@$page,$page,8:0" @8:0x100000
probe exchange-big 12 11 "@8:&3,8:512,4:0,4:0,2:$self,*6,8:&3,8:1,4:9,4:0,2:$self,*6,8:0" '@*4096'
probe claim-other 12 24 "@8:0,8:16,4:0,4:0,2:$id,*6"
probe claim-none 12 24 "@8:0,8:0,4:0,4:0,2:$id,*6"
probe claim-absurd 12 24 "@8:0,8:0x10000000,4:0,4:0,2:$id,*6"
probe claim-order 12 24 "@8:0,8:16,4:1,4:0,2:$id,*6"
probe claim-list 12 24 "@8:&2,8:16,4:0,4:0,2:$id,*6"
for n in 0 1 2 3; do probe access-op-$n 12 21 "@1:$n,1:0,2:$id,4:1,8:0x40000,8:0,8:0"; done
for space in 0 1 2 3 4 5 6; do probe add-to-physmap-$space 12 7 "@2:$id,2:0,4:$space,8:0x1000,8:0x70000"; done
for n in 3 4 14; do probe domain-gone-$n 12 $n "@2:0x1234,*6"; done
probe resource-ioreq 12 28 "@2:$id,2:0,4:0,4:0,4:1,8:0,8:&3" @*64
probe resource-grant-status 12 28 "@2:$id,2:1,4:1,4:1,4:0,8:0,8:&3" @*64
each version 0 14 '' 17 %N @*4096
each console 2 4 '' 18 %N 1 @*64
# On purpose less is offered than real Xen has: unmap_and_replace, get_status_frames and swap_grant_ref are not there
# (hyp/hypercall/grant.c); get_version wants a count of 1.
each grant 0 14 '7 9 10 11' 20 %N @*64 0
probe grant-version-2 20 8 @4:2,*12 1
probe grant-version-of 20 10 "@2:$id,*14" 1
probe grant-transfer 20 4 "@8:0,2:$id,2:0,4:8,*16" 1
probe grant-cache-bad 20 12 @8:0,2:4000,2:4000,4:1 1
each assist 0 8 '' 21 0 %N
probe assist-command 21 7 5
each vcpu 0 14 '5 10' 24 %N 1 @*64
probe vcpu-none 24 1 99 @*64
each xsm 1 34 '' 27 @4:%N,4:1,*64
each sched 8 12 '' 29 %N @*64
probe watchdog-bad 29 6 @4:77,4:1
probe shutdown-none 29 4 @2:0x1234,2:0,4:0
each event 0 16 '2 3 4 5 6 7 9 10 13 14' 32 %N @*32
probe event-reset-none 32 10 @2:0x1234
probe event-close-bad 32 3 @4:4000
probe event-status-bad 32 5 "@2:$id,2:0,4:4000,*16"
probe event-virq-bad 32 1 @4:99,4:0,4:0
probe event-priority-bad 32 13 @4:1,4:99
each physdev 0 34 '' 33 %N @*64
each hvm 0 26 '0' 34 %N "@2:$id,*62"
for n in $(seq 0 38); do probe parameter-$n 34 1 "@2:$id,2:0,4:$n,8:0"; done
for n in 4 5 11 12 16 37; do probe set-parameter-$n 34 0 "@2:$id,2:0,4:$n,8:0"; done
each sysctl 1 32 '18' 35 @4:%N,4:0x15,*256
probe sysctl-version 35 @4:3,4:1,*256
each domctl 1 90 '2 4' 36 "@4:%N,4:0x15,2:$id,*254"
each domctl 1000 1004 '' 36 "@4:%N,4:0x15,2:$id,*254"
probe domctl-version 36 "@4:5,4:1,2:$id,*254"
probe domctl-gone 36 @4:3,4:0x15,2:0x1234,*254
probe domctl-self-pause 36 @4:3,4:0x15,2:0,*254
for n in 0 1 2 3 4; do probe trigger-$n 36 "@4:28,4:0x15,2:$id,*6,4:$n,4:0,*240"; done
probe irq-permission 36 "@4:19,4:0x15,2:$id,*6,4:40,1:1,*240"
probe irq-permission-bad 36 "@4:19,4:0x15,2:$id,*6,4:4000,1:1,*240"
probe iomem-permission 36 "@4:20,4:0x15,2:$id,*6,8:0x9030,8:1,1:1,*240"
probe iomem-permission-none 36 "@4:20,4:0x15,2:$id,*6,8:0x9030,8:0,1:1,*240"
probe memory-mapping 36 "@4:39,4:0x15,2:$id,*6,8:0x9030,8:0x9030,8:1,4:1,*240"
probe memory-mapping-off 36 "@4:39,4:0x15,2:$id,*6,8:0x9030,8:0x9030,8:1,4:0,*240"
probe bind-irq 36 "@4:38,4:0x15,2:$id,*6,4:4,4:0,4:40,*240"
probe unbind-irq 36 "@4:48,4:0x15,2:$id,*6,4:4,4:0,4:40,*240"
probe set-access 36 "@4:64,4:0x15,2:$id,*6,1:1,*240"
probe mempool-unaligned 36 "@4:86,4:0x15,2:$id,*6,8:0x1001,*240"
probe device-model 41 "$id" 0 0
probe device-model-one 41 "$id" 1 @8:&4,8:64 @*64
probe hypfs-unknown 42 9 @*64 8 @*64 64
check destroy xl destroy a1
