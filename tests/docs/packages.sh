#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# packages.txt is the one list of Debian packages: in order, each known to Debian, and nobody else installs any.
cd "$(dirname "$0")/../.." || exit 2
wrong=0
for section in build run ng check; do
	list=$(packaging/install.sh --list $section) || exit 1
	LC_ALL=C sort -c -u <<<"$list" || { echo "section [$section] is not in order"; wrong=1; }
	for package in $list; do
		dpkg-query -W "$package" >/dev/null 2>&1 || { echo "$package is not installed, although check installed all"; wrong=1; }
	done
done
others=$(grep -rIl --exclude-dir=build --exclude-dir=out --exclude-dir=.git 'apt-get .*install\|apt install [^.]' . |
	grep -vE '^\./(packaging/install\.sh|tests/docs/packages\.sh)$')
[ -z "$others" ] || { echo "packages belong into packaging/packages.txt, but these install some: $others"; wrong=1; }
exit $wrong
