#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The tables of docs/ng.md are what the program makes of the rows that it reads requests by.
cd "$(dirname "$0")/../.." || exit 2
"${BUILD:-build/release}/relay/strowger" --print-ng | diff -u <(sed -n '/^<!-- From here on generated/,$p' docs/ng.md) - || {
	echo "docs/ng.md differs from: strowger --print-ng"
	exit 1
}
