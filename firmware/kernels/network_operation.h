/* What the program network does in a step: a list of operations that the host has planned and written into the node's
   SRAM (sw/network/nodes). All four harts go through the same list; what is done by all of them is divided among them,
   everything else is hart 0's. An operation takes a line; its numbers are 32 bits, as are addresses in the node. */

#ifndef DOJO_KERNELS_NETWORK_OPERATION_H
#define DOJO_KERNELS_NETWORK_OPERATION_H

#include <stdint.h>

/* All are 0 between steps. */
enum network_semaphore {
  NETWORK_SEMAPHORE_MATRIX,    /* products finished; they finish in the order in which they were issued */
  NETWORK_SEMAPHORE_SENT,      /* transfers read */
  NETWORK_SEMAPHORE_GRADIENTS, /* contributions of peers */
  NETWORK_SEMAPHORE_WEIGHTS,   /* parameters from their owners */
  NETWORK_SEMAPHORE_ARRIVED,   /* harts at the barrier */
  NETWORK_SEMAPHORE_RELEASED,  /* the first of three: harts 1, 2, 3 go on */
  NETWORK_SEMAPHORE_SQUARES = NETWORK_SEMAPHORE_RELEASED + 3, /* sums of squares of peers */
  NETWORK_SEMAPHORE_READY,                                    /* peers that take contributions to the next sum */
  NETWORK_SEMAPHORE_FORWARD,                                  /* activations from the part before in a pipeline */
  NETWORK_SEMAPHORE_BACKWARD,                                 /* gradients from the part behind */
  NETWORK_SEMAPHORE_STATE,                                    /* parts of the owned parameters from DRAM */
  NETWORK_SEMAPHORE_ATTENTION = 16,                           /* three for each hart: kernels/attention.h */
  NETWORK_SEMAPHORE_PARTIALS = 28                             /* the first of four: partial results of other groups */
};

enum network_kind {
  NETWORK_END,
  NETWORK_BARRIER,       /* of the four harts */
  NETWORK_PRODUCT,       /* issues a descriptor of the matrix unit: place.address */
  NETWORK_TRANSFERS,     /* issues a list of the transfer engine: place.address */
  NETWORK_WAIT,          /* until wait.semaphore is at least wait.amount */
  NETWORK_BIAS,          /* bias; by all harts, as all that follow */
  NETWORK_MASK,          /* mask */
  NETWORK_MAX_POOL,      /* pool */
  NETWORK_MAX_POOL_BACK, /* pool */
  NETWORK_MEAN_POOL,     /* pool */
  NETWORK_MEAN_POOL_BACK,
  NETWORK_PAIRS, /* pairs: bias, ReLU and 2x2 max pooling at once */
  NETWORK_PAIRS_BACK,
  NETWORK_FLATTEN,   /* flatten: images to rows of a matrix */
  NETWORK_UNFLATTEN, /* back */
  NETWORK_TURN_WEIGHTS,
  NETWORK_QUANTIZE, /* quantize */
  NETWORK_DROPOUT,  /* dropout */
  NETWORK_CROSS_ENTROPY,
  NETWORK_BINARY_CROSS_ENTROPY,
  NETWORK_SPREAD, /* spread: gradient of the result of a convolution with a stride */
  NETWORK_ADD,
  NETWORK_ROUND, /* values: FP32 to BF16 */
  NETWORK_ROW_BIAS,
  NETWORK_GELU,      /* values, in BF16 */
  NETWORK_GELU_BACK, /* values */
  NETWORK_NORM,
  NETWORK_NORM_BACK, /* norm */
  NETWORK_JOIN,      /* values, in FP32: sum of a part by each hart */
  NETWORK_EMBEDDING,
  NETWORK_EMBEDDING_BACK, /* embedding */
  NETWORK_ATTENTION,
  NETWORK_ATTENTION_BACK, /* attention */
  NETWORK_PARTIALS,       /* partials: sum of the groups' partial results */
  NETWORK_READY,          /* hart 0 tells all other nodes that contributions to the next sum may come */
  NETWORK_SUM,
  NETWORK_SQUARES,
  NETWORK_UPDATE
};

struct network_place {
  uint32_t address;
};

struct network_wait {
  uint32_t semaphore;
  uint32_t amount;
};

enum network_bias_form {
  NETWORK_BIAS_FP32,     /* result in FP32 */
  NETWORK_BIAS_BF16,     /* in BF16 */
  NETWORK_BIAS_RELU_BF16 /* max(result, +0) in BF16 */
};

/* d = x + bias, by rows of tiles. Harts take whole units of rows, the last one also what is left. */
struct network_bias {
  uint32_t form;
  uint32_t rows; /* of tiles */
  uint32_t columns;
  uint32_t units;
  uint32_t unit; /* rows of tiles */
  uint32_t x;    /* FP32 */
  uint32_t bias; /* FP32 tiles of which every row is the bias */
  uint32_t d;
};

