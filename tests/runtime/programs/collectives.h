/* What tests/runtime/programs/collectives.c does. */

#ifndef COLLECTIVES_H
#define COLLECTIVES_H

enum {
  COLLECTIVES_PUSH, /* issues the pushes of a plan, and waits until they are read and as many as it says have arrived */
  COLLECTIVES_STORE, /* node args[4] stores a double word and a byte, and adds to a semaphore, in all nodes of a tree */
  COLLECTIVES_BARRIER, /* passes barriers */
  COLLECTIVES_JOIN     /* arrives at barriers; the root waits for them */
};

enum {
  COLLECTIVES_SEM_READ = 9,
  COLLECTIVES_SEM_ARRIVED,
  COLLECTIVES_SEM_STORED,
  COLLECTIVES_SEM_BARRIER,
  COLLECTIVES_SEM_OTHER_BARRIER
};
enum { COLLECTIVES_MOST_PUSHES = 4 };
#define COLLECTIVES_STORED 0x8877665544332211u

/* Pushes follow one another on one channel: so trees that overlap are used in the same order on all nodes. */
typedef struct {
  unsigned tree;
  unsigned mode;
  unsigned lines;
  unsigned from;
  unsigned to;
} collectives_push_t;

/* What one node is to do; at the same address on every node. */
typedef struct {
  unsigned pushes;
  unsigned arrivals;
  collectives_push_t push[COLLECTIVES_MOST_PUSHES];
} collectives_plan_t;

#endif
