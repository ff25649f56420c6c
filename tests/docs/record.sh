#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# docs/record.md is what the program makes of its own tables of the call record.
cd "$(dirname "$0")/../.." || exit 2
"${BUILD:-build/release}/relay/strowger" --print-record | diff -u docs/record.md - || {
	echo "docs/record.md differs from: strowger --print-record"
	exit 1
}
