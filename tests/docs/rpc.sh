#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# docs/rpc.md is what the program makes of its own table of methods.
cd "$(dirname "$0")/../.." || exit 2
"${BUILD:-build/release}/relay/strowger" --print-rpc | diff -u docs/rpc.md - || {
	echo "docs/rpc.md differs from: strowger --print-rpc"
	exit 1
}
