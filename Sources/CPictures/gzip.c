#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "internal.h"

void tandem_picture_free(uint8_t *bytes) { free(bytes); }

static tandem_picture_status unpack(z_stream *stream, const uint8_t *end, size_t most,
                                    uint8_t **bytes, size_t *count,
                                    tandem_picture_failure *failure) {
  size_t capacity = 0;
  while (1) {
    if (*count == capacity) {
      if (capacity == most) {
        return picture_fail(failure, tandem_picture_damaged, "it expands to more bytes than are read");
      }
      // Pictures hardly become smaller by gzip.
      size_t wanted = capacity ? capacity * 2 : (size_t)(end - stream->next_in) * 2 + 4096;
      if (wanted > most) wanted = most;
      uint8_t *larger = realloc(*bytes, wanted);
      if (!larger) return picture_fail(failure, tandem_picture_no_memory, "no memory");
      *bytes = larger;
      capacity = wanted;
    }
    const size_t left = (size_t)(end - stream->next_in);
    const size_t room = capacity - *count;
    stream->avail_in = left < UINT_MAX ? (uInt)left : UINT_MAX;
    stream->next_out = *bytes + *count;
    stream->avail_out = room < UINT_MAX ? (uInt)room : UINT_MAX;
    const int result = inflate(stream, Z_NO_FLUSH);
    *count = (size_t)(stream->next_out - *bytes);
    switch (result) {
      case Z_OK: break;
      case Z_STREAM_END:
        // Members may follow each other; what else follows is none of ours.
        if (end - stream->next_in < 2 || stream->next_in[0] != 0x1f || stream->next_in[1] != 0x8b) {
          return tandem_picture_done;
        }
        inflateReset(stream);
        break;
      case Z_BUF_ERROR:
        return picture_fail(failure, tandem_picture_damaged, "it is cut off");
      case Z_MEM_ERROR:
        return picture_fail(failure, tandem_picture_no_memory, "no memory");
      default:
        return picture_fail(failure, tandem_picture_damaged,
                            stream->msg ? stream->msg : "zlib's data error");
    }
  }
}

tandem_picture_status tandem_gunzip(const uint8_t *packed, size_t packed_count, size_t most,
                                    uint8_t **bytes, size_t *count,
                                    tandem_picture_failure *failure) {
  *failure = (tandem_picture_failure){.status = tandem_picture_done};
  *bytes = NULL;
  *count = 0;
  z_stream stream = {.next_in = (Bytef *)packed};
  // Window bits of 15, and 16 for gzip's header instead of zlib's own.
  if (inflateInit2(&stream, 15 + 16) != Z_OK) {
    return picture_fail(failure, tandem_picture_no_memory, "zlib cannot start");
  }
  const tandem_picture_status status =
      unpack(&stream, packed + packed_count, most, bytes, count, failure);
  inflateEnd(&stream);
  if (status != tandem_picture_done) {
    free(*bytes);
    *bytes = NULL;
    *count = 0;
  }
  return status;
}
