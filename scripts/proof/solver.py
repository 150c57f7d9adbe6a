"""Decides what is possible in a machine by abc: in one step from any state, or on a way from reset, replayed as a waveform by yosys."""

import dataclasses
import re
import resource
import subprocess
import time

from proof import aiger

FRAMES = 60


@dataclasses.dataclass
class Result:
    """What became of a query: whether its output can be 1 (None: not known), and in which cycle then."""

    possible: bool | None
    seconds: float
    cycle: int = 0


class Solver:
    """Queries about one model; each leaves its files under the model's name and the last part of the output's."""

    def __init__(self, model):
        self._model = model
        self.machine = aiger.Machine(model.path("aig"))

    def _abc(self, query, commands, limit):
        """Runs abc on a file; returns what it printed and the seconds that it took."""
        # Time of the processor, so that a busy machine gives the same results.
        def bound():
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 2))

        begin = time.monotonic()
        command = ["yosys-abc", "-q", f"read_aiger {query.name}; {commands}"]
        result = subprocess.run(command, cwd=query.parent, capture_output=True, text=True, preexec_fn=bound, check=False)
        return result.stdout, time.monotonic() - begin

    def _path(self, output, suffix):
        return self._model.path(f"{output.rpartition('.')[2]}.{suffix}")

    def step(self, output, seconds):
        """Whether the output can be 1 in the second cycle from any state whatsoever."""
        path = self._path(output, "step.aig")
        self.machine.write(path, output, free_state=True)
        told, seconds = self._abc(path, "logic; undc; strash; zero; strash; frames -F 2 -i; orpos; iprove", seconds)
        verdict = re.search(r"^(UN)?SATISFIABLE", told, re.MULTILINE)
        return Result(verdict[1] is None if verdict else None, seconds)

    def reach(self, output, assumed, seconds):
        """Looks for a way from reset, of at most FRAMES cycles, on which the output is 1 and none of `assumed` is."""
        path = self._path(output, "aig")
        self.machine.write(path, output, assumed)
        told, seconds = self._abc(path, f"fold; bmc3 -F {FRAMES} -T {seconds}; write_cex -a {path.stem}.cex", seconds)
        reached = re.search(r"was asserted in frame (\d+)", told)
        return Result(True, seconds, int(reached[1])) if reached else Result(None, seconds)

    def replay(self, output):
        """Makes a waveform of the way that `reach` found; returns its path and the outputs that are 1 in its last cycle."""
        way = self._path(output, "cex").read_text().split("#")[0].split()
        witness = self._path(output, "aiw")
        witness.write_text("\n".join(["1", "b0", *way, ".", ""]))
        waveform = self._path(output, "vcd")
        script = (
            f"read_rtlil {self._model.name}.il; bmuxmap; "
            f"sim -clock clk_i -r {witness.name} -map {self._model.name}.aim -zinit -vcd {waveform.name} router"
        )
        subprocess.run(["yosys", "-q", "-p", script], cwd=witness.parent, capture_output=True, check=True)
        return waveform, _high_at_end(waveform)


def _high_at_end(waveform):
    """Names of the one-bit signals that are 1 after the last change of a VCD file."""
    names, values = {}, {}
    for line in waveform.read_text().splitlines():
        words = line.split()
        if words[:1] == ["$var"]:
            names[words[3]] = words[4]
        elif len(words) == 2 and words[0].startswith("b"):
            values[words[1]] = words[0]
    return {names[key] for key, value in values.items() if value == "b1" and key in names}
