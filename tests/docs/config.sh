#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# packaging/strowger.conf is what strowger prints, and with its example interface filled in it is a right configuration.
cd "$(dirname "$0")/../.." || exit 2
strowger=${BUILD:-build/release}/relay/strowger
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$strowger" --print-config >"$scratch/printed" || exit 1
diff -u packaging/strowger.conf "$scratch/printed" || {
	echo "packaging/strowger.conf differs from: strowger --print-config"
	exit 1
}
# The interface's section, its device and its address; all else by default.
sed -E 's/^#(\[interface|device =|address =)/\1/' packaging/strowger.conf >"$scratch/filled"
"$strowger" --check-config -c "$scratch/filled"
