#!/usr/bin/python3
"""call_collector.py MODEL_SOURCE PREFIX [--refuse-snapshots]: lets the Verilated model hand its counts to collect.cpp when it ends.

--refuse-snapshots: its state can be neither saved nor restored; code that would do it compiles, and throws.
"""

import pathlib
import sys

REFUSAL = """
#include <stdexcept>
#include "verilated_save.h"
inline VerilatedSerialize& operator<<(VerilatedSerialize&, {prefix}&) {{ throw std::runtime_error("builds for coverage have no snapshots"); }}
inline VerilatedDeserialize& operator>>(VerilatedDeserialize&, {prefix}&) {{ throw std::runtime_error("builds for coverage have no snapshots"); }}
"""


def main():
    path, prefix = pathlib.Path(sys.argv[1]), sys.argv[2]
    text = path.read_text()
    destructor = f"{prefix}::~{prefix}() {{\n"
    if text.count(destructor) != 1:
        print(f"{path}: {prefix} has no destructor to call the collector in", file=sys.stderr)
        return 1
    declaration = "namespace dojo::tb { void collect_coverage(VerilatedContext& context); }\n"
    path.write_text(text.replace(destructor, f"{declaration}{destructor}    dojo::tb::collect_coverage(*contextp());\n"))
    if "--refuse-snapshots" in sys.argv[3:]:
        header = path.with_name(f"{prefix}.h")
        body, end, guard = header.read_text().rpartition("#endif")
        header.write_text(f"{body}{REFUSAL.format(prefix=prefix)}\n{end}{guard}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
