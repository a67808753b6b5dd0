// What Tandem needs of MPI. The handles of mpi.h are macros with casts, which Swift does not see,
// so each call is wrapped here, and Swift only hands small structures from one to the other.
//
// All functions but tandem_mpi_abort return MPI's error code, MPI_SUCCESS (0) when all is well.
#ifndef TANDEM_OPEN_MPI_SHIM_H
#define TANDEM_OPEN_MPI_SHIM_H

#include <dlfcn.h>
#include <mpi.h>
#include <stddef.h>

typedef struct {
  MPI_Comm handle;
} tandem_mpi_communicator;

typedef struct {
  MPI_Request handle;
} tandem_mpi_request;

// Memory of several processes on one machine that all of them see.
typedef struct {
  MPI_Win handle;
} tandem_mpi_window;

// 16 elements: the unit in which ranges of elements are counted.
typedef struct {
  MPI_Datatype handle;
} tandem_mpi_line;

// Starts MPI for one thread, the calling one; `isEnough` tells whether the library grants that.
static inline int tandem_mpi_initialize(int *isEnough) {
  int provided = MPI_THREAD_SINGLE;
  int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  *isEnough = provided >= MPI_THREAD_FUNNELED;
  if (error != MPI_SUCCESS) return error;
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

static inline int tandem_mpi_finalize(void) { return MPI_Finalize(); }

// Ends all processes of the job.
static inline void tandem_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

// The text of an error code; `text` has room for `tandem_mpi_text_capacity` bytes.
enum { tandem_mpi_text_capacity = MPI_MAX_ERROR_STRING > MPI_MAX_PROCESSOR_NAME
                                      ? MPI_MAX_ERROR_STRING
                                      : MPI_MAX_PROCESSOR_NAME };
static inline int tandem_mpi_error_text(int error, char *text) {
  int length = 0;
  return MPI_Error_string(error, text, &length);
}

// "Open MPI v4.1.4, …"; `text` has room for `tandem_mpi_version_capacity` bytes.
enum { tandem_mpi_version_capacity = MPI_MAX_LIBRARY_VERSION_STRING };
static inline int tandem_mpi_library_version(char *text) {
  int length = 0;
  return MPI_Get_library_version(text, &length);
}

static inline int tandem_mpi_host_name(char *text) {
  int length = 0;
  return MPI_Get_processor_name(text, &length);
}

static inline int tandem_mpi_rank_and_size(int *rank, int *size) {
  int error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return error != MPI_SUCCESS ? error : MPI_Comm_size(MPI_COMM_WORLD, size);
}

// A communicator of all ranks, with messages of its own.
static inline int tandem_mpi_duplicate_world(tandem_mpi_communicator *communicator) {
  int error = MPI_Comm_dup(MPI_COMM_WORLD, &communicator->handle);
  if (error != MPI_SUCCESS) return error;
  return MPI_Comm_set_errhandler(communicator->handle, MPI_ERRORS_RETURN);
}

// The lowest of the ranks with which the calling one shares memory, itself included.
static inline int tandem_mpi_lowest_neighbour(int *lowest) {
  int rank = 0;
  MPI_Comm neighbours = MPI_COMM_NULL;
  int error = MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (error != MPI_SUCCESS) return error;
  error = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &neighbours);
  if (error != MPI_SUCCESS) return error;
  error = MPI_Allreduce(&rank, lowest, 1, MPI_INT, MPI_MIN, neighbours);
  if (error != MPI_SUCCESS) return error;
  return MPI_Comm_free(&neighbours);
}

static inline int tandem_mpi_make_line(int bytes, tandem_mpi_line *line) {
  int error = MPI_Type_contiguous(bytes, MPI_BYTE, &line->handle);
  return error != MPI_SUCCESS ? error : MPI_Type_commit(&line->handle);
}

// Counts and offsets are in lines; the four arrays must stay as they are until the request is done.
static inline int tandem_mpi_start_all_to_all(
    tandem_mpi_communicator communicator, tandem_mpi_line line, const void *source,
    const int *sendCounts, const int *sendOffsets, void *destination, const int *receiveCounts,
    const int *receiveOffsets, tandem_mpi_request *request) {
  return MPI_Ialltoallv(source, sendCounts, sendOffsets, line.handle, destination, receiveCounts,
                        receiveOffsets, line.handle, communicator.handle, &request->handle);
}

// In place: the calling rank's part is where the others will have it.
static inline int tandem_mpi_start_all_gather_lines(
    tandem_mpi_communicator communicator, tandem_mpi_line line, void *elements, const int *counts,
    const int *offsets, tandem_mpi_request *request) {
  return MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, elements, counts, offsets,
                         line.handle, communicator.handle, &request->handle);
}

