#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Install the Debian packages of the sections named, from packages.txt beside this file, unless all are there.
#   install.sh build run check          install
#   install.sh --list build run         say which
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

list=$(dirname "$0")/packages.txt
dry=no
[ "${1:-}" = --list ] && { dry=yes; shift; }

packages=()
for section in "$@"; do
	mapfile -t -O ${#packages[@]} packages < <(awk -v section="[$section]" '
		{ sub(/#.*/, ""); gsub(/[ \t]+$/, "") }
		/^\[/ { here = $0 == section; next }
		here && NF { print $1 }' "$list")
done
[ ${#packages[@]} -gt 0 ] || { echo "$list has no such section: $*" >&2; exit 2; }
[ $dry = no ] || { printf '%s\n' "${packages[@]}"; exit; }

missing=()
for package in "${packages[@]}"; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
	echo "packages: all ${#packages[@]} are installed"
	exit
fi
echo "packages: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "packages: apt-get failed; strowger is made for Debian 12" >&2
	exit 1
fi
