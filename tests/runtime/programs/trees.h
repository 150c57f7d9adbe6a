/* What tests/runtime/programs/trees.c does. */

#ifndef TREES_H
#define TREES_H

enum {
  TREES_PUSH,    /* issues the pushes of a plan, and waits until they are read and as many as it says have arrived */
  TREES_STORE,   /* node args[4] stores a double word and a byte, and adds to a semaphore, in all nodes of a tree */
  TREES_BARRIER, /* passes barriers */
  TREES_JOIN     /* arrives at barriers; the root waits for them */
};

enum { TREES_SEM_READ = 9, TREES_SEM_ARRIVED, TREES_SEM_STORED, TREES_SEM_BARRIER, TREES_SEM_OTHER_BARRIER };
enum { TREES_MOST_PUSHES = 4 };
#define TREES_STORED 0x8877665544332211u

/* A push; on a channel of its own. */
typedef struct {
  unsigned tree;
  unsigned mode;
  unsigned lines;
  unsigned from;
  unsigned to;
} trees_push_t;

/* What one node is to do; at the same address on every node. */
typedef struct {
  unsigned pushes;
  unsigned arrivals;
  trees_push_t push[TREES_MOST_PUSHES];
} trees_plan_t;

#endif
