# SPDX-License-Identifier: Apache-2.0
# SCHEDOP_pin_override: Dom0 binds its vCPU 0 to a CPU and lets go of it.
# limit: 200
pin() { # ID CPU
	look "$1" taskset 1 hypercall 29 7 "@4:$2"
}
hard() { xl vcpu-list 0 | awk '$3 == 0 {print $NF, $(NF - 2)}'; }
none=0xffffffff
xl vcpu-pin 0 all all
pin end-without $none
pin pin-0 0
shows is-there 'CPU 0' bash -c "echo CPU \$(xl vcpu-list 0 | awk '\$3 == 0 {print \$4}')"
look seen-0 xl vcpu-list 0
pin pin-0-again 0
pin pin-1 1
look seen-1 xl vcpu-list 0
look vcpu-pin-meanwhile xl vcpu-pin 0 0 1
look seen-2 xl vcpu-list 0
pin no-cpu 999
pin no-cpu-of-machine 2
pin end $none
pin end-again $none
look seen-3 xl vcpu-list 0
check cpu-free bash -c 'xl vcpu-pin 0 all all; xl cpupool-cpu-remove Pool-0 1'
pin not-in-pool 1
pin end-2 $none
check cpu-back xl cpupool-cpu-add Pool-0 1
