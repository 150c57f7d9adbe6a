"""Reads and checks regression lists (docs/regressions.md); every value is checked, and an error names its place."""

import dataclasses
import fractions
import re
import shlex

import yaml

# Options of `dojo` that describe the machine; a key is the option without the dashes in front, with _ for -.
MACHINE_VALUES = ("backend", "mesh", "dies", "dead", "dead_links", "edge_bit_errors", "edge_drops", "threads", "file")
MACHINE_FLAGS = ("die", "tile", "memory")
# What scripts/regress itself says to a program, and what a list has a key for.
OWN_OPTIONS = ("--seed", "--json", "--quiet", "--wave", "--wave-on", "--wave-cycles", "--wave-file", "--wave-node", "--max-cycles", "--machine") + tuple(
    f"--{key.replace('_', '-')}" for key in (*MACHINE_VALUES, *MACHINE_FLAGS) if key != "file"
)
MOST_SEEDS = 100000


class ListError(Exception):
    """A list cannot be understood; the message is one line that begins with file:line:column."""


@dataclasses.dataclass
class ExpectedFailure:
    """Why a test fails, and how: a part of what it says, its exit code; None: any. Seeds None: all of the test."""

    reason: str
    message: str | None = None
    exit_code: int | None = None
    seeds: list[int] | None = None


@dataclasses.dataclass
class Cycles:
    """Golden cycles, of all seeds or by seed, and where in the text of the list they stand: [start, end) in characters."""

    common: int | None
    by_seed: dict[int, int]
    span: tuple[int, int]

    @property
    def unknown(self):
        """The key stands there without a value: --update-golden gives it one."""
        return self.common is None and not self.by_seed

    def of(self, seed):
        return self.common if self.common is not None else self.by_seed.get(seed)


@dataclasses.dataclass
class Test:
    """One entry of a list."""

    place: str  # file:line:column
    name: str
    program: list[str]  # words of the command line
    machine: dict[str, str]  # flags: the empty string
    seeds: list[int]
    cycles: Cycles | None  # None: they are not compared
    tolerance: float  # share of the golden cycles
    timeout: float  # seconds
    max_cycles: int | None
    expected_failure: ExpectedFailure | None


@dataclasses.dataclass
class TestList:
    """A file: its name without suffix, path, text and tests."""

    name: str
    path: object
    text: str
    tests: list[Test]


