#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Build the Debian packages of this tree, and have lintian look at them.
#   build-deb.sh [FOLDER]        where they go: build/deb
#
# Debian's tools want debian/ at the top, a changelog with the version, and what is built from as a tree of its own: so
# what git knows is copied.  The version is meson's; Build-Depends are the section [build] of packages.txt.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-build/deb}")
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build)
source=$work/strowger-$version
mkdir "$source"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$source" --
cp -r packaging/debian "$source/debian"
cd "$source"
sed -i "s/@BUILD@/$(packaging/install.sh --list build | grep -v build-essential | paste -sd, | sed 's/,/, /g')/" debian/control
cat >debian/changelog <<END
strowger ($version) unstable; urgency=medium

  * Built from the tree as it is.

 -- $(sed -n 's/^Maintainer: //p' debian/control)  $(git -C "$OLDPWD" log -1 --format=%cD 2>/dev/null || date -R)
END

dpkg-buildpackage -b -us -uc -ui >"$work/build.log" 2>&1 || {
	tail -n 40 "$work/build.log" >&2
	exit 1
}
mv ../*.deb ../*.changes ../*.buildinfo "$out"
lintian --fail-on error,warning --allow-root "$out/strowger_${version}_amd64.changes"
ls "$out"/*.deb
