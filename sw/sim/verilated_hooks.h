#pragma once
/* Included in front of Verilator's own run-time sources (compiler option -include), so that a failing assertion throws
   dojo::AssertionError instead of aborting the process, and nothing that a model prints reaches standard output. */

#ifndef VL_USER_STOP
#define VL_USER_STOP
#endif
#define VL_USER_FATAL
#define VL_USER_FINISH
#define VL_USER_WARN
#define VL_PRINTF dojo_verilated_print

#ifdef __cplusplus
extern "C" {
#endif
/** Receives all that Verilator's run-time library prints; see sw/sim/assertion.cpp. */
__attribute__((format(printf, 1, 2))) int dojo_verilated_print(const char* format, ...);
#ifdef __cplusplus
}
#endif
