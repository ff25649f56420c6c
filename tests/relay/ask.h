/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests as the JSON that a client would write, with ' for ", for tests of relay/. */
#pragma once

#include "control/request.h"

/* Keys for examples, base64: bytes 0, 1, 2, ... */
#define ASK_KEY_30 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd" /* AES_CM_128: 16 + 14 */
#define ASK_KEY_28 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==" /* AEAD_AES_128_GCM: 16 + 12 */
#define ASK_KEY_46 \
	"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLQ==" /* 32 + 14 */

/* The request of TEXT; the test fails when it is refused. */
struct call_request ask(const char *text);

/* The fault of TEXT; the test fails when there is none. */
struct fault ask_wrongly(const char *text);
