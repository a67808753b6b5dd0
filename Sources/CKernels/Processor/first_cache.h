#ifndef TANDEM_PROCESSOR_FIRST_CACHE_H
#define TANDEM_PROCESSOR_FIRST_CACHE_H

#include <stddef.h>

// Bytes of a core's first data cache, 32 KiB where the system does not know.
size_t tandem_first_cache_bytes(void);

#endif
