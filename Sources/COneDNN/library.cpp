// What is the same in oneDNN 2.x and 3.x: the library itself, streams, memory, execution.
#include <execinfo.h>
#include <pthread.h>
#include <sys/mman.h>

#include "internal.h"

// libgomp's; <omp.h> belongs to the compiler, not to the system.
extern "C" void omp_set_num_threads(int);

static_assert(sizeof(onednn_argument) == sizeof(dnnl_exec_arg_t), "argument layout");
static_assert(
    offsetof(onednn_argument, memory) == offsetof(dnnl_exec_arg_t, memory), "argument layout");

static dnnl_engine_t engine;
static int engine_status;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

// Whether so many bytes can be had.
static int check_room(size_t bytes) {
  void *room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return dnnl_out_of_memory;
  munmap(room, bytes);
  return dnnl_success;
}

static int try_create_engine(void) try {
  ONEDNN_TRY(check_room(64 << 20));
  // The first product generates the code of all others, 6 MiB of it, and does not look whether it
  // got them: here, before there are workers, nobody allocates at the same time. Vectors have code
  // of their own.
  const int64_t side = 16;
  float a[side * side] = {0}, b[side * side] = {0}, product[side * side];
  onednn_use_one_thread_here();
  ONEDNN_TRY(dnnl_sgemm('N', 'N', 1, side, side, 1.0f, a, side, b, side, 0.0f, product, side));
  ONEDNN_TRY(dnnl_sgemm('N', 'N', side, side, side, 1.0f, a, side, b, side, 0.0f, product, side));
  return dnnl_engine_create(&engine, dnnl_cpu, 0);
} ONEDNN_CATCH

static void create_engine(void) {
  // Loads what unwinding a thread's stack takes, at exceptions and when threads end: the C library
  // does so at the first need, and ends the process where there is no memory left by then.
  void *frame;
  backtrace(&frame, 1);
  engine_status = try_create_engine();
}

dnnl_engine_t onednn_engine(void) {
  pthread_once(&engine_once, create_engine);
  return engine;
}

int onednn_check_room(void) {
  onednn_engine();
  ONEDNN_TRY(engine_status);
  // Many times what the code of one primitive takes.
  return check_room(16 << 20);
}

int onednn_raise(bool for_lack_of_memory) try {
  if (for_lack_of_memory) throw std::bad_alloc();
  throw 1;
} ONEDNN_CATCH

void onednn_version(int *major, int *minor, int *patch) {
  const dnnl_version_t *version = dnnl_version();
  *major = version->major;
  *minor = version->minor;
  *patch = version->patch;
}

const char *onednn_status_text(int status) {
  switch (status) {
    case dnnl_success: return "success";
    case dnnl_out_of_memory: return "out of memory";
    case dnnl_invalid_arguments: return "invalid arguments";
    case dnnl_unimplemented: return "not implemented for these shapes on this machine";
    case dnnl_runtime_error: return "run-time error";
    case dnnl_not_required: return "argument not required";
    default: return "unknown status";
  }
}

bool onednn_is_out_of_memory(int status) { return status == dnnl_out_of_memory; }

// A set contains another where it has all of its bits.
static bool contains(int isa, int other) { return (isa & other) == other; }

const char *onednn_instruction_set_name(int isa) {
  // The numbers are those of oneDNN's headers. The newest headers have names for all of 3.x's,
  // older ones not, but the library that is loaded may be newer than its headers.
  static const struct {
    int isa;
    const char *name;
  } known[] = {
      {0x1, "sse41"},
      {0x3, "avx"},
      {0x7, "avx2"},
      {0x27, "avx512_core"},
      {0x67, "avx512_core_vnni"},
      {0xe7, "avx512_core_bf16"},
#if DNNL_VERSION_MAJOR < 3
      {0x407, "avx2_vnni"},
      {0x3e7, "avx512_core_amx"},
#else
      {0xf, "avx2_vnni"},
      {0x1f, "avx2_vnni_2"},
      // Also called avx10_1_512, avx10_1_512_amx and avx10_1_512_amx_fp16.
      {0x1ef, "avx512_core_fp16"},
      {0xfef, "avx512_core_amx"},
      {0x1fef, "avx512_core_amx_fp16"},
      // Also called avx10_2_512 and avx10_2_512_amx_2.
      {0x201ff, "avx10_2"},
      {0x22fff, "avx10_2_amx_2"},
#endif
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (known[i].isa == isa) return known[i].name;
  }
  if (contains(isa, dnnl_cpu_isa_avx512_core_bf16)) return "beyond avx512_core_bf16";
  return contains(isa, dnnl_cpu_isa_avx512_core) ? "beyond avx512_core" : "unknown";
}

