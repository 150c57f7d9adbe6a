#!/usr/bin/python3
"""call_collector.py MODEL_SOURCE PREFIX: lets the Verilated model hand its counts to collect.cpp when it ends."""

import pathlib
import sys


def main():
    path, prefix = pathlib.Path(sys.argv[1]), sys.argv[2]
    text = path.read_text()
    destructor = f"{prefix}::~{prefix}() {{\n"
    if text.count(destructor) != 1:
        print(f"{path}: {prefix} has no destructor to call the collector in", file=sys.stderr)
        return 1
    declaration = "namespace dojo::tb { void collect_coverage(VerilatedContext& context); }\n"
    path.write_text(text.replace(destructor, f"{declaration}{destructor}    dojo::tb::collect_coverage(*contextp());\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
