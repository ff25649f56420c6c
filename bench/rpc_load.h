/* SPDX-License-Identifier: Apache-2.0
 *
 * strowger-bench rpc: one request, again and again, over one of strowger's RPC sockets; how
 * many are answered in a second, and how soon. */
#pragma once

int rpc_load_main(int argc, char **argv);
