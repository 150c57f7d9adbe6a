"""The kinds of cells of elaborated modules: what decides which gates a cell becomes."""

import collections
import dataclasses
import re

# Cells whose gates depend on which bits of their inputs are constant; those of all others on their parameters alone.
DEPEND_ON_CONSTANTS = {"$mem_v2", "$shift", "$shiftx"}
# Their outputs; every other port of a cell is an input.
OUTPUTS = {"\\Y", "\\Q", "\\RD_DATA"}
# One clock drives every bit of these.
CLOCKS = {"\\RD_CLK", "\\WR_CLK"}

_TOKEN = re.compile(r"\d+'[01xz-]+|[\\$]\S+|\[\d+(?::\d+)?\]|[{}]|-?\d+|\"[^\"]*\"")


@dataclasses.dataclass(frozen=True)
class Kind:
    """A cell without its place: type, parameters as written, and for each port its bits: "1'0" and the like, or "" for a wire's."""

    type: str
    parameters: tuple[str, ...]
    ports: tuple[tuple[str, tuple[str, ...]], ...]

    def module(self, name):
        """A module in RTLIL with such a cell between ports of its own."""
        lines = [f"module \\{name}"]
        for position, (port, bits) in enumerate(self.ports, 1):
            direction = "output" if port in OUTPUTS else "input"
            lines.append(f"  wire width {max(1, len(bits))} {direction} {position} {port}")
        lines.append(f"  cell {self.type} \\cell")
        lines += [f"    parameter {parameter}" for parameter in self.parameters]
        for port, bits in self.ports:
            if any(bits) or port in CLOCKS:
                of_bit = [bit or f"{port} [{0 if port in CLOCKS else index}]" for index, bit in enumerate(bits)]
                lines.append(f"    connect {port} {{ {' '.join(reversed(of_bit))} }}")
            else:
                lines.append(f"    connect {port} {port}")
        return "\n".join([*lines, "  end", "end", ""])


def _bits(signal, widths):
    """The bits of a signal as RTLIL writes it, the lowest one first."""
    bits = []
    tokens = _TOKEN.findall(signal)
    parts = []
    for token in tokens:
        if token in "{}":
            continue
        if token[0] == "[":
            first, _, last = token[1:-1].partition(":")
            parts[-1] = [""] * (abs(int(first) - int(last or first)) + 1)
        elif token[0] in "\\$":
            parts.append([""] * widths[token])
        else:
            count, _, value = token.partition("'") if "'" in token else (32, "", f"{int(token) & 0xFFFFFFFF:032b}")
            parts.append([f"1'{value[0]}"] * int(count) if len(value) == 1 else [f"1'{bit}" for bit in reversed(value)])
    for part in reversed(parts):  # the highest ones are written first
        bits += part
    return tuple(bits)


def kinds(text):
    """How often each kind occurs in a module in RTLIL; instances of other modules do not count."""
    widths = {}
    found = collections.Counter()
    cell = None
    for line in text.splitlines():
        words = line.split(maxsplit=2)
        if not words:
            continue
        if words[0] == "wire":
            width = re.search(r" width (\d+)", line)
            widths[line.rsplit(maxsplit=1)[1]] = int(width[1]) if width else 1
        elif words[0] == "cell":
            cell = (words[1], [], []) if words[1][0] == "$" else None
        elif words[0] == "parameter" and cell:
            if words[1] != "\\MEMID":
                cell[1].append(line.split(maxsplit=1)[1])
        elif words[0] == "connect" and cell:
            bits = _bits(words[2], widths)
            cell[2].append((words[1], bits if cell[0] in DEPEND_ON_CONSTANTS and words[1] not in OUTPUTS else ("",) * len(bits)))
        elif words[0] == "end" and cell:
            if cell[0] == "$mem_v2":
                cell[1].append('\\MEMID "\\\\memory"')
            found[Kind(cell[0], tuple(cell[1]), tuple(cell[2]))] += 1
            cell = None
    return found
