#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# docs/metrics.md is what the program makes of its own table; alert rules and the dashboard name only metrics and labels
# that it has.
cd "$(dirname "$0")/../.." || exit 2
"${BUILD:-build/release}/relay/strowger" --print-metrics | diff -u docs/metrics.md - || {
	echo "docs/metrics.md differs from: strowger --print-metrics"
	exit 1
}
exec /usr/bin/python3 - <<'END'
import json, re, sys, yaml

SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"], "histogram": ["_bucket", "_sum", "_count"]}
ADDED = {"instance", "job", "le"}  # by whoever scrapes, and by histograms

samples = {}
with open("docs/metrics.md") as page:
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", page.read(), re.M):
        for suffix in SUFFIXES[kind]:
            samples[name + suffix] = ADDED | set(re.findall(r"`(\w+)`", labels))

with open("packaging/alerts.yml") as file:
    rules = [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]
used = {rule["alert"]: rule["expr"] for rule in rules}
with open("packaging/dashboards/strowger.json") as file:
    for panel in json.load(file)["panels"]:
        for target in panel["targets"]:
            used[f"panel {panel['title']}, {target['refId']}"] = target["expr"]

wrong = 0
for where, expr in used.items():
    for name, matchers in re.findall(r"\b(strowger_\w+)(?:\{([^}]*)\})?", expr):
        unknown = set(re.findall(r"(\w+)\s*[=!]~?", matchers)) - samples.get(name, ADDED)
        if name not in samples or unknown:
            print(f"{where}: no such metric or label: {name} {' '.join(unknown)}")
            wrong += 1
for rule in rules:
    if not {"summary", "action"} <= rule["annotations"].keys() or "severity" not in rule["labels"]:
        print(f"{rule['alert']}: summary, action or severity is missing")
        wrong += 1
print(f"{len(samples)} metrics, {len(rules)} rules, {len(used)} expressions, {wrong} wrong")
sys.exit(1 if wrong or not samples or not rules else 0)
END
