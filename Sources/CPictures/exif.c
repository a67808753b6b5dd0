#include "internal.h"

static uint32_t number(const uint8_t *bytes, int size, int is_big_endian) {
  uint32_t value = 0;
  for (int i = 0; i < size; i++) {
    value = value << 8 | bytes[is_big_endian ? i : size - 1 - i];
  }
  return value;
}

// TIFF 6.0, section 2: a header of 8 bytes, then directories of 12 bytes for each tag. Only the
// first one is about the picture itself.
int tandem_exif_orientation(const uint8_t *bytes, size_t count) {
  enum { header_bytes = 8, entry_bytes = 12, orientation_tag = 274, upright = 1 };
  enum { short_type = 3, long_type = 4 };
  if (count < header_bytes) return upright;
  const int is_big_endian = bytes[0] == 'M';
  if (bytes[0] != bytes[1] || (bytes[0] != 'M' && bytes[0] != 'I')) return upright;
  if (number(bytes + 2, 2, is_big_endian) != 42) return upright;
  const size_t directory = number(bytes + 4, 4, is_big_endian);
  if (directory > count || count - directory < 2) return upright;
  const size_t entries = number(bytes + directory, 2, is_big_endian);
  for (size_t i = 0; i < entries; i++) {
    const size_t offset = directory + 2 + i * entry_bytes;
    if (offset > count || count - offset < entry_bytes) return upright;
    const uint8_t *entry = bytes + offset;
    if (number(entry, 2, is_big_endian) != orientation_tag) continue;
    // The standard wants two bytes; some programs write four.
    const uint32_t type = number(entry + 2, 2, is_big_endian);
    if (type != short_type && type != long_type) return upright;
    if (number(entry + 4, 4, is_big_endian) != 1) return upright;
    const uint32_t value = number(entry + 8, type == short_type ? 2 : 4, is_big_endian);
    return value >= 1 && value <= 8 ? (int)value : upright;
  }
  return upright;
}