/* Gradient of an image or matrix, in place: +0 where the output of ReLU is not positive, and behind the width. */
struct network_mask {
  uint32_t gradient;
  uint32_t output;  /* 0: no ReLU */
  uint32_t width;   /* pixels of a row */
  uint32_t rows;    /* of pixels */
  uint32_t columns; /* of tiles: channels / 8 */
};

/* Pooling of one image without padding, whose windows do not overlap. */
struct network_pool {
  uint32_t width;
  uint32_t height;
  uint32_t channel_tiles;
  uint32_t window;
  uint32_t stride;
  uint32_t inner;  /* image, or its gradient */
  uint32_t outer;  /* result, or its gradient */
  uint32_t places; /* of maxima */
  uint32_t output; /* back: gradient +0 where this result, behind ReLU, is not positive; 0: as it is */
};

/* Of one image: kernels/pooling_pairs.h. */
struct network_pairs {
  uint32_t width; /* before pooling */
  uint32_t rows;  /* behind it */
  uint32_t channel_tiles;
  uint32_t inner; /* result of the convolution in FP32; back: its gradient in BF16 */
  uint32_t bias;  /* FP32 tiles of which every row is the bias */
  uint32_t outer; /* pooled image, or its gradient */
  uint32_t winners;
  uint32_t output; /* back: pooled image */
};

/* Samples as images, and as rows of a matrix in the order row, column, channel. */
struct network_flatten {
  uint32_t samples;
  uint32_t width;
  uint32_t height;
  uint32_t channel_tiles;
  uint32_t image;
  uint32_t image_bytes; /* from an image to the next */
  uint32_t matrix;
};

struct network_turn {
  uint32_t places; /* of the kernel */
  uint32_t channel_tiles;
  uint32_t output_tiles;
  uint32_t tile_bytes;
  uint32_t weights;
  uint32_t turned;
};

/* A copy of BF16 tiles in CFloat8. */
struct network_quantize {
  uint32_t tiles;
  uint32_t x;
  uint32_t d;
  uint32_t control; /* of the conversion: dojo_cfloat8_control */
  uint32_t largest; /* a line for each hart: the largest magnitudes, BF16, of x and of what they were before */
  uint32_t tensor;  /* another number for each operation of a step, of bit 31 clear: random numbers depend on it */
};

/* BF16 tiles, in place; of a gradient, too: kernels/dropout.h. */
struct network_dropout {
  uint32_t tiles;
  uint32_t x;
  uint32_t layer;       /* another mask for each number */
  uint32_t first;       /* number of the first value among those of the node */
  uint32_t node_values; /* of the layer */
  uint32_t threshold;
  uint32_t scale; /* bits of FP32 */
};

struct network_cross_entropy {
  uint32_t rows; /* of tiles */
  uint32_t classes;
  uint32_t logits;
  uint32_t labels; /* 32 bits for each row */
  uint32_t losses;
  uint32_t gradient; /* BF16 */
};

/* Images of logits and, in the same places, targets; BINARY_CROSS_ENTROPY_NO_TARGET where there is none. */
struct network_binary_cross_entropy {
  uint32_t tiles;
  uint32_t logits;
  uint32_t targets; /* FP32, as the next one */
  uint32_t losses;
  uint32_t gradient; /* BF16 */
};

/* Pixel (x, y) of an image becomes pixel (x * stride, y * stride) of a larger one; the others stay as they are. */
struct network_spread {
  uint32_t width;
  uint32_t height;
  uint32_t channel_tiles;
  uint32_t stride;
  uint32_t gradient;
  uint32_t spread;
};

/* Rows of matrices, of whole tiles by rows, are in networks of sequences. */

/* d = a + b, d in FP32. */
struct network_add {
  uint32_t tiles;
  uint32_t a;
  uint32_t a_fp32; /* 0: BF16 */
  uint32_t b;      /* 0: nothing is added */
  uint32_t b_fp32;
  uint32_t d;
};

/* d is a function of x, and of its own gradient. */
struct network_values {
  uint32_t tiles;
  uint32_t x;
  uint32_t gradient;
  uint32_t d;
};

/* d = x + bias, some columns of a matrix. */
struct network_row_bias {
  uint32_t rows; /* of tiles, as columns */
  uint32_t columns;
  uint32_t x;    /* FP32, of these columns only */
  uint32_t bias; /* FP32 tiles of which every row is the bias */
  uint32_t d;
  uint32_t d_columns; /* of the whole matrix */
  uint32_t d_fp32;    /* 0: BF16 */
};

/* Layer norm: kernels/layer_norm.h. */
struct network_norm {
  uint32_t rows; /* of tiles, as columns */
  uint32_t columns;
  uint32_t epsilon; /* bits of FP32 */
  uint32_t x;
  uint32_t gain;
  uint32_t bias;
  uint32_t statistics;
  uint32_t y;        /* back: gradient of x in BF16 */
  uint32_t gradient; /* back: of y in FP32 */
  uint32_t parts;    /* back: gradients of gain and bias, of each hart */
};

