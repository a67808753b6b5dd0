// The part of oneDNN that Tandem uses, in one vocabulary for the 2.x and 3.x C interfaces.
//
// 2.x passes memory descriptors by value and describes operations by structs; 3.x has handles and
// one creation function per primitive. Everything above this header sees handles only. Every
// function that can fail returns oneDNN's status, 0 for success; no exception passes it.
#ifndef TANDEM_CONEDNN_H
#define TANDEM_CONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ONEDNN_MAX_RANK 12

typedef struct onednn_descriptor_handle *onednn_descriptor;   // shape and format of a tensor
typedef struct onednn_operation_handle *onednn_operation;     // oneDNN's primitive descriptor
typedef struct onednn_primitive_handle *onednn_primitive;     // compiled code
typedef struct onednn_memory_handle *onednn_memory;           // descriptor + pointer
typedef struct onednn_stream_handle *onednn_stream;

// --- the library -------------------------------------------------------------------------------

void onednn_version(int *major, int *minor, int *patch);
const char *onednn_status_text(int status);
// The best instruction set that oneDNN found and may use, as the number that it has there.
int onednn_instruction_set(void);
// In oneDNN's words: "avx512_core_bf16".
const char *onednn_instruction_set_name(int instruction_set);
// Whether a set has AVX2, whether it has AVX-512, and whether it has instructions for bfloat16
// besides.
bool onednn_instruction_set_has_avx2(int instruction_set);
bool onednn_instruction_set_has_avx512(int instruction_set);
bool onednn_instruction_set_has_bfloat16(int instruction_set);
// Tiles of AMX, which multiply matrices of bfloat16.
bool onednn_instruction_set_has_amx(int instruction_set);
// The status for lack of memory.
bool onednn_is_out_of_memory(int status);
// Throws as oneDNN does, for tests of what becomes of it.
int onednn_raise(bool for_lack_of_memory);
// From here on oneDNN runs sequentially on the calling thread. Primitives split their work when
// they are created, so this comes before creating them, too.
void onednn_use_one_thread_here(void);
int onednn_stream_create(onednn_stream *stream);
void onednn_stream_destroy(onednn_stream stream);

// --- descriptors -------------------------------------------------------------------------------

typedef enum {
  onednn_format_any,           // lets the operation choose
  onednn_format_plain,         // row-major
  onednn_format_blocks_of_8,   // nChw8c: maps in blocks of channels, the last one filled up
  onednn_format_blocks_of_16,  // nChw16c
  onednn_format_image_lanes,   // Nchw16n: maps in blocks of 16 images, the last one filled up
} onednn_format;

typedef enum {
  onednn_float32,
  onednn_bfloat16,  // the upper half of a float32: 8 bits of mantissa, the first one implied
} onednn_element_type;

int onednn_descriptor_create(
    onednn_descriptor *out, int rank, const int64_t *dims, onednn_element_type type,
    onednn_format format);
// The window of `parent` that starts at `offsets`; fails where a blocked format cannot be cut
// there.
int onednn_descriptor_window(
    onednn_descriptor *out, onednn_descriptor parent, int rank, const int64_t *dims,
    const int64_t *offsets);
// The same format, which is neither a window nor one of oneDNN's own, for another shape of the same
// rank.
int onednn_descriptor_like(
    onednn_descriptor *out, onednn_descriptor model, const int64_t *dims);
void onednn_descriptor_destroy(onednn_descriptor descriptor);
bool onednn_descriptor_equal(onednn_descriptor a, onednn_descriptor b);
size_t onednn_descriptor_bytes(onednn_descriptor descriptor);
// Returns the rank and writes as many sizes.
int onednn_descriptor_shape(onednn_descriptor descriptor, int64_t *dims);
// Whether the format is left to the operation.
bool onednn_descriptor_is_any(onednn_descriptor descriptor);
// Of an argument that an operation has chosen; everything but bfloat16 counts as float32.
onednn_element_type onednn_descriptor_element_type(onednn_descriptor descriptor);
// How the channels of maps [N, C, H, W] are blocked: 1 for plain order, 8 or 16 for nChw8c and
// nChw16c, 0 for any other format.
int onednn_descriptor_channel_block(onednn_descriptor descriptor);

