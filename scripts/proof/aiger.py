"""Binary AIGER files whose outputs are chosen by name: as what must never be 1, and as what is assumed never to be 1."""

import re


def _parse(data):
    """Returns (the five numbers of the header, the literals of latches and outputs, the gates' bytes, the symbols)."""
    head, _, rest = data.partition(b"\n")
    numbers = [int(word) for word in head.split()[1:6]]
    lines = rest.split(b"\n", numbers[2] + numbers[3])
    # Two numbers of 7 bits per byte for each gate; the last byte of a number has its high bit clear.
    tail, end, left = lines.pop(), 0, 2 * numbers[4]
    while left:
        left -= tail[end] < 0x80
        end += 1
    return numbers, lines, tail[:end], tail[end:]


def with_latches(data, netlist):
    """Makes a machine of the AIGER file of `netlist` without its flip-flops, whose last inputs and outputs they are."""
    (maximum, inputs, latches, outputs, gates), lines, gate_bytes, _ = _parse(data)
    count = netlist.flip_flops
    if latches != 0 or inputs != len(netlist.inputs) or outputs != len(netlist.outputs) or inputs + gates != maximum:
        raise ValueError(f"AIGER has {inputs} inputs and {outputs} outputs, not {len(netlist.inputs)} and {len(netlist.outputs)}")
    plain_inputs, plain_outputs = inputs - count, outputs - count
    if any(name.startswith("state.") for name in netlist.inputs[:plain_inputs]):
        raise ValueError("the flip-flops are not the last ports")
    head = f"aig {maximum} {plain_inputs} {count} {plain_outputs} {gates}"
    text = [head.encode()]
    text += [str(int(line)).encode() for line in lines[plain_outputs:]]
    text += [str(int(line)).encode() for line in lines[:plain_outputs]]
    symbols = "".join(f"o{number} {name}\n" for number, name in enumerate(netlist.outputs[:plain_outputs]))
    return b"\n".join(text) + b"\n" + gate_bytes + symbols.encode()


class Machine:
    """A file without bad states and constraints, with symbols for its outputs. A literal is twice a number, and one more where negated."""

    def __init__(self, path):
        numbers, lines, self._gate_bytes, symbols = _parse(path.read_bytes())
        self._maximum, self.inputs, self.latches, _, self._gates = numbers
        self._latch_lines = lines[: self.latches]
        names = re.findall(rb"^o\d+ (\S+)$", symbols, re.MULTILINE)
        self.outputs = {name.decode(): int(line) for name, line in zip(names, lines[self.latches :])}

    def names(self, prefix):
        return [name for name in self.outputs if name.startswith(prefix)]

    def next_state(self):
        """For each latch the literal that goes into it."""
        return [int(line) for line in self._latch_lines]

    def gates(self):
        """Yields the two literals of each gate; the first gate's own number follows those of inputs and latches."""
        own, number, shift, pair = 2 * (self.inputs + self.latches + 1), 0, 0, []
        for byte in self._gate_bytes:
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                pair.append(number)
                number, shift = 0, 0
                if len(pair) == 2:
                    yield own - pair[0], own - pair[0] - pair[1]
                    pair = []
                    own += 2

    def write(self, path, bad, assumed):
        """The output `bad` alone, from the state 0 on; cycles in which an output of `assumed` is 1 are left out, and all after them."""
        constraints = [str(self.outputs[name] ^ 1).encode() for name in assumed]
        head = f"aig {self._maximum} {self.inputs} {self.latches} 0 {self._gates} 1 {len(constraints)}".encode()
        path.write_bytes(b"\n".join([head, *self._latch_lines, b"%d" % self.outputs[bad], *constraints]) + b"\n" + self._gate_bytes)
