# SPDX-License-Identifier: Apache-2.0
# A device of the machine for a guest: the real-time clock of QEMU's virt board, its registers at another place, its
# interrupt under the same number; which interrupts nobody may have; the next guest gets it when the first is gone.
# boards: virt-gicv3 virt-gicv2
# tree: / { pl031@9010000 { xen,passthrough; }; };
RTC=34
lines=("iomem = [\"0x9010,1@0x10000\"]" "irqs = [$RTC]" 'device_tree = "/coffer/scenarios/rtc.dtb"')
alarms() { on "$1" "awk '/rtc/ {print \"alarms=\" \$2}' /proc/interrupts"; }
alarm() { # NAME: sets it a second ahead, waits, counts
	on "$1" 'echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +1 >/sys/class/rtc/rtc0/wakealarm'
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[[ $(alarms "$1") == *alarms=[1-9]* ]] && break
		sleep 0.5
	done
	alarms "$1"
}
bind() { # DOMID INTERRUPT TYPE SPI
	hypercall 36 "@4:38,4:0x15,2:$1,2:0,4:0,4:$2,4:$3,2:$4,*128"
}
permission() { # DOMID INTERRUPT ALLOW
	hypercall 36 "@4:19,4:0x15,2:$1,2:0,4:0,4:$2,1:$3,*128"
}
check boot boot p1 "${lines[@]}"
id=$(xl domid p1)
shows driver pl031 on p1 'cat /sys/class/rtc/rtc0/name'
shows time '^20[2-9][0-9]-' on p1 'cat /sys/class/rtc/rtc0/date'
shows alarm 'alarms=1' alarm p1
refuses taken . xl create -q "$(config p2 "${lines[@]}")"
look again bind "$id" $RTC 4 $RTC
look of-dom0 bind "$id" 48 4 48
look of-console bind "$id" 33 4 33
look other-number bind "$id" 35 4 36
look other-type bind "$id" 35 1 35
look private bind "$id" 27 4 27
look beyond bind "$id" 5000 4 5000
look permission permission "$id" $RTC 1
look permission-beyond permission "$id" 5000 1
look permission-console permission "$id" 33 1
check destroy xl destroy p1
check next boot p3 "${lines[@]}"
shows next-alarm 'alarms=1' alarm p3
check end xl destroy p3
