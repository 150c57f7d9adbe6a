"""Decides what is possible in a machine: by CaDiCaL in one step from any state, by abc on a way from reset; yosys replays that as a waveform."""

import dataclasses
import os
import re
import resource
import subprocess

from proof import aiger, model, step

FRAMES = 60


@dataclasses.dataclass
class Result:
    """What became of a query: whether its output can be 1 (None: not known), and in which cycle then."""

    possible: bool | None
    seconds: float
    cycle: int = 0


def _run(command, folder, limit):
    """Runs a command for at most `limit` seconds of processor time, so that a busy machine gives the same results.

    Returns (what it printed, the seconds of processor time).
    """

    def bound():
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 2))

    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=bound) as process:
        told = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    return told, usage.ru_utime + usage.ru_stime


class Solver:
    """Queries about one model; each leaves its files under the model's name and the last part of the output's."""

    def __init__(self, built):
        self._model = built
        self.machine = aiger.Machine(built.path("aig"))
        self.assertions = self.machine.names(model.ASSERT)
        self._step = step.Step(self.machine)

    def _path(self, output, suffix):
        return self._model.path(f"{output.rpartition('.')[2]}.{suffix}")

    def step(self, outputs, known, seconds):
        """Whether one of the assertions `outputs` can fail in a cycle in which none of `known` does, after a cycle in which none does.

        Returns (the Result, those that fail). That the rules are kept is assumed in both cycles.
        """
        after, before = self._step.after, self._step.before
        none_of = [before[name] for name in (*self.assertions, model.RULE)] + [after[name] for name in (*known, model.RULE)]
        text, variables = self._step.clauses([after[name] for name in outputs], none_of)
        path = self._path(outputs[0], "cnf")
        path.write_text(text)
        told, seconds = _run(["cadical", "-q", path.name], path.parent, seconds)
        path.unlink()
        verdict = re.search(r"^s (UN)?SATISFIABLE$", told, re.MULTILINE)
        true = set(re.findall(r" (-?\d+)\b", "".join(re.findall(r"^v(.*)$", told, re.MULTILINE))))
        failing = [name for name in outputs if after[name] == 1 or str(variables.get(after[name])) in true]
        return Result(verdict[1] is None if verdict else None, seconds), failing

    def reach(self, output, assumed, seconds):
        """Looks for a way from reset, of at most FRAMES cycles, on which the output is 1 and none of `assumed` is."""
        path = self._path(output, "aig")
        self.machine.write(path, output, assumed)
        commands = f"read_aiger {path.name}; fold; bmc3 -F {FRAMES}; write_cex -a {path.stem}.cex"
        told, seconds = _run(["yosys-abc", "-q", commands], path.parent, seconds)
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
