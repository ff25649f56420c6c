#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# .clang-format decides the layout of every C file.
cd "$(dirname "$0")/../.." || exit 2
mapfile -t files < <(find bench codecs control dataplane mesh relay tests -name '*.[ch]')
[ ${#files[@]} -gt 0 ] || exit 1
echo "${#files[@]} files"
clang-format --dry-run -Werror "${files[@]}"
