# SPDX-License-Identifier: Apache-2.0
# Every hypercall and sub-operation that a toolstack could try, with an argument of zeros: where real Xen gives
# an error, this is the error. Left out are those that would stop or change what runs. tools/coffer/host/hypercall.c
# has the notation; the numbers are those of the ABI.
# limit: 900
LINES_MAX=4
check create xl create -p -q "$(KERNEL=/guests/crash RAMDISK=/guests/crash MEM=16 config a1)"
id=$(xl domid a1)
self=0x7ff0
each() { # NAME FROM TO LEFT-OUT ARGUMENT...: %N in an argument is the sub-operation
	local name=$1 from=$2 to=$3 out=" $4 " n
	shift 4
	for n in $(seq "$from" "$to"); do
		[[ $out == *" $n "* ]] || look "$name-$n" hypercall "${@//%N/$n}"
	done
}
# Numbers without sub-operations of interest: 0 to 55, but those below.
each number 0 55 '7 12 13 17 18 20 21 24 27 29 32 33 34 35 36 41 42' %N 0xfff 0 0 0 0
each unknown 4095 4095 '' 12 %N @*64
each platform 1 66 '17 62' 7 @4:%N,4:0x03000001,*128
look platform-version hypercall 7 @4:62,4:1,*128
reservation="@8:0,8:0,4:0,4:0,2:$self,*64"
each memory 0 32 '' 12 %N "$reservation"
page="8:&3,8:1,4:0,4:0,2:$self,*6"
look increase-one hypercall 12 0 "@$page" @8:0x100000
look exchange-one hypercall 12 11 "@$page,$page,8:0" @8:0x100000
look exchange-big hypercall 12 11 "@8:&3,8:512,4:0,4:0,2:$self,*6,8:&3,8:1,4:9,4:0,2:$self,*6,8:0" '@*4096'
look claim-other hypercall 12 24 "@8:0,8:16,4:0,4:0,2:$id,*6"
look claim-none hypercall 12 24 "@8:0,8:0,4:0,4:0,2:$id,*6"
look claim-absurd hypercall 12 24 "@8:0,8:0x10000000,4:0,4:0,2:$id,*6"
look claim-order hypercall 12 24 "@8:0,8:16,4:1,4:0,2:$id,*6"
look claim-list hypercall 12 24 "@8:&2,8:16,4:0,4:0,2:$id,*6"
for n in 0 1 2 3; do look access-op-$n hypercall 12 21 "@1:$n,1:0,2:$id,4:1,8:0x40000,8:0,8:0"; done
for space in 0 1 2 3 4 5 6; do look add-to-physmap-$space hypercall 12 7 "@2:$id,2:0,4:$space,8:0x1000,8:0x70000"; done
for n in 3 4 14; do look domain-gone-$n hypercall 12 $n "@2:0x1234,*6"; done
look resource-ioreq hypercall 12 28 "@2:$id,2:0,4:0,4:0,4:1,8:0,8:&3" @*64
look resource-grant-status hypercall 12 28 "@2:$id,2:1,4:1,4:1,4:0,8:0,8:&3" @*64
each version 0 14 '' 17 %N @*4096
each console 2 4 '' 18 %N 1 @*64
each grant 0 14 '' 20 %N @*64 0
look grant-version-2 hypercall 20 8 @4:2,*12 1
look grant-version-of hypercall 20 10 "@2:$id,*14" 1
look grant-status-frames hypercall 20 9 "@4:1,2:$self,*26" 1
look grant-swap hypercall 20 11 @4:8,4:9,*8 1
look grant-transfer hypercall 20 4 "@8:0,2:$id,2:0,4:8,*16" 1
look grant-cache-bad hypercall 20 12 @8:0,2:4000,2:4000,4:1 1
each assist 0 8 '' 21 0 %N
look assist-command hypercall 21 7 5
each vcpu 0 14 '5 10' 24 %N 1 @*64
look vcpu-none hypercall 24 1 99 @*64
each xsm 1 34 '' 27 @4:%N,4:1,*64
each sched 7 12 '' 29 %N @*64
look watchdog-none hypercall 29 6 @4:0,4:0
look watchdog-bad hypercall 29 6 @4:77,4:1
look shutdown-none hypercall 29 4 @2:0x1234,2:0,4:0
each event 0 16 '3 4 5 6 7 9 10 13' 32 %N @*32
look event-reset-none hypercall 32 10 @2:0x1234
look event-close-bad hypercall 32 3 @4:4000
look event-status-bad hypercall 32 5 "@2:$id,2:0,4:4000,*16"
look event-virq-bad hypercall 32 1 @4:99,4:0,4:0
look event-priority-bad hypercall 32 13 @4:1,4:99
each physdev 0 34 '' 33 %N @*64
each hvm 0 26 '0' 34 %N "@2:$id,*62"
for n in $(seq 0 38); do look parameter-$n hypercall 34 1 "@2:$id,2:0,4:$n,8:0"; done
for n in 4 5 11 12 16 37; do look set-parameter-$n hypercall 34 0 "@2:$id,2:0,4:$n,8:0"; done
each sysctl 1 32 '18' 35 @4:%N,4:0x15,*256
look sysctl-version hypercall 35 @4:3,4:1,*256
each domctl 1 90 '2 4' 36 "@4:%N,4:0x15,2:$id,*254"
each domctl 1000 1004 '' 36 "@4:%N,4:0x15,2:$id,*254"
look domctl-version hypercall 36 "@4:5,4:1,2:$id,*254"
look domctl-gone hypercall 36 @4:3,4:0x15,2:0x1234,*254
look domctl-self-pause hypercall 36 @4:3,4:0x15,2:0,*254
for n in 0 1 2 3 4; do look trigger-$n hypercall 36 "@4:28,4:0x15,2:$id,*6,4:$n,4:0,*240"; done
look irq-permission hypercall 36 "@4:19,4:0x15,2:$id,*6,4:40,1:1,*240"
look irq-permission-bad hypercall 36 "@4:19,4:0x15,2:$id,*6,4:4000,1:1,*240"
look iomem-permission hypercall 36 "@4:20,4:0x15,2:$id,*6,8:0x9030,8:1,1:1,*240"
look iomem-permission-none hypercall 36 "@4:20,4:0x15,2:$id,*6,8:0x9030,8:0,1:1,*240"
look memory-mapping hypercall 36 "@4:39,4:0x15,2:$id,*6,8:0x9030,8:0x9030,8:1,4:1,*240"
look memory-mapping-off hypercall 36 "@4:39,4:0x15,2:$id,*6,8:0x9030,8:0x9030,8:1,4:0,*240"
look bind-irq hypercall 36 "@4:38,4:0x15,2:$id,*6,4:4,4:0,4:40,*240"
look unbind-irq hypercall 36 "@4:48,4:0x15,2:$id,*6,4:4,4:0,4:40,*240"
look set-access hypercall 36 "@4:64,4:0x15,2:$id,*6,1:1,*240"
look mempool-unaligned hypercall 36 "@4:86,4:0x15,2:$id,*6,8:0x1001,*240"
look device-model hypercall 41 "$id" 0 0
look device-model-one hypercall 41 "$id" 1 @8:&4,8:64 @*64
look hypfs-unknown hypercall 42 9 @*64 8 @*64 64
check destroy xl destroy a1
