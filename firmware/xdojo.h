/* Xdojo from C (docs/isa.md): descriptors to the units, semaphores, counters. */

#ifndef XDOJO_H
#define XDOJO_H

#include <stdint.h>

#include "dojo_hw.h"

#define XDOJO_STRING_(x) #x
#define XDOJO_STRING(x) XDOJO_STRING_(x)

/* An R-type instruction with rd = x0. */
#define XDOJO_R_TYPE(funct3, funct7, operands) \
  ".insn r " XDOJO_STRING(DOJO_OPCODE) ", " XDOJO_STRING(funct3) ", " XDOJO_STRING(funct7) ", x0, " operands

/* For debuggers and whatever else asks for source lines, these functions are part of the line that calls them. */
#ifdef __clang__
#define XDOJO_INLINE static inline __attribute__((nodebug))
#else
#define XDOJO_INLINE static inline __attribute__((artificial))
#endif

/* The memory clobber keeps stores into the descriptor before the instruction. */
#define XDOJO_ISSUE(unit, descriptor) \
  __asm__ volatile(XDOJO_R_TYPE(DOJO_ISSUE_FUNCT3, unit, "%0, x0")::"r"(descriptor) : "memory")

/* Queue a descriptor; it and its inputs stay untouched until its semaphore has counted. The hart waits while the queue
 * is full. */
XDOJO_INLINE void dojo_issue_matrix(const dojo_matrix_descriptor_t* descriptor) {
  XDOJO_ISSUE(DOJO_UNIT_MATRIX, descriptor);
}

XDOJO_INLINE void dojo_issue_transfer(const dojo_transfer_descriptor_t* descriptor) {
  XDOJO_ISSUE(DOJO_UNIT_TRANSFER, descriptor);
}

/* The same on a channel of the transfer engine, 0 to 3; dojo_issue_transfer uses channel 0. Lists of a channel run one
   after the other, channels side by side. */
XDOJO_INLINE void dojo_issue_transfer_on(uint32_t channel, const dojo_transfer_descriptor_t* descriptor) {
  XDOJO_ISSUE(DOJO_UNIT_TRANSFER, (uint64_t)descriptor + channel);
}

/* Sleeps until semaphore `id` of this node is at least `amount`, then subtracts it. */
XDOJO_INLINE void dojo_semaphore_wait(uint32_t id, uint32_t amount) {
  __asm__ volatile(XDOJO_R_TYPE(DOJO_SEM_WAIT_FUNCT3, DOJO_SEM_WAIT_FUNCT7, "%0, %1")::"r"((uint64_t)id),
                   "r"((uint64_t)amount)
                   : "memory");
}

/* Adds to a semaphore of this node, after all earlier loads and stores of this hart. */
XDOJO_INLINE void dojo_semaphore_add(uint32_t id, uint32_t amount) {
  __asm__ volatile("" ::: "memory");
  *(volatile uint64_t*)DOJO_SEMAPHORE_VALUE((uint64_t)id) = amount;
}

/* The same at a remote node; posted. `node_high`: bits 63:32 of the node's global addresses. */
XDOJO_INLINE void dojo_semaphore_add_remote(uint32_t node_high, uint32_t id, uint32_t amount) {
  __asm__ volatile("" ::: "memory");
  *(volatile uint64_t*)(((uint64_t)node_high << 32) | DOJO_SEMAPHORE_VALUE((uint64_t)id)) = amount;
}

/* An arrival at the barrier of a tree that the host has laid through this node (register `tree`), after all earlier
   loads and stores of this hart. */
XDOJO_INLINE void dojo_tree_arrive(uint32_t tree) {
  __asm__ volatile("" ::: "memory");
  *(volatile uint64_t*)DOJO_CONTROL_TREE_ARRIVE = tree;
}

/* Returns when all have arrived; `semaphore` is the tree's. Several harts of a node take turns between two trees with
   semaphores of their own, from one barrier to the next: the first to wake would else take what the next barrier of the
   same tree counts for another. Remote stores that were made before need not have arrived anywhere. */
XDOJO_INLINE void dojo_tree_barrier(uint32_t tree, uint32_t semaphore) {
  dojo_tree_arrive(tree);
  dojo_semaphore_wait(semaphore, 1);
}

/* In assembly, as clang makes a 4-byte load, which the register refuses, of a volatile 8-byte one cut to 32 bits. */
XDOJO_INLINE uint32_t dojo_semaphore_value(uint32_t id) {
  uint64_t value;
  __asm__ volatile("ld %0, 0(%1)" : "=r"(value) : "r"(DOJO_SEMAPHORE_VALUE((uint64_t)id)) : "memory");
  return (uint32_t)value;
}

/* Reads the CSR of that number (a constant): DOJO_CSR_CYCLE, or DOJO_CSR_MHPMCOUNTER3 + DOJO_COUNTER_... */
#define dojo_csr_read(number)                                             \
  ({                                                                      \
    uint64_t dojo_csr_value;                                              \
    __asm__ volatile("csrr %0, %1" : "=r"(dojo_csr_value) : "i"(number)); \
    dojo_csr_value;                                                       \
  })

#endif
