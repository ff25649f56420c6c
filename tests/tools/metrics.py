#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a scraper sees of strowger's HTTP pages: fetched by urllib, read by prometheus_client.

    metrics.py get URL [HEADER: VALUE]...    status, content type, then the body
    metrics.py send METHOD URL               status
    metrics.py families FILE                 name, type and unit of each, one a line
    metrics.py sum FILE NAME [LABEL=VALUE]   all samples of that name with those labels, added up

FILE is what `get` printed of /metrics; its content type says which of the two parsers reads it.
"""
import math
import sys
import urllib.error
import urllib.request

from prometheus_client import openmetrics, parser
import prometheus_client.openmetrics.parser


def ask(method, url, headers=()):
    request = urllib.request.Request(url, method=method)
    for header in headers:
        name, _, value = header.partition(":")
        request.add_header(name, value.strip())
    try:
        return urllib.request.urlopen(request, timeout=5)
    except urllib.error.HTTPError as answer:
        return answer


def families(path):
    with open(path) as file:
        _status, kind, text = file.read().split("\n", 2)
    if kind.startswith("application/openmetrics-text; version=1.0.0"):
        return list(openmetrics.parser.text_string_to_metric_families(text))
    assert kind.startswith("text/plain; version=0.0.4"), kind
    return list(parser.text_string_to_metric_families(text))


def total(path, name, wanted):
    labels = dict(pair.split("=", 1) for pair in wanted)
    values = [sample.value for family in families(path) for sample in family.samples
              if sample.name == name and labels.items() <= sample.labels.items()]
    if not values:
        sys.exit(f"no sample of {name} with {labels}")
    value = math.fsum(values)
    return int(value) if value == int(value) else value


def main(order, *args):
    if order == "get":
        answer = ask("GET", args[0], args[1:])
        print(answer.status, answer.headers.get("Content-Type"), sep="\n")
        sys.stdout.write(answer.read().decode())
    elif order == "send":
        print(ask(args[0], args[1]).status)
    elif order == "families":
        for family in families(args[0]):
            print(family.name, family.type, family.unit)
    elif order == "sum":
        print(total(args[0], args[1], args[2:]))
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