// Where the elements of a tensor are, in elements after its pointer. Of a window, that of its
// parent.
typedef struct {
  int rank;
  int64_t dims[ONEDNN_MAX_RANK];    // filled up to whole blocks
  int64_t strides[ONEDNN_MAX_RANK]; // from one block to the next of an axis
  int64_t offset;                   // of the first element
  // The blocks, without gaps inside, the last one innermost: nChw16c has one, of 16 along axis 1.
  int block_count;
  int64_t block_sizes[ONEDNN_MAX_RANK];
  int64_t block_axes[ONEDNN_MAX_RANK];
} onednn_layout;

// Fails for formats that are not made of strides and blocks and for elements that are neither
// float32 nor bfloat16.
int onednn_descriptor_layout(onednn_descriptor descriptor, onednn_layout *out);

// --- memory ------------------------------------------------------------------------------------

int onednn_memory_create(onednn_memory *out, onednn_descriptor descriptor, void *pointer);
int onednn_memory_set_pointer(onednn_memory memory, void *pointer);
void onednn_memory_destroy(onednn_memory memory);

// --- operations --------------------------------------------------------------------------------

typedef enum {
  onednn_activation_none,
  onednn_activation_relu,
  onednn_activation_tanh,
  onednn_activation_sigmoid
} onednn_activation;

typedef enum {
  onednn_pooling_max,
  onednn_pooling_average_include_padding,
  onednn_pooling_average_exclude_padding
} onednn_pooling;

// A sliding window over [H, W].
typedef struct {
  int64_t kernel[2];
  int64_t stride[2];
  int64_t padding_before[2];  // top, left
  int64_t padding_after[2];   // bottom, right
} onednn_window;

// Convolution. Weights are [O, I, KH, KW], with groups [G, O/G, I/G, KH, KW]. `bias` may be null.
int onednn_convolution_forward(
    onednn_operation *out, bool training, onednn_descriptor source, onednn_descriptor weights,
    onednn_descriptor bias, onednn_descriptor destination, onednn_window window,
    onednn_activation activation);
int onednn_convolution_backward_data(
    onednn_operation *out, onednn_descriptor source_gradient, onednn_descriptor weights,
    onednn_descriptor destination_gradient, onednn_window window, onednn_operation forward);
int onednn_convolution_backward_weights(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor weights_gradient,
    onednn_descriptor bias_gradient, onednn_descriptor destination_gradient, onednn_window window,
    onednn_operation forward);

// Dense layer: source [N, I], weights [O, I], destination [N, O]. `bias` may be null.
int onednn_dense_forward(
    onednn_operation *out, bool training, onednn_descriptor source, onednn_descriptor weights,
    onednn_descriptor bias, onednn_descriptor destination, onednn_activation activation);
int onednn_dense_backward_data(
    onednn_operation *out, onednn_descriptor source_gradient, onednn_descriptor weights,
    onednn_descriptor destination_gradient, onednn_operation forward);
int onednn_dense_backward_weights(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor weights_gradient,
    onednn_descriptor bias_gradient, onednn_descriptor destination_gradient,
    onednn_operation forward);

// product = aᵀ·b, or product += aᵀ·b if adding, with `product` [rows, columns], `a` [depth, rows]
// and `b` [depth, columns], all without gaps. At once, on the calling thread.
int onednn_transposed_product(
    float *product, const float *a, const float *b, int64_t rows, int64_t columns, int64_t depth,
    bool adding);

// Pooling. Max pooling in training writes the workspace that its backward reads.
int onednn_pooling_forward(
    onednn_operation *out, bool training, onednn_pooling kind, onednn_descriptor source,
    onednn_descriptor destination, onednn_window window);