static inline int tandem_mpi_start_all_gather_bytes(
    tandem_mpi_communicator communicator, const void *own, void *all, int count,
    tandem_mpi_request *request) {
  return MPI_Iallgather(own, count, MPI_BYTE, all, count, MPI_BYTE, communicator.handle,
                        &request->handle);
}

static inline int tandem_mpi_start_broadcast(
    tandem_mpi_communicator communicator, void *bytes, int count, int root,
    tandem_mpi_request *request) {
  return MPI_Ibcast(bytes, count, MPI_BYTE, root, communicator.handle, &request->handle);
}

static inline int tandem_mpi_start_barrier(
    tandem_mpi_communicator communicator, tandem_mpi_request *request) {
  return MPI_Ibarrier(communicator.handle, &request->handle);
}

// Makes memory that all ranks of a communicator see, `bytes` for the calling one, and opens it for
// loads and stores until it is freed. All ranks have to be on one machine.
static inline int tandem_mpi_share_memory(
    tandem_mpi_communicator communicator, size_t bytes, tandem_mpi_window *window) {
  void *base = NULL;
  MPI_Info info = MPI_INFO_NULL;
  int error = MPI_Info_create(&info);
  if (error != MPI_SUCCESS) return error;
  // Each part starts at a page.
  error = MPI_Info_set(info, "alloc_shared_noncontig", "true");
  if (error == MPI_SUCCESS)
    error = MPI_Win_allocate_shared((MPI_Aint)bytes, 1, info, communicator.handle, &base,
                                    &window->handle);
  MPI_Info_free(&info);
  if (error != MPI_SUCCESS) return error;
  error = MPI_Win_set_errhandler(window->handle, MPI_ERRORS_RETURN);
  return error != MPI_SUCCESS ? error : MPI_Win_lock_all(MPI_MODE_NOCHECK, window->handle);
}

// Where a rank's part of shared memory is, as the calling process sees it.
static inline int tandem_mpi_shared_base(tandem_mpi_window window, int rank, void **base) {
  MPI_Aint bytes = 0;
  int unit = 0;
  return MPI_Win_shared_query(window.handle, rank, &bytes, &unit, base);
}

// Orders the calling process's loads and stores of shared memory before and after this.
static inline int tandem_mpi_synchronize(tandem_mpi_window window) {
  return MPI_Win_sync(window.handle);
}

static inline int tandem_mpi_free_shared_memory(tandem_mpi_window *window) {
  int error = MPI_Win_unlock_all(window->handle);
  return error != MPI_SUCCESS ? error : MPI_Win_free(&window->handle);
}

// Adds up floats of all ranks in place, in an order that the library chooses.
static inline int tandem_mpi_all_reduce(
    tandem_mpi_communicator communicator, float *floats, int count) {
  return MPI_Allreduce(MPI_IN_PLACE, floats, count, MPI_FLOAT, MPI_SUM, communicator.handle);
}

// Starts a message of bytes to one rank, which must stay as they are until the request is done.
static inline int tandem_mpi_start_send(
    tandem_mpi_communicator communicator, const void *bytes, int count, int receiver, int tag,
    tandem_mpi_request *request) {
  return MPI_Isend(bytes, count, MPI_BYTE, receiver, tag, communicator.handle, &request->handle);
}

// Whether a message has come, from whom, with which tag and how many bytes.
static inline int tandem_mpi_probe(
    tandem_mpi_communicator communicator, int *hasCome, int *sender, int *tag, int *count) {
  MPI_Status status;
  int error = MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, communicator.handle, hasCome, &status);
  if (error != MPI_SUCCESS || !*hasCome) return error;
  *sender = status.MPI_SOURCE;
  *tag = status.MPI_TAG;
  return MPI_Get_count(&status, MPI_BYTE, count);
}

// Receives a message that has come.
static inline int tandem_mpi_receive(
    tandem_mpi_communicator communicator, void *bytes, int count, int sender, int tag) {
  return MPI_Recv(bytes, count, MPI_BYTE, sender, tag, communicator.handle, MPI_STATUS_IGNORE);
}

// Tells the launcher that this process ends in good order, without the other ranks: leaving MPI in
// the ordinary way would wait for them. Whether that was possible; nothing of MPI may be called
// afterwards.
static inline int tandem_mpi_leave(void) {
  int (*isStarted)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "PMIx_Initialized");
  int (*end)(const void *, size_t) =
      (int (*)(const void *, size_t))dlsym(RTLD_DEFAULT, "PMIx_Finalize");
  if (isStarted == NULL || end == NULL) return 0;
  // The library counts how often it was started.
  for (int count = 0; count < 8 && isStarted(); count++) end(NULL, 0);
  return !isStarted();
}

// Moves all requests on; `isDone` tells whether this one is over, and it is used up then.
static inline int tandem_mpi_test(tandem_mpi_request *request, int *isDone) {
  return MPI_Test(&request->handle, isDone, MPI_STATUS_IGNORE);
}

#endif
