#include "CFetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

typedef struct {
  tandem_fetch_sink sink;
  void *context;
  int64_t left;
  tandem_fetch_status stopped;
} transfer;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode start;

static void start_curl(void) { start = curl_global_init(CURL_GLOBAL_DEFAULT); }

static size_t take(char *bytes, size_t size, size_t count, void *context) {
  transfer *to = context;
  const size_t length = size * count;
  if (length > (uint64_t)to->left) {
    to->stopped = tandem_fetch_too_long;
    return 0;
  }
  if (to->sink(to->context, bytes, length)) {
    to->stopped = tandem_fetch_sink_full;
    return 0;
  }
  to->left -= (int64_t)length;
  return length;
}

static void say(tandem_fetch_result *result, const char *text) {
  strncpy(result->message, text, sizeof result->message - 1);
  for (char *c = result->message; *c; c++) {
    if ((unsigned char)*c < ' ') *c = ' ';
  }
}

static tandem_fetch_status status_of(CURLcode code, const transfer *to) {
  switch (code) {
    case CURLE_OK: return to->left ? tandem_fetch_interrupted : tandem_fetch_done;
    case CURLE_HTTP_RETURNED_ERROR: return tandem_fetch_refused;
    case CURLE_RANGE_ERROR: return tandem_fetch_no_resuming;
    case CURLE_FILESIZE_EXCEEDED: return tandem_fetch_too_long;
    case CURLE_WRITE_ERROR: return to->stopped;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR: return tandem_fetch_interrupted;
    default: return tandem_fetch_failed;
  }
}

static void set_protocols(CURL *curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

tandem_fetch_result tandem_fetch(const tandem_fetch_request *request, tandem_fetch_sink sink,
                                 void *context) {
  tandem_fetch_result result = {.status = tandem_fetch_failed};
  pthread_once(&once, start_curl);
  CURL *curl = start ? NULL : curl_easy_init();
  if (!curl) {
    say(&result, "libcurl cannot start");
    return result;
  }
  transfer to = {sink, context, request->byte_count - request->offset, tandem_fetch_failed};
  char message[CURL_ERROR_SIZE] = "";
  set_protocols(curl);
  curl_easy_setopt(curl, CURLOPT_URL, request->url);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "tandem");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, request->connect_seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, request->stall_seconds);
  if (request->offset > 0) {
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)request->offset);
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &to);
  const CURLcode code = curl_easy_perform(curl);
  result.status = status_of(code, &to);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result.http_status);
  const int is_short = !code && to.left;
  say(&result, is_short ? "the file there is shorter"
                        : message[0] ? message : curl_easy_strerror(code));
  curl_easy_cleanup(curl);
  return result;
}
