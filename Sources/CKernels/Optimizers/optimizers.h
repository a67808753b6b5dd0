#ifndef TANDEM_OPTIMIZERS_OPTIMIZERS_H
#define TANDEM_OPTIMIZERS_OPTIMIZERS_H

#include <stdbool.h>
#include <stddef.h>

// One step of each optimizer over `count` consecutive elements. Element i of the parameters depends
// on element i of the gradients and of the state only, and every operation is rounded on its own
// (no fused multiply-add), so that the bits are the same however a range is cut among workers and
// whichever instruction set runs. The formulas are those of torch.optim 2.13, or of the paper for
// what it does not have; the scalars are computed in double by the caller and rounded once.

// parameters -= learning_rate · (gradients + weight_decay · parameters)
void tandem_sgd(float *restrict parameters, const float *restrict gradients, size_t count,
                float learning_rate, float weight_decay);

// The same through a velocity, v ← momentum · v + gradient; Nesterov's form looks one step ahead.
void tandem_sgd_momentum(float *restrict parameters, const float *restrict gradients,
                         float *restrict velocity, size_t count, float learning_rate,
                         float momentum, bool nesterov, float weight_decay);

// v ← momentum · v + local_rate · (gradients + weight_decay · parameters); parameters -= v.
void tandem_lars(float *restrict parameters, const float *restrict gradients,
                 float *restrict velocity, size_t count, float local_rate, float momentum,
                 float weight_decay);

// `learning_rate` is already decayed for this step.
void tandem_adagrad(float *restrict parameters, const float *restrict gradients,
                    float *restrict square_sum, size_t count, float learning_rate, float epsilon,
                    float weight_decay);

// The structs are not called as the functions: clang 21 crashes on a cloned function that shares
// its name with a struct.

// `velocity` is null without momentum; `average` is null when the second moment is not centered.
struct tandem_rmsprop_scalars {
  float learning_rate;
  float alpha;            // decay of the averages
  float one_minus_alpha;  // rounded from double: 1 - alpha in float would lose digits
  float epsilon;
  float momentum;
  float weight_decay;
};
void tandem_rmsprop(float *restrict parameters, const float *restrict gradients,
                    float *restrict square_average, float *restrict velocity,
                    float *restrict average, size_t count,
                    struct tandem_rmsprop_scalars scalars);

// Adam and AdamW: they differ in how the weights decay.
struct tandem_adam_scalars {
  float step_size;                       // learning rate / (1 - beta1^t)
  float inverse_root_bias_correction2;   // 1 / √(1 - beta2^t)
  float one_minus_beta1;
  float beta2;
  float one_minus_beta2;
  float epsilon;
  float weight_decay;     // Adam: added to the gradient, times the parameter
  float parameter_scale;  // AdamW: 1 - learning rate · weight decay; Adam: 1
};
void tandem_adam(float *restrict parameters, const float *restrict gradients,
                 float *restrict average, float *restrict square_average, size_t count,
                 struct tandem_adam_scalars scalars);

// Adam's step and the decay of the weights, which LAMB calls a direction: nothing is updated but,
// where `keeps`, the averages. `step_size` is 1 / (1 - beta1^t).
void tandem_lamb_direction(float *restrict direction, const float *restrict parameters,
                           const float *restrict gradients, float *restrict average,
                           float *restrict square_average, size_t count,
                           struct tandem_adam_scalars scalars, bool keeps);

struct tandem_adadelta_scalars {
  float learning_rate;
  float rho;            // decay of both averages
  float one_minus_rho;
  float epsilon;
  float weight_decay;
};
void tandem_adadelta(float *restrict parameters, const float *restrict gradients,
                     float *restrict square_average, float *restrict square_update, size_t count,
                     struct tandem_adadelta_scalars scalars);

#endif