class _Reader:
    """Turns the nodes of one file into values."""

    def __init__(self, name):
        self._name = name

    def place(self, node):
        return f"{self._name}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def fail(self, node, message):
        raise ListError(f"{self.place(node)}: {message}")

    def mapping(self, node, keys, needed=()):
        """{key: node of its value}; the keys are among `keys`, once each."""
        if not isinstance(node, yaml.MappingNode):
            self.fail(node, f"expected keys with values; keys here are {', '.join(keys)}")
        found = {}
        for key, value in node.value:
            text = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
            if text not in keys:
                self.fail(key, f"unknown key '{text}'; keys here are {', '.join(keys)}")
            if text in found:
                self.fail(key, f"the key '{text}' is there twice")
            found[text] = value
        for key in needed:
            if key not in found:
                self.fail(node, f"the key '{key}' is missing")
        return found

    def sequence(self, node, what):
        if not isinstance(node, yaml.SequenceNode):
            self.fail(node, f"expected a list of {what}")
        return node.value

    def text(self, node, what):
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.fail(node, f"expected {what}")
        return node.value.strip()

    def whole(self, node, what, least=0):
        text = self.text(node, what)
        if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) < least:
            self.fail(node, f"'{text}': expected {what}, a whole number from {least}")
        return int(text)

    def seeds(self, node):
        if isinstance(node, yaml.SequenceNode):
            seeds = [self.whole(item, "a seed") for item in node.value]
        else:
            text = self.text(node, "seeds")
            parts = re.fullmatch(r"([0-9]{1,19})(?:\s*-\s*([0-9]{1,19}))?", text)
            if parts is None:
                self.fail(node, f"'{text}': expected a seed, FIRST-LAST, or a list of seeds")
            first, last = int(parts[1]), int(parts[2] or parts[1])
            if not first <= last < first + MOST_SEEDS:
                self.fail(node, f"'{text}': LAST is below FIRST, or these are more than {MOST_SEEDS} seeds")
            seeds = list(range(first, last + 1))
        if not seeds or len(set(seeds)) != len(seeds):
            self.fail(node, "a seed is there twice" if seeds else "expected at least one seed")
        return seeds

    def tolerance(self, node):
        text = self.text(node, "a tolerance")
        parts = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*%", text)
        if parts is None or float(parts[1]) > 100:
            self.fail(node, f"'{text}': expected a tolerance such as 2 %")
        return float(fractions.Fraction(parts[1]) / 100)

    def timeout(self, node):
        text = self.text(node, "seconds")
        if not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) or float(text) == 0:
            self.fail(node, f"'{text}': expected seconds above 0")
        return float(text)

    def machine(self, node):
        machine = {}
        keys = self.mapping(node, (*MACHINE_VALUES, *MACHINE_FLAGS))
        for key, value in keys.items():
            if "file" in keys and key not in ("file", "backend", "threads"):
                self.fail(value, f"'{key}' is what the machine's file says")
            text = self.text(value, f"a value of '{key}'")
            if key in MACHINE_FLAGS and text not in ("true", "false"):
                self.fail(value, f"'{text}': '{key}' is true or false")
            if key == "threads":
                self.whole(value, "threads", 1)
            if text != "false" or key not in MACHINE_FLAGS:
                machine[key] = "" if key in MACHINE_FLAGS else text
        return machine

    def program(self, node):
        text = self.text(node, "a program: FILE.elf or a command of dojo, with arguments")
        try:
            words = shlex.split(text)
        except ValueError as error:
            self.fail(node, f"'{text}': {error}")
        for word in words:
            if word.partition("=")[0] in OWN_OPTIONS:
                self.fail(node, f"'{word}': seeds, machine, max_cycles and waves are no part of the program; the entry has keys for them")
        return words

    def cycles(self, node, seeds):
        span = (node.start_mark.index, node.end_mark.index)
        if isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null"):
            return Cycles(None, {}, span)
        if isinstance(node, yaml.ScalarNode):
            return Cycles(self.whole(node, "golden cycles", 1), {}, span)
        keys = [str(seed) for seed in seeds]
        by_seed = self.mapping(node, keys)
        return Cycles(None, {int(seed): self.whole(value, "golden cycles", 1) for seed, value in by_seed.items()}, span)

    def expected_failure(self, node, seeds):
        keys = self.mapping(node, ("reason", "message", "exit_code", "seeds"), ("reason",))
        expected = ExpectedFailure(self.text(keys["reason"], "a reason"))
        if "message" in keys:
            expected.message = self.text(keys["message"], "a part of the message")
        if "exit_code" in keys:
            expected.exit_code = self.whole(keys["exit_code"], "an exit code", 1)
        if "seeds" in keys:
            expected.seeds = self.seeds(keys["seeds"])
            for seed in expected.seeds:
                if seed not in seeds:
                    self.fail(keys["seeds"], f"{seed} is none of the test's seeds")
        return expected

    def test(self, node, defaults):
        own = self.mapping(node, tuple(field.name for field in dataclasses.fields(Test))[1:], ("name", "program"))
        name = self.text(own["name"], "a name")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
            self.fail(own["name"], f"'{name}': a name is letters, digits, '-', '_' and '.'")
        keys = {**defaults, **own}
        seeds = self.seeds(keys["seeds"]) if "seeds" in keys else [1]
        return Test(
            place=self.place(node),
            name=name,
            program=self.program(own["program"]),
            machine=self.machine(keys["machine"]) if "machine" in keys else {},
            seeds=seeds,
            cycles=self.cycles(own["cycles"], seeds) if "cycles" in own else None,
            tolerance=self.tolerance(keys["tolerance"]) if "tolerance" in keys else 0.02,
            timeout=self.timeout(keys["timeout"]) if "timeout" in keys else 120.0,
            max_cycles=self.whole(keys["max_cycles"], "cycles", 1) if "max_cycles" in keys else None,
            expected_failure=self.expected_failure(own["expected_failure"], seeds) if "expected_failure" in own else None,
        )

    def tests(self, root):
        keys = self.mapping(root, ("defaults", "tests"), ("tests",))
        shared = ("machine", "seeds", "tolerance", "timeout", "max_cycles")
        defaults = self.mapping(keys["defaults"], shared) if "defaults" in keys else {}
        tests, names, spans = [], set(), set()
        for node in self.sequence(keys["tests"], "tests"):
            test = self.test(node, defaults)
            if test.name in names:
                self.fail(node, f"there is another test '{test.name}'")
            names.add(test.name)
            if test.cycles is not None:
                if test.cycles.span in spans:
                    self.fail(node, "golden cycles are each test's own, without & and *")
                spans.add(test.cycles.span)
            tests.append(test)
        if not tests:
            self.fail(keys["tests"], "the list has no tests")
        return tests


def parse(path, text, shown):
    """The TestList of a text; raises ListError. `shown` is the file's name in messages."""
    reader = _Reader(shown)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ListError(f"{shown}:{mark.line + 1}:{mark.column + 1}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ListError(f"{shown}:1:1: {' '.join(str(error).split())}") from error
    if root is None:
        raise ListError(f"{shown}:1:1: the file is empty")
    return TestList(path.stem, path, text, reader.tests(root))


def load(path):
    """The TestList of a file; raises ListError."""
    try:
        return parse(path, path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ListError(f"{path}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error
