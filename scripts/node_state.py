#!/usr/bin/python3
"""Lists what two Verilated classes of the same module have in common, so that one can go on where the other is.

Usage: node_state.py --output FILE FAST_ROOT_HEADER TRACED_ROOT_HEADER

FILE gets a line DOJO_STATE(member) for each data member of both. The traced class has more: signals that the other one has folded into
expressions, which follow from the state, and registers that nothing reads. A register of the fast class that the traced one lacks is an error, as
is a member that this script cannot read.
"""

import argparse
import pathlib
import re
import sys

PORT = re.compile(r"VL_(?:IN|OUT|INOUT)\w*\((\w+)[\[\],\d]*")
VARIABLE = re.compile(r"(?:[CSIQ]Data|VlWide<|VlUnpacked<|VlTriggerVec<|std::string|double|bool).*\s(\w+);$")
OTHER = re.compile(r"(?://.*|struct \{|\};|public:|)$|.*\* ?(?:const vlSymsp|__PVT__\w+);$")


def members(header):
    """Names of the data members, in order."""
    body = header.read_text().partition("___024root final")[2].partition("// CONSTRUCTORS")[0]
    names = []
    for line in body.splitlines()[1:]:
        line = line.strip()
        found = PORT.match(line) or VARIABLE.match(line)
        if found:
            names.append(found.group(1))
        elif not OTHER.match(line):
            sys.exit(f"{header}: not understood: {line}")
    return names


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("fast", type=pathlib.Path)
    parser.add_argument("traced", type=pathlib.Path)
    arguments = parser.parse_args()
    traced = set(members(arguments.traced))
    fast = members(arguments.fast)
    missing = [name for name in fast if name not in traced and name.endswith("_q")]
    if missing:
        sys.exit(f"{arguments.traced}: registers are missing: {', '.join(missing)}")
    text = "".join(f"DOJO_STATE({name})\n" for name in fast if name in traced)
    arguments.output.write_text(text)


if __name__ == "__main__":
    main()
