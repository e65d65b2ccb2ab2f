# SPDX-License-Identifier: Apache-2.0
# What cannot be made is refused with a reason, and leaves nothing behind.
# core: virt-gicv3
file=$(config r1)
free=$(info free_memory)
change() { sed "$1" "$file" >/tmp/changed.cfg; xl create /tmp/changed.cfg; }
head -c 4096 /dev/urandom >/tmp/noise
refuses no-kernel-file 'No such file' change 's#/guests/Image#/tmp/none#'
refuses wrong-kernel 'error|fail|loader' change 's#/guests/Image#/tmp/noise#'
refuses no-ramdisk-file 'No such file' change 's#/guests/initramfs#/tmp/none#'
refuses too-much-memory 'error|fail|memory' change 's/^memory.*/memory = 100000/'
refuses no-memory 'error|fail|memory' change 's/^memory.*/memory = 0/'
refuses too-many-vcpus 'error|fail|vcpus' change 's/^vcpus.*/vcpus = 1000/'
refuses more-vcpus-than-gic 'error|fail|vcpus' change 's/^vcpus.*/vcpus = 200/'
refuses bad-line 'error|syntax|fail' change 's/^memory.*/memory 128/'
refuses bad-pin 'affinity map is empty' change '$a cpus = "77"'
refuses bad-pool 'error|fail|illegal|unknown|pool' change '$a pool = "none"'
refuses no-disk-file 'error|fail|No such' change '$a disk = ["format=raw, vdev=xvda, access=rw, target=/tmp/none.img"]'
refuses no-bridge 'error|fail|script' change '$a vif = ["bridge=none0"]'
refuses no-name 'error|fail|name' change '/^name/d'
refuses no-config 'error|fail|read|No such' xl create /tmp/none.cfg
check nothing-left gone r1
check create-paused xl create -p -q "$file"
refuses same-name 'error|exists|fail' xl create "$file"
look pin-bad-cpu xl vcpu-pin r1 0 77
look pin-bad-vcpu xl vcpu-pin r1 9 0
look rename-taken xl rename r1 Domain-0
look mem-max-too-small xl mem-max r1 1
look pause-none xl pause none
look destroy-none xl destroy none
look destroy-dom0 xl destroy 0
look pause-999 xl pause 999
look vcpu-list-none xl vcpu-list none
look trigger-bad xl trigger r1 nonsense
look sysrq-none xl sysrq none h
look dry-run xl create -n "$file"
check destroy xl destroy r1
check memory-back memory_back "$free" 15
