"""Two cycles of a machine, the first from any state whatsoever, as gates and as clauses for a SAT solver."""


class Step:
    """The gates of both cycles, equal ones once. A literal is twice a gate's number, and one more where negated; 0 is the constant."""

    def __init__(self, machine):
        self._gates = [None]  # the two literals of each, None for a free one
        self._known = {}
        self._machine = machine
        gates, ends = list(machine.gates()), machine.next_state()
        first = self._cycle(gates, [self._free() for _ in range(machine.latches)])
        second = self._cycle(gates, [first[end >> 1] ^ (end & 1) for end in ends])
        # Of each output in the first and in the second cycle.
        self.before, self.after = (
            {name: values[literal >> 1] ^ (literal & 1) for name, literal in machine.outputs.items()} for values in (first, second)
        )

    def _cycle(self, gates, state):
        values = [0, *(self._free() for _ in range(self._machine.inputs)), *state]
        for left, right in gates:
            values.append(self._and(values[left >> 1] ^ (left & 1), values[right >> 1] ^ (right & 1)))
        return values

    def _free(self):
        self._gates.append(None)
        return 2 * len(self._gates) - 2

    def _and(self, left, right):
        if left > right:
            left, right = right, left
        if left == 0 or left == right ^ 1:
            return 0
        if left in (1, right):
            return right
        if (left, right) not in self._known:
            self._gates.append((left, right))
            self._known[left, right] = 2 * len(self._gates) - 2
        return self._known[left, right]

    def clauses(self, one_of, none_of):
        """Clauses that can be fulfilled if at least one literal of `one_of` can be 1 and all of `none_of` 0.

        Returns (their text in the form of DIMACS, the variables of the gates of `one_of`).
        """
        if 1 in none_of or not any(one_of):
            return "p cnf 1 2\n1 0\n-1 0\n", {}
        needed, waiting = set(), [literal >> 1 for literal in (*one_of, *none_of)]
        while waiting:
            number = waiting.pop()
            if number != 0 and number not in needed:
                needed.add(number)
                waiting += [literal >> 1 for literal in self._gates[number] or ()]
        variables = {number: variable for variable, number in enumerate(sorted(needed), 1)}

        def signed(literal):
            return -variables[literal >> 1] if literal & 1 else variables[literal >> 1]

        lines = []
        for number, variable in variables.items():
            if self._gates[number]:
                left, right = map(signed, self._gates[number])
                lines += [f"-{variable} {left} 0", f"-{variable} {right} 0", f"{variable} {-left} {-right} 0"]
        lines += [f"{-signed(literal)} 0" for literal in none_of if literal > 1]
        if 1 not in one_of:
            lines.append(" ".join(str(signed(literal)) for literal in one_of if literal) + " 0")
        return "\n".join([f"p cnf {len(variables)} {len(lines)}", *lines, ""]), {literal: signed(literal) for literal in one_of if literal > 1}
