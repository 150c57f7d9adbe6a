"""Counts by file. RTL: of executed lines, of changes of bits, of cover properties. C++: of executed lines, branches, functions."""

import dataclasses


@dataclasses.dataclass
class Counts:
    """Of one file. Keys: a line; (line, name)."""

    lines: dict = dataclasses.field(default_factory=dict)
    branches: dict = dataclasses.field(default_factory=dict)  # RTL: bits of signals
    functions: dict = dataclasses.field(default_factory=dict)  # RTL: cover properties
    uncounted: int = 0  # lines of which nobody knows

    def add(self, kind, key, count):
        counts = getattr(self, kind)
        counts[key] = counts.get(key, 0) + count

    def row(self):
        """{kind: (reached, all)}"""
        return {kind: (sum(count > 0 for count in getattr(self, kind).values()), len(getattr(self, kind))) for kind in KINDS}


KINDS = ("lines", "branches", "functions")
# What the kinds are called of RTL.
RTL_NAMES = {"lines": "lines", "branches": "bits", "functions": "covers"}


def is_rtl(name):
    return name.endswith(".sv")


def kind_names(name):
    """{kind: its name in a file of this name}"""
    return RTL_NAMES if is_rtl(name) else {kind: kind for kind in KINDS}


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def total(rows):
    return {kind: tuple(map(sum, zip((0, 0), *(row[kind] for row in rows)))) for kind in KINDS}
