#include <string.h>
#include <webp/decode.h>

#include "internal.h"

static tandem_picture_status fail(tandem_picture_failure *failure, VP8StatusCode code) {
  switch (code) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return picture_fail(failure, tandem_picture_truncated, "the bytes end");
    case VP8_STATUS_OUT_OF_MEMORY:
      return picture_fail(failure, tandem_picture_no_memory, "no memory");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return picture_fail(failure, tandem_picture_not_read, "a feature that libwebp does not know");
    default:
      return picture_fail(failure, tandem_picture_damaged, "wrong data");
  }
}

static uint32_t little_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

// Chunks of a RIFF file: a name of four letters, a length, so many bytes and one more if it is odd.
static int orientation(const uint8_t *bytes, size_t count) {
  enum { riff_bytes = 12, chunk_bytes = 8 };
  size_t offset = riff_bytes;
  while (offset <= count && count - offset >= chunk_bytes) {
    const uint8_t *chunk = bytes + offset;
    const size_t length = little_endian(chunk + 4);
    offset += chunk_bytes;
    if (length > count - offset) return 1;
    if (!memcmp(chunk, "EXIF", 4)) {
      const uint8_t *exif = bytes + offset;
      // Some programs write JPEG's prefix here too.
      const size_t prefix = length >= 6 && !memcmp(exif, "Exif\0", 6) ? 6 : 0;
      return tandem_exif_orientation(exif + prefix, length - prefix);
    }
    offset += length + (length & 1);
  }
  return 1;
}

int tandem_webp_header(const uint8_t *bytes, size_t count, tandem_picture_header *header,
                       tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  *header = (tandem_picture_header){0};
  WebPBitstreamFeatures features;
  const VP8StatusCode code = WebPGetFeatures(bytes, count, &features);
  if (code != VP8_STATUS_OK) {
    fail(failure, code);
    return 0;
  }
  header->width = (uint32_t)features.width;
  header->height = (uint32_t)features.height;
  header->channels = 3;
  header->has_transparency = features.has_alpha;
  header->orientation = orientation(bytes, count);
  if (features.has_animation) {
    picture_fail(failure, tandem_picture_not_read, "it is animated");
    return 0;
  }
  return 1;
}

tandem_picture_status tandem_webp_read(const uint8_t *bytes, size_t count, uint8_t *samples,
                                       size_t sample_count, size_t row_samples,
                                       tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    return picture_fail(failure, tandem_picture_not_read, "another version of libwebp");
  }
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = samples;
  config.output.u.RGBA.size = sample_count;
  config.output.u.RGBA.stride = (int)row_samples;
  const VP8StatusCode code = WebPDecode(bytes, count, &config);
  WebPFreeDecBuffer(&config.output);
  return code == VP8_STATUS_OK ? tandem_picture_done : fail(failure, code);
}
