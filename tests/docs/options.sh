#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every option that README and CONTRIBUTING show for ./run and ./check is one that they have.
cd "$(dirname "$0")/../.." || exit 2
wrong=0
while read -r command option; do
	"./$command" --help | grep -q -- "^ *$option\b" || { echo "./$command has no $option"; wrong=1; }
done < <(grep -ohE '\./(run|check) --[a-z-]+' README.md CONTRIBUTING.md docs/*.md | sed 's,^\./,,' | sort -u)
exit $wrong
