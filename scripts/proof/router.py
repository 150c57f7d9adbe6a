"""The proof of the router: its sources, and the order of its queries."""

import concurrent.futures
import dataclasses
import pathlib
import shutil
import subprocess
import tempfile
import time

from proof import model, solver
from synthesis import tools

SOURCE = "rtl/noc/router.sv"
CHECKER = ("tb/noc/router_properties.sv", "tb/noc/router_bind.sv", "tb/noc/free_choice.sv", "rtl/common/dojo_assert.svh")
AGE_BITS = 2
INVARIANTS = f"{model.CHECKER}gen_invariants."

PROVED, FAILED, UNPROVED, REACHED, NOT_REACHED = "proved", "FAILED", "NOT PROVED", "reached", "NOT REACHED"


@dataclasses.dataclass
class Outcome:
    """One line of the report."""

    kind: str
    name: str
    verdict: str
    seconds: float
    good: bool
    note: str = ""

    def __str__(self):
        return f"{self.kind:9} {self.name:24} {self.verdict:12} {self.seconds:6.1f} s{'  ' if self.note else ''}{self.note}"


def _package(root):
    with tempfile.TemporaryDirectory() as output:
        command = ["/usr/bin/python3", root / "scripts/generate.py", "--input", root / "rtl/common/dojo.yaml", "--output", output]
        subprocess.run(command, check=True)
        return (pathlib.Path(output) / "dojo_pkg.sv").read_text()


def find_tools(folder):
    """As synthesis.tools.find; raises tools.Unavailable also if a solver is missing."""
    for name in ("cadical", "yosys", "yosys-abc"):
        if shutil.which(name) is None:
            raise tools.Unavailable(f"{name} was not found")
    return tools.find(folder)


def short(name):
    return name.split(".")[-1]


class Proof:
    """All queries about one router; `source` is its text when it is not the tree's."""

    def __init__(self, root, output, name, depth, found, seconds, age_bits=AGE_BITS, source=None):
        files = {"dojo_pkg.sv": model.narrowed(_package(root), age_bits)}
        files["router.sv"] = source if source is not None else (root / SOURCE).read_text()
        files |= {path.rpartition("/")[2]: (root / path).read_text() for path in CHECKER}
        begin = time.monotonic()
        self._model = model.Model(output, name)
        self._model.build(files, depth, found)
        self._seconds = seconds
        self._solver = solver.Solver(self._model)
        self._model_seconds = time.monotonic() - begin

    def run(self, jobs):
        """Yields an Outcome for the model, each assertion and each cover of the checker; `jobs` queries run at a time."""
        yield Outcome("model", "", "made", self._model_seconds, True)
        numbers = range(len(self._solver.assertions))
        covers = self._solver.machine.names(model.COVER + model.CHECKER)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(self._assertion, numbers)
            yield from pool.map(self._cover, covers)

    def failing(self):
        """The assertions that fail in one way in which the induction does: empty if it holds, None if that was not found out in time."""
        step, failing = self._solver.step(self._solver.assertions, [], self._seconds)
        return None if step.possible is None else [short(name) for name in failing]

    def remove(self):
        """Deletes the files of the model."""
        self._model.remove()

    def _cover(self, output):
        result = self._solver.reach(output, [model.RULE], self._seconds)
        note = f"in cycle {result.cycle}" if result.possible else ""
        return Outcome("cover", short(output), REACHED if result.possible else NOT_REACHED, result.seconds, bool(result.possible), note)

    def _assertion(self, number):
        # Those before it in the list have their own proofs, so they may be used in the same cycle.
        name, known = self._solver.assertions[number], self._solver.assertions[:number]
        kind = "invariant" if name.startswith(model.ASSERT + INVARIANTS) else "property"
        step, _ = self._solver.step([name], known, self._seconds)
        if step.possible is False:
            return Outcome(kind, short(name), PROVED, step.seconds, True)
        # The state before the failing step may be out of reach: a way from reset decides.
        way = self._solver.reach(name, [model.RULE], self._seconds)
        seconds = step.seconds + way.seconds
        if not way.possible:
            note = "the induction fails, and no way to its failure was found" if step.possible else "out of time"
            return Outcome(kind, short(name), UNPROVED, seconds, False, note)
        waveform, high = self._solver.replay(name)
        note = f"in cycle {way.cycle}: {waveform}"
        if name not in high:
            note += " (its last cycle does not show the failure)"
        return Outcome(kind, short(name), FAILED, seconds, False, note)