int onednn_instruction_set(void) { return (int)dnnl_get_effective_cpu_isa(); }

bool onednn_instruction_set_has_avx2(int isa) { return contains(isa, dnnl_cpu_isa_avx2); }

bool onednn_instruction_set_has_avx512(int isa) { return contains(isa, dnnl_cpu_isa_avx512_core); }

bool onednn_instruction_set_has_bfloat16(int isa) {
  return contains(isa, dnnl_cpu_isa_avx512_core_bf16);
}

bool onednn_instruction_set_has_amx(int isa) {
  return contains(isa, dnnl_cpu_isa_avx512_core_amx);
}

void onednn_use_one_thread_here(void) { omp_set_num_threads(1); }

int onednn_stream_create(onednn_stream *stream) try {
  ONEDNN_TRY(onednn_check_room());
  return dnnl_stream_create((dnnl_stream_t *)stream, onednn_engine(), dnnl_stream_default_flags);
} ONEDNN_CATCH

void onednn_stream_destroy(onednn_stream stream) { dnnl_stream_destroy((dnnl_stream_t)stream); }

int onednn_memory_set_pointer(onednn_memory memory, void *pointer) try {
  return dnnl_memory_set_data_handle((dnnl_memory_t)memory, pointer);
} ONEDNN_CATCH

void onednn_memory_destroy(onednn_memory memory) { dnnl_memory_destroy((dnnl_memory_t)memory); }

int onednn_transposed_product(
    float *product, const float *a, const float *b, int64_t rows, int64_t columns, int64_t depth,
    bool adding) try {
  return dnnl_sgemm(
      'T', 'N', rows, columns, depth, 1.0f, a, rows, b, columns, adding ? 1.0f : 0.0f, product,
      columns);
} ONEDNN_CATCH

dnnl_alg_kind_t onednn_activation_algorithm(onednn_activation activation, bool reads_output) {
  switch (activation) {
    case onednn_activation_relu:
      return reads_output ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu;
    case onednn_activation_tanh:
      return reads_output ? dnnl_eltwise_tanh_use_dst_for_bwd : dnnl_eltwise_tanh;
    case onednn_activation_sigmoid:
      return reads_output ? dnnl_eltwise_logistic_use_dst_for_bwd : dnnl_eltwise_logistic;
    case onednn_activation_none: break;
  }
  return dnnl_alg_kind_undef;
}

dnnl_alg_kind_t onednn_pooling_algorithm(onednn_pooling kind) {
  switch (kind) {
    case onednn_pooling_max: return dnnl_pooling_max;
    case onednn_pooling_average_include_padding: return dnnl_pooling_avg_include_padding;
    case onednn_pooling_average_exclude_padding: return dnnl_pooling_avg_exclude_padding;
  }
  return dnnl_alg_kind_undef;
}

bool onednn_batch_normalization_backward_reads_shift(void) { return DNNL_VERSION_MAJOR < 3; }

dnnl_prop_kind_t onednn_direction(bool training) {
  return training ? dnnl_forward_training : dnnl_forward_inference;
}

int onednn_attributes(dnnl_primitive_attr_t *out, onednn_activation activation) try {
  ONEDNN_TRY(onednn_check_room());
  ONEDNN_TRY(dnnl_primitive_attr_create(out));
  int status = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
  if (status == dnnl_success && activation != onednn_activation_none) {
    dnnl_post_ops_t post_ops;
    status = dnnl_post_ops_create(&post_ops);
    if (status == dnnl_success) {
      status = onednn_append_activation(post_ops, onednn_activation_algorithm(activation, false));
      if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, post_ops);
      dnnl_post_ops_destroy(post_ops);
    }
  }
  if (status != dnnl_success) dnnl_primitive_attr_destroy(*out);
  return status;
} ONEDNN_CATCH

