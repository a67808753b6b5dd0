#ifndef TANDEM_CPICTURES_H
#define TANDEM_CPICTURES_H

#include <stddef.h>
#include <stdint.h>

// Files of pictures by libjpeg-turbo, libpng, libwebp and zlib. These libraries leave an error by a
// jump; no jump leaves a function here. Nothing is printed, no memory is asked for by what a header
// claims before the caller has seen it, and one decoder serves one thread at a time.

enum {
  tandem_picture_reason_bytes = 240,
  tandem_jpeg_longest_side = 65500,    // libjpeg's
  tandem_png_longest_side = 1000000,  // libpng's, unless it is told otherwise
};

typedef enum {
  tandem_picture_done,
  tandem_picture_truncated,
  tandem_picture_damaged,
  tandem_picture_not_read,        // valid, but of a kind that the library does not know
  tandem_picture_too_large,       // a side is longer than is read
  tandem_picture_no_pixels,       // a side of 0
  tandem_picture_too_many_scans,
  tandem_picture_no_memory,
} tandem_picture_status;

typedef struct {
  uint32_t width, height;     // as stored
  int channels;               // 1 or 3
  int has_transparency;
  int orientation;            // EXIF's, 1 where there is none or a wrong one
  uint64_t smallest_bytes;    // fewer bytes than this cannot hold so many pixels
} tandem_picture_header;

typedef struct {
  tandem_picture_status status;
  char reason[tandem_picture_reason_bytes];  // the library's words
} tandem_picture_failure;

// The value of the orientation tag in EXIF data that begins with TIFF's header; 1 where there is
// none or one that is not 1 to 8.
int tandem_exif_orientation(const uint8_t *bytes, size_t count);

// JPEG.

typedef struct tandem_jpeg tandem_jpeg;

// A decoder of `bytes`, which must stay until it is freed, with the header read. Null on failure.
tandem_jpeg *tandem_jpeg_open(const uint8_t *bytes, size_t count, tandem_picture_header *header,
                              tandem_picture_failure *failure);

// Writes the pixels of `channels` samples, 3 or as many as are stored, in rows without gaps. The
// sides are those of the header divided by `divisor` (1, 2, 4 or 8) and rounded up. May be called
// once. A file with more than `most_scans` scans is refused.
tandem_picture_status tandem_jpeg_read(tandem_jpeg *jpeg, int divisor, int channels,
                                       unsigned most_scans, uint8_t *samples,
                                       tandem_picture_failure *failure);

void tandem_jpeg_free(tandem_jpeg *jpeg);

// Writes a JPEG into memory that tandem_picture_free frees. `quality` is 1 to 100; colours keep
// their resolution where `full_colour`, otherwise half of it each way.
tandem_picture_status tandem_jpeg_write(const uint8_t *samples, uint32_t width, uint32_t height,
                                        int channels, int quality, int full_colour,
                                        uint8_t **bytes, size_t *count,
                                        tandem_picture_failure *failure);

// PNG.

typedef struct tandem_png tandem_png;

tandem_png *tandem_png_open(const uint8_t *bytes, size_t count, tandem_picture_header *header,
                            tandem_picture_failure *failure);

// As tandem_jpeg_read. 16-bit samples v become v · 255 / 65535, rounded.
tandem_picture_status tandem_png_read(tandem_png *png, int channels, uint8_t *samples,
                                      tandem_picture_failure *failure);

// The orientation, which may stand behind the pixels; after tandem_png_read.
int tandem_png_orientation(const tandem_png *png);

void tandem_png_free(tandem_png *png);

// `level` is zlib's, 0 to 9.
tandem_picture_status tandem_png_write(const uint8_t *samples, uint32_t width, uint32_t height,
                                       int channels, int level, uint8_t **bytes, size_t *count,
                                       tandem_picture_failure *failure);

// WebP.

// 0 where the header cannot be read, which `failure` explains.
int tandem_webp_header(const uint8_t *bytes, size_t count, tandem_picture_header *header,
                       tandem_picture_failure *failure);

// Writes three samples for each pixel.
tandem_picture_status tandem_webp_read(const uint8_t *bytes, size_t count, uint8_t *samples,
                                       size_t sample_count, size_t row_samples,
                                       tandem_picture_failure *failure);

// Gzip (RFC 1952), all members: the bytes, in memory that tandem_picture_free frees; at most `most`
// of them.
tandem_picture_status tandem_gunzip(const uint8_t *packed, size_t packed_count, size_t most,
                                    uint8_t **bytes, size_t *count,
                                    tandem_picture_failure *failure);

// Null leaves it.
void tandem_picture_free(uint8_t *bytes);

#endif
