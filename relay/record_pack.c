/* SPDX-License-Identifier: Apache-2.0
 *
 * See record_pack.h: LZ4 blocks, with a dictionary. */
#define LZ4_STATIC_LINKING_ONLY /* as it is: LZ4_attach_dictionary() */
#include "relay/record_pack.h"

#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <string.h>

/* The first byte of a packed record. */
enum { AS_IT_IS, WITH_WORDS };

/* What records mostly say, as they say it (record_fields.c, dialog_note.c, memo.c): those of
 * an NG call with SDES on one side, without what differs from call to call.  Whoever reads
 * what WITH_WORDS has packed needs the same words, so other words are another first byte. */
static const char words[] =
	/* Other codecs, as SDP has them. */
	"\x03\x09G722/8000\x03\x0copus/48000/2\x04\x1aminptime=10;useinbandfec=1"
	/* A head, a call, its note with its memo, its legs. */
	"SWCR\x01\x00\x00\x00"
	"\x01\x16\x00"
	"\x02\x08\x00`\x06\x00"
	"\x05\x04\x00\xff\xff\xff\xff"
	"\x06\x04\x00\xff\xff\xff\xff"
	"\x07\x04\x00\xff\xff\xff\xff"
	"\x09\x04\x00\xff\xff\xff\xff"
	"\x0a"
	"D\x01SWNG\x01"
	"\x02\x08\x00\xe1`\x06\x00"
	"\x03\x08\x00\xe1`\x06\x00"
	"\x04\x08\x00\x01\x00\x00\x00\x00\x00\x00\x00"
	"\x05$\x00"
	"\x07\x16\x00"
	"\x0b\x08\x00\xe1`\x06\x00"
	"\x05$\x00"
	"\x07\x16\x00"
	"\x0b\x08\x00\xe1`\x06\x00"
	"\x06\xcd\x00\x01"
	"\x01o"
	"\x02\x01-"
	"\x03\x04"
	"3994"
	"\x04\x01"
	"1"
	"\x05\x03IP4"
	"\x07\x01-"
	"\x08\x01"
	"1"
	"\x01V"
	"\x02\x05"
	"audio"
	"\x03\x07RTP/AVP"
	"\x06\x01\x14"
	"\x01\x0e"
	"\x02\x01"
	"8"
	"\x03\x09PCMA/8000"
	"\x01\x0e"
	"\x02\x01"
	"0"
	"\x03\x09PCMU/8000"
	"\x01!"
	"\x02\x03"
	"101"
	"\x03\x14telephone-event/8000"
	"\x04\x04"
	"0-15"
	"\x01"
	"9"
	"\x02\x01-"
	"\x03\x04"
	"3994"
	"\x04\x01"
	"1"
	"\x05\x03IP4"
	"\x07\x01-"
	"\x08\x01"
	"1"
	"\x01 "
	"\x02\x05"
	"audio"
	"\x03\x08RTP/SAVP"
	"\x05\x02\x00\x01"
	"\x06\x01\x14"
	"\x07\x01\x07"
	"\x08\x01\x07"
	"\x0b\x00"
	"\x03\xe0\x00"
	"\x01\x06\x00"
	"caller"
	"\x02\x03\x00"
	"\x03\x07\x00\x04\x00\x00"
	"\x10\xc4\x00"
	"\x03\x01\x00\x04"
	"\x05\x01\x00\xff"
	"\x08\x04\x00\xb8\x0b\x00\x00"
	"\x0a\x07\x00\x04"
	"\x0d\x08\x00"
	"\x0e\x04\x00\x00\x00"
	"\x0f\x04\x00\x01\x00\x00\x00"
	"\x14\x01\x00\x02"
	"\x11\x02\x00"
	"\x15\x86\x00"
	"\x05\x01\x00\x05"
	"\x06\x02\x00<\x00"
	"\x09\x22\x00"
	"\x01\x04\x00PCMA"
	"\x02\x01\x00\x02"
	"\x03\x01\x00\x08"
	"\x04\x01\x00\x01"
	"\x05\x01\x00\x14"
	"\x06\x01\x00\xff"
	"\x08\x04\x00@\x1f\x00\x00"
	"\x09\x1e\x00"
	"\x01\x04\x00PCMU"
	"\x02\x01\x00\x01"
	"\x04\x01\x00\x01"
	"\x05\x01\x00\x14"
	"\x06\x01\x00\xff"
	"\x08\x04\x00@\x1f\x00\x00"
	"\x09"
	"4\x00"
	"\x01\x0f\x00telephone-event"
	"\x02\x01\x00\x15"
	"\x03\x01\x00"
	"e"
	"\x04\x01\x00\x01"
	"\x05\x01\x00\x14"
	"\x06\x01\x00\xff"
	"\x08\x04\x00@\x1f\x00\x00"
	"\x0a\x04\x00\xff\xff\x00\x00"
	"\x03&\x01"
	"\x01\x06\x00"
	"callee"
	"\x02\x03\x00"
	"\x03\x07\x00\x04\x00\x00"
	"\x10\x0a\x01"
	"\x05\x01\x00\xff"
	"\x06\x01\x00\x01"
	"\x08\x04\x00\xb8\x0b\x00\x00"
	"\x0a\x07\x00\x04"
	"\x0b \x00\x01\x00"
	"\x0c \x00\x01\x00"
	"\x0d\x08\x00"
	"\x0e\x04\x00\x00\x00"
	"\x0f\x04\x00\x01\x00\x00\x00"
	"\x14\x01\x00\x02"
	"\x11\x02\x00"
	"\x15\x86\x00";

