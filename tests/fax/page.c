/* SPDX-License-Identifier: Apache-2.0
 *
 * See page.h; by libtiff. */
#include "tests/fax/page.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

enum { LINE = PAGE_WIDTH / 8, LINES_MAX = 65536 };

/* Line Y of page PAGE: bars, some wider and some narrower, which move from line to line. */
static void
draw(uint8_t line[LINE], unsigned page, unsigned y)
{
	uint32_t r = (page * 977 + y / 5) * 2654435761u | 1;
	unsigned x = 0;
	bool black = false;

	memset(line, 0, LINE);
	while (x < PAGE_WIDTH) {
		unsigned run = 3 + (r >> 13) % (black ? 20 : 90);

		for (unsigned i = x; black && i < x + run && i < PAGE_WIDTH; i++)
			line[i / 8] |= (uint8_t)(0x80 >> i % 8);
		r = r * 1664525 + 1013904223;
		black = !black;
		x += run;
	}
}

static bool
write_page(TIFF *tif, unsigned page, unsigned pages, unsigned lines)
{
	uint8_t line[LINE];

	TIFFSetField(tif, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
	TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, (uint32_t)PAGE_WIDTH);
	TIFFSetField(tif, TIFFTAG_IMAGELENGTH, (uint32_t)lines);
	TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 1);
	TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1);
	TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
	TIFFSetField(tif, TIFFTAG_COMPRESSION, COMPRESSION_CCITT_T6);
	TIFFSetField(tif, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
	TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, (uint32_t)lines);
	TIFFSetField(tif, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
	TIFFSetField(tif, TIFFTAG_XRESOLUTION, 204.0);
	TIFFSetField(tif, TIFFTAG_YRESOLUTION, 98.0);
	TIFFSetField(tif, TIFFTAG_PAGENUMBER, page, pages);
	for (unsigned y = 0; y < lines; y++) {
		draw(line, page, y);
		if (TIFFWriteScanline(tif, line, y, 0) < 0)
			return false;
	}
	return TIFFWriteDirectory(tif) != 0;
}

bool
page_make(const char *path, unsigned pages, unsigned lines)
{
	TIFF *tif = TIFFOpen(path, "w");
	bool done = tif != NULL;

	for (unsigned i = 0; i < pages && done; i++)
		done = write_page(tif, i, pages, lines);
	if (tif != NULL)
		TIFFClose(tif);
	return done;
}

static uint32_t
lines_of(TIFF *tif)
{
	uint32_t lines = 0, width = 0;

	TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &lines);
	TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &width);
	return width == PAGE_WIDTH && lines <= LINES_MAX ? lines : 0;
}

/* Of one page of each, both of which are at their beginning. */
static int
compare(TIFF *a, TIFF *b)
{
	uint32_t lines = lines_of(a), there = lines_of(b);
	uint8_t sent[LINE], came[LINE];
	int other = 0;

	for (uint32_t y = 0; y < lines; y++)
		other += y >= there || TIFFReadScanline(a, sent, y, 0) < 0 ||
			 TIFFReadScanline(b, came, y, 0) < 0 || memcmp(sent, came, LINE) != 0;
	return other;
}

int
page_difference(const char *path_a, const char *path_b)
{
	TIFF *a = TIFFOpen(path_a, "r"), *b = TIFFOpen(path_b, "r");
	int other = a == NULL || b == NULL ? -1 : 0;
	bool has_b = true;

	if (other == 0)
		do {
			other += has_b ? compare(a, b) : (int)lines_of(a);
			has_b = has_b && TIFFReadDirectory(b) != 0;
		} while (TIFFReadDirectory(a) != 0);
	if (a != NULL)
		TIFFClose(a);
	if (b != NULL)
		TIFFClose(b);
	return other;
}

unsigned
page_count(const char *path)
{
	TIFF *tif = TIFFOpen(path, "r");
	unsigned n = 0;

	if (tif == NULL)
		return 0;
	do
		n++;
	while (TIFFReadDirectory(tif) != 0);
	TIFFClose(tif);
	return n;
}
