# SPDX-License-Identifier: Apache-2.0
# What cpupools and schedulers refuse, and with which error; tools/coffer/host/hypercall.c has the notation.
# limit: 600
LINES_MAX=4
any=0xffffffff
check create xl create -p -q "$(KERNEL=/guests/crash RAMDISK=/guests/crash MEM=16 config s1)"
id=$(xl domid s1)
xl vcpu-pin 0 all all
pool() { # ID OP POOL [SCHEDULER [DOMAIN [CPU]]]
	look "$1" hypercall 35 "@4:18,4:0x15,4:$2,4:$3,4:${4:-0},4:${5:-0},4:${6:-0},4:0,8:&2,4:64,*68" @8:0
}
birth() { # ID POOL
	look "$1" hypercall 36 "@4:1,4:0x15,8:0,4:12,*16,4:3,4:0,4:1,4:1023,4:$any,4:$any,4:1,4:0,4:$2,*76"
}
tune() { # ID POOL SCHEDULER CMD [VALUE [VALUE [VALUE]]]
	look "$1" hypercall 35 "@4:19,4:0x15,4:$2,4:$3,4:$4,4:0,4:${5:-0},4:${6:-0},4:${7:-0},*100"
}
share() { # ID SCHEDULER CMD [2:WEIGHT,2:CAP]
	look "$1" hypercall 36 "@4:16,4:0x15,2:$id,2:0,4:0,4:$2,4:$3,${4:-4:0},*108"
}
pool create-unknown 1 $any 99
pool create-taken 1 0 6
pool create 1 7 6
pool create-again 1 7 6
pool info-none 3 55
pool destroy-none 2 55
pool destroy-zero 2 0
pool add-to-none 4 55
pool add-taken 4 7 0 0 0
pool add-any-taken 4 7 0 0 $any
pool add-no-cpu 4 7 0 0 999
pool remove-from-none 5 55
pool remove-not-there 5 7 0 0 0
pool remove-any-of-none 5 7 0 0 $any
pool remove-no-cpu 5 0 0 0 999
pool move-nobody 6 0 0 77
pool move-self 6 7 0 0x7ff0
pool move-dom0 6 7 0 0
pool move-dom0-stays 6 0 0 0
pool move-to-none 6 55 0 "$id"
pool move-to-empty 6 7 0 "$id"
pool what 9 0
birth birth-in-none 55
birth birth-in-empty 7
pool remove 5 0 0 0 1
pool remove-gone 5 0 0 0 1
pool remove-last 5 0 0 0 0
pool remove-any-last 5 0 0 0 $any
pool add-free-to-none 4 55 0 0 1
pool add 4 7 0 0 1
pool add-twice 4 7 0 0 1
pool destroy-with-cpu 2 7
pool move 6 7 0 "$id"
pool move-again 6 7 0 "$id"
pool remove-last-used 5 7 0 0 1
pool destroy-with-domain 2 7
pool move-back 6 0 0 "$id"
pool remove-last-unused 5 7 0 0 $any
pool destroy 2 7
pool destroy-again 2 7
pool add-back 4 0 0 0 $any
tune tune-none 55 6 1
tune tune-other 0 5 1
tune tune-unknown 0 99 1
tune tune-what 0 6 9
tune ratelimit-short 0 6 0 99
tune ratelimit-long 0 6 0 500001
tune ratelimit-none 0 6 0 0
tune ratelimit 0 6 0 1000
pool credit 1 8 5
tune slice 8 5 0 30 1000 0
tune slice-none 8 5 0 0 1000 0
tune slice-long 8 5 0 1001 1000 0
tune slice-under-ratelimit 8 5 0 1 2000 0
tune slice-ratelimit-short 8 5 0 30 99 0
tune slice-migration 8 5 0 30 1000 100001
pool credit-destroy 2 8
share share-other 5 1
share share-unknown 99 1
share share-what 6 9
share share-get 6 1
share share-put 6 0 2:300,2:0
share share-same 6 0 2:0,2:0xffff
share share-cap-over 6 0 2:256,2:101
share share-vcpus-get 6 3
share share-vcpus-put 6 2
check destroy xl destroy s1
shows whole '^Pool-0 +2 ' xl cpupool-list
