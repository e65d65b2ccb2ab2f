# SPDX-License-Identifier: Apache-2.0
# What scenarios and Dom0's init use (bash).
failed=0

argument() { # NAME: its value on the kernel's command line
	local word
	for word in $(</proc/cmdline); do [[ $word == "$1"=* ]] && echo "${word#*=}"; done
}
wait_for() { # SECONDS CMD...: until CMD succeeds
	local end=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.1
	done
}

# The command of a check: its output in $out, its status in $rc, its time in $ms. LIMIT: the seconds it may take.
_run() { # ID CMD...
	local begin=${EPOCHREALTIME/./}
	echo "@B $1"
	shift
	case $(type -t "$1") in
	function | builtin) out=$("$@" 2>&1 </dev/null); rc=$? ;;
	*) out=$(timeout -k 2 "${LIMIT:-120}" "$@" 2>&1 </dev/null); rc=$? ;;
	esac
	ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
	[ -z "$out" ] || printf '%s\n' "$out" | tr -d '\r' | head -n "${LINES_MAX:-20}" | cut -c1-180 | sed 's/^/@D /'
}
_tell() { # ID ok|FAIL|seen TEXT
	echo "@C $1 $2 rc=$rc ms=$ms $3"
	[ "$2" != FAIL ] || failed=1
}
check() { # ID CMD...: must exit 0
	local id=$1
	shift
	_run "$id" "$@"
	if [ $rc -eq 0 ]; then _tell "$id" ok "$*"; else _tell "$id" FAIL "$*"; fi
}
shows() { # ID REGEX CMD...: must exit 0 and print a line that matches
	local id=$1 pattern=$2
	shift 2
	_run "$id" "$@"
	if [ $rc -eq 0 ] && grep -Eq -- "$pattern" <<<"$out"; then _tell "$id" ok "$*"
	else _tell "$id" FAIL "exit status $rc, wanted 0 and /$pattern/: $*"; fi
}
refuses() { # ID REGEX CMD...: must exit with an error, and say why
	local id=$1 pattern=$2
	shift 2
	_run "$id" "$@"
	if [ $rc -ne 0 ] && grep -Eiq -- "$pattern" <<<"$out"; then _tell "$id" ok "$*"
	else _tell "$id" FAIL "exit status $rc, wanted an error /$pattern/: $*"; fi
}
look() { # ID CMD...: its exit status is compared with what real Xen gave, nothing else
	local id=$1
	shift
	_run "$id" "$@"
	_tell "$id" seen "$*"
}
is() { # ID VALUE REGEX: a value that was worked out
	rc=0 ms=0
	if [[ $2 =~ $3 ]]; then _tell "$1" ok "value $2"; else _tell "$1" FAIL "value $2, wanted /$3/"; fi
}

log_of() { echo "/var/log/xen/console/guest-$1.log"; }
console_log() { tr -d '\r' <"$(log_of "$1")" 2>/dev/null; }
in_log() { grep -q -- "$2" "$(log_of "$1")" 2>/dev/null; }
ups() { console_log "$1" | grep -c GUEST-UP; }
ups_are() { [ "$(ups "$1")" -ge "$2" ]; }
gone() { ! xl domid "$1" >/dev/null 2>&1; }
state() { xl list "$1" 2>/dev/null | awk 'NR == 2 {print $5}'; }
state_is() { [[ $(state "$1") =~ $2 ]]; }
info() { xl info 2>/dev/null | sed -n "s/^$1 *: *//p"; }
# Free memory to the page: sysctl 3 (physinfo) of interface version 0x15.
free_pages() { echo "$((16#$(hypercall 35 @4:3,4:0x15,*128 | awk 'NR == 2 {print $8}')))"; }
has_free() { [ $(($(info free_memory) - $1)) -ge -1 ]; }
memory_back() { # MIB SECONDS: is so much free again (xl rounds)?
	wait_for "$2" has_free "$1"
	echo "free: $1 MiB before, $(info free_memory) MiB now"
	has_free "$1"
}
seconds_of() { xl vcpu-list "$1" | awk 'NR > 1 {sum += $(NF - 3)} END {print sum}'; }

# A guest's configuration; prints the file's name. MEM, VCPUS, EXTRA (more words for its kernel), KERNEL and
# RAMDISK change the usual; further arguments are further lines.
config() { # NAME [LINE...]
	local name=$1 line
	shift
	{
		echo "name = \"$name\""
		echo "kernel = \"${KERNEL:-/guests/Image}\""
		echo "ramdisk = \"${RAMDISK:-/guests/initramfs}\""
		echo "memory = ${MEM:-128}"
		echo "vcpus = ${VCPUS:-1}"
		echo "extra = \"console=hvc0 rdinit=/init loglevel=4 cma=8M coffer.name=$name ${EXTRA:-}\""
		for line; do echo "$line"; done
	} >"/tmp/$name.cfg"
	echo "/tmp/$name.cfg"
}
boot_file() { # NAME FILE: create it and wait until its init is there
	: >"$(log_of "$1")"
	xl create -q "$2" || { rc=$?; tail -n 5 "/var/log/xen/xl-$1.log" 2>/dev/null; return $rc; }
	wait_for "${BOOT:-100}" in_log "$1" GUEST-UP || { echo "no GUEST-UP; its console:"; console_log "$1" | tail -n 15; return 1; }
	console_log "$1" | grep GUEST-UP
}
boot() { # NAME [LINE...]
	boot_file "$1" "$(config "$@")"
}
on() { # NAME TEXT [SECONDS]: type TEXT on the guest's console, print the answer
	local log mark=$RANDOM$RANDOM tty offset
	log=$(log_of "$1")
	tty=$(xenstore-read "/local/domain/$(xl domid "$1")/console/tty") || return 1
	offset=$(stat -c %s "$log")
	printf '%s; echo do""ne-%s\n' "$2" "$mark" >"$tty"
	wait_for "${3:-40}" grep -q "^done-$mark" "$log" || echo "no answer within ${3:-40} s"
	tail -c +$((offset + 1)) "$log" | tr -d '\r' | grep -v 'do""ne-\|^done-\|^guest:'
	return 0
}
agent() { # ADDRESS TEXT [SECONDS]: run TEXT in the guest through its network
	exec 9<>"/dev/tcp/$1/2323" || return 1
	printf '%s\n' "$2" >&9
	timeout "${3:-60}" cat <&9
	exec 9>&-
}
pings() { ping -c 3 -W 2 "$1" | grep ' 0% packet loss'; }
answers() { wait_for "${2:-15}" ping -c 1 -W 1 "$1" && pings "$1"; }

# The guest of ./coffer run: console, a disk with a filesystem, network.
debian_guest() {
	[ -f /root/debian.img ] || { truncate -s 32M /root/debian.img && mke2fs -F /root/debian.img >/dev/null 2>&1; }
	EXTRA='coffer.ip=10.0.7.2/24 coffer.do=mount,/dev/xvda,/mnt' MEM=${MEM:-192} config debian \
		'disk = ["format=raw, vdev=xvda, access=rw, target=/root/debian.img"]' \
		'vif = ["bridge=xenbr0, mac=00:16:3e:00:07:02"]' >/dev/null
	mv /tmp/debian.cfg /etc/xen/debian.cfg
	boot_file debian /etc/xen/debian.cfg
}
