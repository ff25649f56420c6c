# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# The demo of `run mesh`; sourced by run, whose words it uses.  The network is that of the plain call.
#
#     caller                    relay                        callee
#     ffmpeg        SRTP        strowger       VoMP, MDP     tests/tools/mesh_phone.py
#     10.99.1.2  <--------->  .1.1   .2.1  <------------->   10.99.2.2

demo_configuration() {
	cat <<-END
		[interface outside]
		device = $device:outside
		address = 10.99.1.1
		ports = 30000-30999

		[interface inside]
		device = $device:inside
		address = 10.99.2.1
		ports = 30000-30999

		[mesh]
		interface = inside
		identities = $run_dir/demo.mesh
		did = 555100
		name = Almon Strowger
	END
}

demo_calls() {
	packaging/demo/mesh.py --socket "$run_dir/admin.sock" --namespace "$ns" --out "$work" --seconds "$seconds" \
		--suite "$caller_suite" --lost "$lost" $([ $keep = no ] || echo --keep)
}

demo_hints() {
	cat <<-END
		sudo build/release/control/strowger-ctl --socket $run_dir/admin.sock mesh peers
		sudo build/release/control/strowger-ctl --socket $run_dir/admin.sock mesh calls
		sudo build/release/control/strowger-ctl --socket $run_dir/admin.sock mesh lookup 555002
		echo 'text hello there' | sudo nc -NU $work/callee.orders    (help: tests/tools/mesh_phone.py --help)
	END
}
