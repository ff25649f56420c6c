#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages: built, looked at by lintian, installed, started as their units say, called through, removed
# without a trace.  In an overlay over this host's files, so that nothing of it is touched.
#
# Begins early: it compiles all of it.
. "$(dirname "$0")/lib.sh"

in_overlay() { nsenter --mount="$work/mounts" chroot "$work/all" "$@"; }

# start_unit UNIT: as it is installed, in strowger's network; its process id in $spawned.
start_unit() {
	nsenter --mount="$work/mounts" --net="/run/netns/$ns-relay" chroot "$work/all" /mnt/as_unit.py "$1" >>"$work/$1.log" 2>&1 &
	spawned=$!
}

overlay_up() {
	mkdir "$work/layers" "$work/all" "$work/private"
	mount --bind "$work/private" "$work/private"
	mount --make-private "$work/private"
	touch "$work/private/mounts"
	ln -s private/mounts "$work/mounts"
	# shellcheck disable=SC2016 # expanded by the other shell
	unshare --mount="$work/mounts" --propagation private sh -ec '
		mount -t tmpfs none "$1/layers"
		mkdir "$1/layers/new" "$1/layers/work"
		mount -t overlay -o lowerdir=/,upperdir="$1/layers/new",workdir="$1/layers/work" none "$1/all"
		for dir in proc sys dev; do mount --rbind "/$dir" "$1/all/$dir"; done
		mount -t tmpfs none "$1/all/run"
		mount -t tmpfs none "$1/all/tmp"
	' sh "$work"
}

overlay_down() {
	umount "$work/mounts" "$work/private" 2>/dev/null
}
trap 'status=$?; overlay_down; (exit $status); clean_up' EXIT

# Everything that the packages have brought, but for what dpkg and the directory of users keep.
traces() {
	in_overlay find / -xdev -name '*strowger*' -not -path '/var/lib/dpkg/*' -not -path '/proc/*' -not -path "$root/*" \
		-not -path '/tmp/*'
	in_overlay find /run/strowger /var/lib/strowger 2>/dev/null
}

story "the Debian packages: built, installed, started, called through, purged"
"$root/packaging/build-deb.sh" "$work/deb" >"$work/build.log" 2>&1 || fail "the packages: $(cat "$work/build.log")"
note "built, and lintian is quiet, after $SECONDS s"
overlay_up
mkdir "$work/private/deb"
before=$(traces)
cp "$work"/deb/strowger_*.deb "$work"/deb/strowger-bench_*.deb "$tools/as_unit.py" "$work/private/deb"
nsenter --mount="$work/mounts" mount --bind "$work/private/deb" "$work/all/mnt"
in_overlay sh -c 'dpkg -i /mnt/*.deb' >"$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"

note "installed: a user, a run directory, units that say what to do"
expect "the user" "$(in_overlay id -un strowger)" is strowger
expect "the run directory" "$(in_overlay stat -c '%U:%G %a' /run/strowger/default)" is "root:strowger 1775"
expect "what systemd-analyze verify says" "$(in_overlay systemd-analyze verify --man=no /lib/systemd/system/strowger.service \
	/lib/systemd/system/strowger-switch.service 2>&1 | grep strowger)" is ""
expect "the default configuration" "$(in_overlay strowger --check-config 2>&1)" has "interface"
in_overlay sh -c 'cat >>/etc/strowger/strowger.conf' <<-END
	[interface lan]
	device = $DEVICE:eth0
	address = 10.77.0.1
END
in_overlay strowger --check-config >/dev/null || fail "the configuration is refused"

note "started as the units say, with no more than they allow"
start_unit strowger-switch
switch_unit=$spawned
start_unit strowger
control_unit=$spawned
answers() { in_overlay strowger-ctl node info >/dev/null 2>&1; }
wait_for 20 "strowger to answer" answers
mkdir "$work/story"
ln -s "/proc/$control_unit/root/run/strowger/default/admin.sock" "$work/story/admin.sock"
call_between packaged AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
talk 0.5
heard_everything alice bob
heard_everything bob alice

note "control is restarted: calls go on"
kill -TERM "$control_unit"
wait "$control_unit"
expect "status of control" $? = 0
start_unit strowger
control_unit=$spawned
talk 0.5
wait_for 20 "strowger to answer again" answers
heard_everything alice bob

note "stopped and purged"
kill -TERM "$control_unit" "$switch_unit"
wait "$control_unit" || fail "status of control: $?"
wait "$switch_unit" || fail "status of the switch: $?"
in_overlay dpkg --purge strowger-bench strowger >>"$work/dpkg.log" 2>&1 || fail "dpkg: $(cat "$work/dpkg.log")"
expect "what is left" "$(diff <(echo "$before") <(traces))" is ""
done_well
