#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every relative link of our pages leads to a file that is there, and every anchor to a heading.
cd "$(dirname "$0")/../.." || exit 2
exec /usr/bin/python3 - <<'END'
import os, re, sys

def anchors(page):
    """As GitHub and GitLab make them from headings."""
    with open(page) as f:
        text = re.sub(r"```.*?```", "", f.read(), flags=re.S)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, flags=re.M)}

pages = [os.path.join(folder, name) for top in (".", "docs") for folder, _, names in os.walk(top)
         if top != "." or folder == "." for name in names if name.endswith(".md")]
links = wrong = 0
for page in pages:
    with open(page) as f:
        text = re.sub(r"```.*?```", "", f.read(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        links += 1
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if not os.path.exists(path):
            print(f"{page}: {target}: no such file")
            wrong += 1
        elif anchor and anchor not in anchors(path):
            print(f"{page}: {target}: no such heading")
            wrong += 1
print(f"{len(pages)} pages, {links} links, {wrong} wrong")
sys.exit(1 if wrong or not links else 0)
END