int onednn_pooling_backward(
    onednn_operation *out, onednn_pooling kind, onednn_descriptor source_gradient,
    onednn_descriptor destination_gradient, onednn_window window, onednn_operation forward);

// Activations as layers of their own. Backward reads the output, not the input.
int onednn_activation_forward(
    onednn_operation *out, bool training, onednn_activation kind, onednn_descriptor data);
int onednn_activation_backward(
    onednn_operation *out, onednn_activation kind, onednn_descriptor gradient,
    onednn_descriptor data, onednn_operation forward);

// Batch normalization with scale and shift. Training computes mean and variance, or takes them and
// the running ones alike from the caller if `given_statistics`. With `relu` an activation follows,
// whose derivative backward applies too, by the workspace of the forward pass.
int onednn_batch_normalization_forward(
    onednn_operation *out, bool training, onednn_descriptor data, float epsilon,
    bool given_statistics, bool relu);
int onednn_batch_normalization_backward(
    onednn_operation *out, onednn_descriptor gradient, onednn_descriptor data, float epsilon,
    bool relu, onednn_operation forward);
// Whether that backward wants the shift as an argument, which nothing in it depends on: 2.x does,
// 3.x refuses it.
bool onednn_batch_normalization_backward_reads_shift(void);

// Softmax along `axis`. Backward reads the output.
int onednn_softmax_forward(
    onednn_operation *out, bool training, onednn_descriptor data, int axis);
int onednn_softmax_backward(
    onednn_operation *out, onednn_descriptor gradient, onednn_descriptor data, int axis,
    onednn_operation forward);

// Copies between formats. `adds` to what is in the destination instead of replacing it.
int onednn_reorder(
    onednn_operation *out, onednn_descriptor source, onednn_descriptor destination, bool adds);

// --- what an operation chose ---------------------------------------------------------------------

typedef enum {
  onednn_role_source,
  onednn_role_weights,
  onednn_role_destination,
  onednn_role_source_gradient,
  onednn_role_weights_gradient,
  onednn_role_destination_gradient,
  onednn_role_workspace,
  onednn_role_scratchpad
} onednn_role;

// A copy of the descriptor of one argument; null where the operation has no such argument.
int onednn_operation_descriptor(
    onednn_descriptor *out, onednn_operation operation, onednn_role role);
// oneDNN's name of the chosen implementation: "jit:avx512_core".
const char *onednn_operation_implementation(onednn_operation operation);
void onednn_operation_destroy(onednn_operation operation);

// --- execution -----------------------------------------------------------------------------------

typedef enum {
  onednn_argument_source,
  onednn_argument_weights,
  onednn_argument_bias,
  onednn_argument_destination,
  onednn_argument_source_gradient,
  onednn_argument_weights_gradient,
  onednn_argument_bias_gradient,
  onednn_argument_destination_gradient,
  onednn_argument_workspace,
  onednn_argument_scratchpad,
  onednn_argument_mean,
  onednn_argument_variance,
  onednn_argument_scale,
  onednn_argument_shift,
  onednn_argument_scale_gradient,
  onednn_argument_shift_gradient,
  onednn_argument_from,      // of a reorder
  onednn_argument_to,        // of a reorder
} onednn_argument_kind;

// Laid out as oneDNN's own argument list.
typedef struct {
  int kind;  // from onednn_argument()
  onednn_memory memory;
} onednn_argument;

// oneDNN's number of an argument.
int onednn_argument_number(onednn_argument_kind kind);

int onednn_primitive_create(onednn_primitive *out, onednn_operation operation);
void onednn_primitive_destroy(onednn_primitive primitive);
// - first: whether it runs for the first time, when it may still generate code.
int onednn_primitive_execute(
    onednn_primitive primitive, onednn_stream stream, int count, const onednn_argument *arguments,
    bool first);

#ifdef __cplusplus
}
#endif

#endif
