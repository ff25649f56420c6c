#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/../system/lib.sh"
story "every example of docs/rpc.md is one: a node takes it, and answers what its tables say"

strowger_start
in_ns relay "$tools/rpc_examples.py" "$work/story/admin.sock" >"$work/examples" || fail "$(cat "$work/examples")"
note "$(tail -n 1 "$work/examples")"
wait_for 10 "the node to end, as the last example wants" ended "$strowger_pid"
done_well