/* Their end, a NUL, is none of them. */
enum { WORDS = sizeof words - 1 };

/* What was packed stands nowhere in a stream, only where it was. */
static int
pack(const uint8_t *record, int len, uint8_t *buf, int size)
{
	static LZ4_stream_t known; /* the words; 16 KiB, made once and not copied either */
	static LZ4_stream_t lz;
	static bool is_known;
	int n;

	if (!is_known) {
		LZ4_initStream(&known, sizeof known);
		LZ4_loadDict(&known, words, WORDS);
		LZ4_initStream(&lz, sizeof lz);
		is_known = true;
	}
	LZ4_resetStream_fast(&lz);
	LZ4_attach_dictionary(&lz, &known);
	n = LZ4_compress_fast_continue(&lz, (const char *)record, (char *)buf, len, size, 1);
	if (n == 0)
		LZ4_initStream(&lz, sizeof lz); /* there was no room: it is undefined now */
	return n;
}

ssize_t
record_pack(const uint8_t *record, size_t len, bool last, uint8_t *buf, size_t size)
{
	int n = 0;

	if (len > INT_MAX || size <= len || size - 1 > INT_MAX)
		return -ENOSPC;
	if (last)
		n = pack(record, (int)len, buf + 1, (int)(size - 1));
	if (n > 0 && (size_t)n < len) {
		buf[0] = WITH_WORDS;
		return n + 1;
	}
	buf[0] = AS_IT_IS;
	memcpy(buf + 1, record, len);
	return (ssize_t)len + 1;
}

ssize_t
record_unpack(const uint8_t *packed, size_t len, uint8_t *buf, size_t size)
{
	int n = -1;

	if (len < 1 || len > INT_MAX || size > INT_MAX)
		return -EBADMSG;
	packed++;
	len--;
	if (packed[-1] == WITH_WORDS) {
		n = LZ4_decompress_safe_usingDict(
			(const char *)packed, (char *)buf, (int)len, (int)size, words, WORDS);
	} else if (packed[-1] == AS_IT_IS && len <= size) {
		memcpy(buf, packed, len);
		n = (int)len;
	}
	return n < 0 ? -EBADMSG : n;
}
