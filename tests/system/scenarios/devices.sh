# SPDX-License-Identifier: Apache-2.0
# Devices and settings in a guest's configuration: what the stock arm64 packages make of each.
# limit: 1200
BOOT=60
try() { # ID LINE...
	local id=$1
	shift
	look "$id" boot "q-$id" "$@"
	xl destroy "q-$id" >/dev/null 2>&1
}
truncate -s 8M /tmp/disk.qcow2 /tmp/disk.img
try 9p 'p9 = ["tag=share,path=/tmp,security_model=none"]'
try vfb 'vfb = ["vnc=1,vnclisten=127.0.0.1"]'
try vkb 'vkb = ["feature-disable-keyboard=0,unique-id=k1,backend-type=linux"]'
try qcow2 'disk = ["format=qcow2,vdev=xvda,access=rw,target=/tmp/disk.qcow2"]'
try virtio-disk 'disk = ["format=raw,vdev=xvda,access=rw,specification=virtio,backendtype=standalone,target=/tmp/disk.img"]'
try gic-v2 'gic_version = "v2"'
try gic-v3 'gic_version = "v3"'
try tee 'tee = "optee"'
try vpmu 'vpmu = 1'
try few-event-channels 'max_event_channels = 64'
try few-grants 'max_grant_frames = 16' 'max_maptrack_frames = 64' 'max_grant_version = 1'
try iomem 'iomem = ["0x9030,1"]'
try pci 'pci = ["0000:00:01.0"]'
try hvm 'type = "hvm"'
try seclabel 'nomigrate = 1' 'seclabel = "system_u:system_r:domU_t"'
try altp2m 'type = "pvh"' 'altp2m = "external"'
try driver-domain 'driver_domain = 1' 'passthrough = "disabled"'
try static-memory 'static_shm = ["id=s1,begin=0x48000000,size=0x1000,role=owner"]'