struct network_embedding {
  uint32_t rows;    /* of tiles: tokens / 8 */
  uint32_t columns; /* of tiles */
  uint32_t numbers; /* of the tokens, 32 bits */
  uint32_t values;  /* BF16 rows; back: their gradient */
  uint32_t table;   /* BF16; back: its gradient in FP32 */
  uint32_t table_rows;
};

/* All heads: kernels/attention_arguments.h. Sizes are in tiles. */
struct network_attention {
  uint32_t heads;
  uint32_t rows;
  uint32_t depth; /* of a head */
  uint32_t causal;
  uint32_t scale; /* bits of FP32 */
  uint32_t qkv;
  uint32_t output;
  uint32_t statistics;
  uint32_t room;
  uint32_t gradient; /* back, as what follows */
  uint32_t qkv_gradient;
  uint32_t score_gradients;
  uint32_t differences;
};

/* d = the sum of the partial results of all groups that share the channels of a network, in their order. */
struct network_partials {
  uint32_t tiles;
  uint32_t groups;
  uint32_t group; /* the own one */
  uint32_t bf16;  /* partial results and sum; 0: FP32 */
  uint32_t own;
  uint32_t receive; /* a slot for each other group */
  uint32_t slot_bytes;
  uint32_t d; /* may be the own ones */
};

/* sum = the nodes' gradients of the tiles that this node owns. */
struct network_sum {
  uint32_t tiles;
  uint32_t adds;     /* to what is there */
  uint32_t gradient; /* the own contribution */
  uint32_t receive;  /* a slot for each peer */
  uint32_t slot_bytes;
  uint32_t sum;
};

/* Sums of the squares of owned gradients. */
struct network_squares {
  uint32_t tiles;
  uint32_t weight_tiles; /* the first ones; the others are biases, each of which is there eight times */
  uint32_t sum;
  uint32_t squares; /* the node's line, in it a number for each hart */
  uint32_t less;    /* they are taken off what is there */
};

/* Updates owned tiles that are neighbours among all parameters. */
struct network_update {
  uint32_t adamw; /* 0: SGD with momentum */
  uint32_t first; /* of the owned tiles among all parameters */
  uint32_t tiles;
  uint32_t weight_tiles; /* of all parameters, the first ones; the others are biases */
  uint32_t sum;          /* gradients of the owned tiles; parameters and moments are FP32, too */
  uint32_t parameters;
  uint32_t moments[2]; /* velocity; or means of gradients and of their squares */
  uint32_t weights;    /* BF16 or CFloat8, of all */
  uint32_t biases;     /* FP32, of all */
  uint32_t squares;    /* lines of all nodes; 0: gradients are not clipped */
  uint32_t nodes;
  uint32_t controls; /* 32 bits for each tile of weights: dojo_cfloat8_control; 0: BF16 */
};

struct __attribute__((aligned(64))) network_operation {
  uint32_t kind;
  union {
    struct network_place place;
    struct network_wait wait;
    struct network_bias bias;
    struct network_mask mask;
    struct network_pool pool;
    struct network_pairs pairs;
    struct network_flatten flatten;
    struct network_turn turn;
    struct network_quantize quantize;
    struct network_dropout dropout;
    struct network_cross_entropy cross_entropy;
    struct network_binary_cross_entropy binary_cross_entropy;
    struct network_spread spread;
    struct network_add add;
    struct network_values values;
    struct network_row_bias row_bias;
    struct network_norm norm;
    struct network_embedding embedding;
    struct network_attention attention;
    struct network_partials partials;
    struct network_sum sum;
    struct network_squares squares;
    struct network_update update;
  };
};

/* Launch arguments; numbers are bits of FP32. */
enum network_argument {
  NETWORK_ARGUMENT_OPERATIONS, /* address of the list */
  NETWORK_ARGUMENT_SCALE,      /* of the loss' gradient: 1 / samples of the batch */
  NETWORK_ARGUMENT_CLIP,       /* largest norm of the gradients; infinity: any */
  NETWORK_ARGUMENT_DECAY,      /* SGD: the weights' part of the gradient; AdamW: struct adamw_rates, as what follows */
  NETWORK_ARGUMENT_NEGATIVE_RATE, /* AdamW: negative_step */
  NETWORK_ARGUMENT_MOMENTUM,      /* SGD */
  NETWORK_ARGUMENT_ONE_MINUS_BETA_1,
  NETWORK_ARGUMENT_ONE_MINUS_BETA_2,
  NETWORK_ARGUMENT_ROOT_CORRECTION,
  NETWORK_ARGUMENT_EPSILON,
  NETWORK_ARGUMENT_SEED, /* 64 bits, of stochastic rounding and dropout in this launch */
  NETWORK_ARGUMENTS
};

#endif
