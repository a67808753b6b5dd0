#ifndef TANDEM_FETCH_H
#define TANDEM_FETCH_H

#include <stddef.h>
#include <stdint.h>

// Files fetched over HTTP by libcurl, whose options Swift cannot set: they are variadic.

typedef enum {
  tandem_fetch_done,
  // The server has answered with an error: http_status.
  tandem_fetch_refused,
  // The server cannot go on in the middle of a file.
  tandem_fetch_no_resuming,
  // More bytes come than the file has.
  tandem_fetch_too_long,
  // The sink has taken no more.
  tandem_fetch_sink_full,
  // The transfer was slow, or ended before its end: what has come may be gone on with.
  tandem_fetch_interrupted,
  // All else: no such host, no connection, a certificate that is not trusted. See `message`.
  tandem_fetch_failed,
} tandem_fetch_status;

typedef struct {
  const char *url;
  // Bytes that are there already.
  int64_t offset;
  // Bytes of the whole file.
  int64_t byte_count;
  long connect_seconds;
  // The transfer ends when less than one byte a second has come for so long.
  long stall_seconds;
} tandem_fetch_request;

typedef struct {
  tandem_fetch_status status;
  long http_status;
  // One line, in libcurl's words.
  char message[256];
} tandem_fetch_result;

// Takes the next bytes; anything but 0 ends the transfer.
typedef int (*tandem_fetch_sink)(void *context, const void *bytes, size_t count);

// Redirections are followed, to http and https only; the variables for proxies (https_proxy,
// no_proxy and so on) hold; certificates are verified. May be called by several threads at once.
tandem_fetch_result tandem_fetch(const tandem_fetch_request *request, tandem_fetch_sink sink,
                                 void *context);

#endif