int onednn_reorder_attributes(dnnl_primitive_attr_t *out, bool adds) try {
  ONEDNN_TRY(onednn_attributes(out, onednn_activation_none));
  if (!adds) return dnnl_success;
  dnnl_post_ops_t post_ops;
  int status = dnnl_post_ops_create(&post_ops);
  if (status == dnnl_success) {
    status = onednn_append_sum(post_ops);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, post_ops);
    dnnl_post_ops_destroy(post_ops);
  }
  if (status != dnnl_success) dnnl_primitive_attr_destroy(*out);
  return status;
} ONEDNN_CATCH

dnnl_query_t onednn_query(onednn_role role) {
  switch (role) {
    case onednn_role_source: return dnnl_query_src_md;
    case onednn_role_weights: return dnnl_query_weights_md;
    case onednn_role_destination: return dnnl_query_dst_md;
    case onednn_role_source_gradient: return dnnl_query_diff_src_md;
    case onednn_role_weights_gradient: return dnnl_query_diff_weights_md;
    case onednn_role_destination_gradient: return dnnl_query_diff_dst_md;
    case onednn_role_workspace: return dnnl_query_workspace_md;
    case onednn_role_scratchpad: return dnnl_query_scratchpad_md;
  }
  return dnnl_query_undef;
}

void onednn_operation_destroy(onednn_operation operation) {
  dnnl_primitive_desc_destroy((dnnl_primitive_desc_t)operation);
}

const char *onednn_operation_implementation(onednn_operation operation) {
  const char *name = "unknown";
  dnnl_primitive_desc_query(
      (dnnl_primitive_desc_t)operation, dnnl_query_impl_info_str, 0, (void *)&name);
  return name;
}

int onednn_argument_number(onednn_argument_kind kind) {
  switch (kind) {
    case onednn_argument_source: return DNNL_ARG_SRC;
    case onednn_argument_weights: return DNNL_ARG_WEIGHTS;
    case onednn_argument_bias: return DNNL_ARG_BIAS;
    case onednn_argument_destination: return DNNL_ARG_DST;
    case onednn_argument_source_gradient: return DNNL_ARG_DIFF_SRC;
    case onednn_argument_weights_gradient: return DNNL_ARG_DIFF_WEIGHTS;
    case onednn_argument_bias_gradient: return DNNL_ARG_DIFF_BIAS;
    case onednn_argument_destination_gradient: return DNNL_ARG_DIFF_DST;
    case onednn_argument_workspace: return DNNL_ARG_WORKSPACE;
    case onednn_argument_scratchpad: return DNNL_ARG_SCRATCHPAD;
    case onednn_argument_mean: return DNNL_ARG_MEAN;
    case onednn_argument_variance: return DNNL_ARG_VARIANCE;
    case onednn_argument_scale: return DNNL_ARG_SCALE;
    case onednn_argument_shift: return DNNL_ARG_SHIFT;
    case onednn_argument_scale_gradient: return DNNL_ARG_DIFF_SCALE;
    case onednn_argument_shift_gradient: return DNNL_ARG_DIFF_SHIFT;
    case onednn_argument_from: return DNNL_ARG_FROM;
    case onednn_argument_to: return DNNL_ARG_TO;
  }
  return -1;
}

int onednn_primitive_create(onednn_primitive *out, onednn_operation operation) try {
  ONEDNN_TRY(onednn_check_room());
  return dnnl_primitive_create((dnnl_primitive_t *)out, (dnnl_primitive_desc_t)operation);
} ONEDNN_CATCH

void onednn_primitive_destroy(onednn_primitive primitive) {
  dnnl_primitive_destroy((dnnl_primitive_t)primitive);
}

int onednn_primitive_execute(
    onednn_primitive primitive, onednn_stream stream, int count, const onednn_argument *arguments,
    bool first) try {
  if (first) ONEDNN_TRY(onednn_check_room());
  return dnnl_primitive_execute(
      (dnnl_primitive_t)primitive, (dnnl_stream_t)stream, count,
      (const dnnl_exec_arg_t *)arguments);
} ONEDNN_CATCH
