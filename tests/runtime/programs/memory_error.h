#ifndef DOJO_TEST_MEMORY_ERROR_H
#define DOJO_TEST_MEMORY_ERROR_H

/* Tasks of the program: which read meets an uncorrectable word. */
enum {
  MEMORY_ERROR_LOAD,           /* a load of hart 1, which takes the interrupt */
  MEMORY_ERROR_ATOMIC,         /* an atomic operation, the same */
  MEMORY_ERROR_FETCH,          /* an instruction, the same */
  MEMORY_ERROR_PULL,           /* a pull by node 0 from node 1; node 0 does not handle it */
  MEMORY_ERROR_PULL_HANDLED,   /* the same; node 0 takes the interrupt, and both go on */
  MEMORY_ERROR_PULL_THEN_LOAD, /* node 1 does not handle it and loads the word itself afterwards */
  MEMORY_ERROR_PUSH_HANDLED    /* a push by node 0 to node 1; both take the interrupt, and go on */
};

#endif
