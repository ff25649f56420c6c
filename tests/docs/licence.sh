#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every source file says its licence in its first lines.
cd "$(dirname "$0")/../.." || exit 2
missing=$(find . \( -path ./build -o -path ./out -o -path ./.git \) -prune -o -type f \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -path ./run -o -path ./check -o -path ./.ci/run \) -print |
	while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
	done)
[ -z "$missing" ] || { echo "without a licence line: $missing"; exit 1; }
