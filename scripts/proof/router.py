"""The proof of the router: its sources, and the order of its queries."""

import concurrent.futures
import dataclasses
import subprocess
import time

from proof import model, solver

SOURCE = "rtl/noc/router.sv"
CHECKER = ("tb/noc/router_properties.sv", "tb/noc/router_bind.sv", "tb/noc/free_choice.sv", "rtl/common/dojo_assert.svh")
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


def _package(root, output):
    command = ["/usr/bin/python3", root / "scripts/generate.py", "--input", root / "rtl/common/dojo.yaml", "--output", output]
    subprocess.run(command, check=True)
    return (output / "dojo_pkg.sv").read_text()


def short(name):
    return name.split(".")[-1]


class Proof:
    """All queries about one router; `source` is its text when it is not the tree's."""

    def __init__(self, root, output, name, depth, tools, seconds, source=None):
        files = {"dojo_pkg.sv": model.narrowed(_package(root, output))}
        files["router.sv"] = source if source is not None else (root / SOURCE).read_text()
        files |= {path.rpartition("/")[2]: (root / path).read_text() for path in CHECKER}
        begin = time.monotonic()
        built = model.Model(output, name)
        built.build(files, depth, tools)
        self._seconds = seconds
        self._solver = solver.Solver(built)
        self._model_seconds = time.monotonic() - begin

    def run(self, jobs):
        """Yields an Outcome for the model, each assertion and each cover of the checker; `jobs` queries run at a time."""
        yield Outcome("model", "", "made", self._model_seconds, True)
        names = [name.removeprefix(model.ASSERT) for name in self._solver.machine.names(model.ASSERT)]
        names.sort(key=lambda name: name.startswith(INVARIANTS))
        covers = self._solver.machine.names(model.COVER + model.CHECKER)
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(self._assertion, names)
            yield from pool.map(self._cover, covers)

    def _cover(self, output):
        result = self._solver.reach(output, [model.RULE], self._seconds)
        note = f"in cycle {result.cycle}" if result.possible else ""
        return Outcome("cover", short(output), REACHED if result.possible else NOT_REACHED, result.seconds, bool(result.possible), note)

    def failing(self):
        """What is wrong with the router: assertions that fail on the first way found, or else the first whose induction fails; or None."""
        way = self._solver.reach(model.ANY, [model.RULE], self._seconds)
        if way.possible:
            _, high = self._solver.replay(model.ANY)
            return f"{', '.join(sorted(short(name) for name in high if name.startswith(model.ASSERT)))} in cycle {way.cycle}"
        for name in self._solver.machine.names(model.STEP):
            if self._solver.step(name, self._seconds).possible:
                return f"the induction of {short(name)} fails"
        return None

    def _assertion(self, name):
        kind = "invariant" if name.startswith(INVARIANTS) else "property"
        step = self._solver.step(model.STEP + name, self._seconds)
        if step.possible is False:
            return Outcome(kind, short(name), PROVED, step.seconds, True)
        # The state before the failing step may be out of reach: a way from reset decides.
        way = self._solver.reach(model.ASSERT + name, [model.RULE], self._seconds)
        seconds = step.seconds + way.seconds
        if not way.possible:
            note = "the induction fails, and no way to its failure was found" if step.possible else "out of time"
            return Outcome(kind, short(name), UNPROVED, seconds, False, note)
        waveform, high = self._solver.replay(model.ASSERT + name)
        note = f"in cycle {way.cycle}: {waveform}"
        if model.ASSERT + name not in high:
            note += " (its last cycle does not show the failure)"
        return Outcome(kind, short(name), FAILED, seconds, False, note)
