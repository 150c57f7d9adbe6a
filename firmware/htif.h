/* HTIF, the host-target interface of ordinary bare-metal RISC-V programs: console and exit code for `dojo run`.
   A program that links htif.c defines `int main(void)`, may use stdio, and ends with main's result as exit code. */

#ifndef DOJO_HTIF_H
#define DOJO_HTIF_H

/* Ends the program; `dojo run` ends with this exit code. */
void htif_exit(unsigned code) __attribute__((noreturn));

/* Writes one character to the console. */
void htif_put(char character);

#endif
