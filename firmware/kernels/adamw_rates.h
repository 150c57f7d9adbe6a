/* What host and nodes agree on for kernels/adamw.h. */

#ifndef DOJO_KERNELS_ADAMW_RATES_H
#define DOJO_KERNELS_ADAMW_RATES_H

/* Made by the host for each step t = 1, 2, ...: the corrections of the means' start are in it. */
struct adamw_rates {
  float factor; /* of all gradients: gradient_clip_factor, or 1 */
  float one_minus_beta_1;
  float one_minus_beta_2;
  float negative_step;   /* -rate / (1 - beta_1^t) */
  float root_correction; /* 1 / sqrt(1 - beta_2^t) */
  float epsilon;
  float negative_decay; /* -rate * weight decay */
};

#endif
