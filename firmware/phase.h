/* Phases of a program, named for traces (docs/tracing.md). Each call is one instruction that does nothing: `slti` with
   rd = x0, a HINT that the unprivileged specification leaves to custom use. */

#ifndef DOJO_PHASE_H
#define DOJO_PHASE_H

/* Immediates of the HINTs; rs1 of the first is the address of the name, that of the second is x0. */
#define DOJO_PHASE_BEGIN 0x501
#define DOJO_PHASE_END 0x502

#ifdef __riscv

#define DOJO_PHASE_STRING_(x) #x
#define DOJO_PHASE_STRING(x) DOJO_PHASE_STRING_(x)

/* A phase of this hart begins, inside those that have begun and not ended. The name ends with 0 and stays where it is
   while the instruction executes; traces show 47 characters of it. */
static inline void dojo_phase_begin(const char* name) {
  __asm__ volatile("slti x0, %0, " DOJO_PHASE_STRING(DOJO_PHASE_BEGIN)::"r"(name) : "memory");
}

/* The innermost phase of this hart ends. */
static inline void dojo_phase_end(void) {
  __asm__ volatile("slti x0, x0, " DOJO_PHASE_STRING(DOJO_PHASE_END)::: "memory");
}

#endif
#endif
