# SPDX-License-Identifier: Apache-2.0
# Parameters that hold for domains made later, and what a configuration may ask for within them; a NUMA topology that is
# made up for a guest; a domain that is told to stop in each way, and what a toolstack may then ask of it.
crash() { # NAME [LINE...]: a guest that is never let run
	xl create -p -q "$(KERNEL=/guests/crash RAMDISK=/guests/crash MEM=32 VCPUS=2 config "$@")"
}
frames=/params/gnttab_max_frames
shows frames '^64$' xenhypfs cat $frames
shows maptrack '^1024$' xenhypfs cat /params/gnttab_max_maptrack_frames
check few xl set-parameters gnttab_max_frames=4
shows few-is '^4$' xenhypfs cat $frames
check within crash a1
look beyond crash a2 'max_grant_frames = 5'
look none crash a2 'max_grant_frames = 0'
check asked crash a3 'max_grant_frames = 3' 'max_maptrack_frames = 0'
look beyond-maptrack crash a4 'max_maptrack_frames = 1025'
check hexadecimal xenhypfs write $frames 0x10
shows hexadecimal-is '^16$' xenhypfs cat $frames
for value in x 64k '5 ' 99999999999; do look "bad-${value%% }" xenhypfs write $frames "$value"; done
check zero xenhypfs write $frames 0
look zero-create crash a5
check back xl set-parameters gnttab_max_frames=64
look fixed xenhypfs write /buildinfo/version/major 5
look directory xenhypfs write /params 5
check vnuma crash n1 'vnuma = [["pnode=0","size=16","vcpus=0","vdistances=10,20"],["pnode=0","size=16","vcpus=1","vdistances=20,10"]]'
topology() { # DOMID ROOM
	hypercall 12 26 "@2:$1,2:0,4:$2,4:$2,4:$2,8:&3,8:&4,8:&5,*64" @*64 @*64 @*64
}
shows vnuma-distances '^000000140000000a 0000000a00000014' topology "$(xl domid n1)" 8
shows vnuma-ranges ' 0000000001000000 0000000000000000 0000000001000000 0000000002000000 0000000100000000' topology "$(xl domid n1)" 8
look vnuma-room topology "$(xl domid n1)" 1
look vnuma-none topology "$(xl domid a1)" 8
look vnuma-node crash n2 'vnuma = [["pnode=1","size=32","vcpus=0-1","vdistances=10"]]'
for reason in 0 1 2 3 4 5; do
	check stop-$reason crash s$reason 'on_poweroff = "preserve"' 'on_reboot = "preserve"' 'on_crash = "preserve"' 'on_watchdog = "preserve"' 'on_soft_reset = "preserve"'
	id=$(xl domid s$reason)
	look soft-reset-before-$reason hypercall 36 "@4:79,4:0x15,2:$id,*254"
	check stopped-$reason hypercall 29 4 "@2:$id,2:0,4:$reason"
	look soft-reset-$reason hypercall 36 "@4:79,4:0x15,2:$id,*254"
	look soft-reset-cont-$reason hypercall 36 "@4:23,4:0x15,2:$id,*254"
done
