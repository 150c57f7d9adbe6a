"""Reads what Verilated models have counted, as tb/coverage/collect.cpp writes it."""

import pathlib
import re

from . import counts

JUMP = re.compile(r"\b(?:return|break|continue)\b")
FIELD = re.compile("\x01([^\x02]*)\x02([^\x01']*)")


def _line_numbers(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _jumping_lines(path):
    """Lines of the functions of an RTL file that are left before their end, and lines with such a statement."""
    found, function = set(), []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.partition("//")[0]
        if JUMP.search(line):
            found.add(number)
        if re.match(r"\s*function\b", line):
            function = []
        function.append(number)
        if re.match(r"\s*endfunction\b", line) and found & set(function):
            found |= set(function)
    return found


def _add_point(file, fields, count):
    """One count of one instance."""
    kind = fields.get("page", "").split("/")[0]
    line = int(fields["l"])
    if kind in ("v_line", "v_branch"):
        for number in _line_numbers(fields.get("S") or fields["l"]):
            file.add("lines", number, count)
    elif kind == "v_toggle":
        file.add("branches", (line, fields.get("o", "")), count)
    elif kind == "v_user":
        file.add("functions", (line, fields.get("o", "")), count)


def read(folder, root):
    """{name below the root: Counts} of the modules in rtl/, all instances and parameters together."""
    files = {}
    for path in sorted(folder.glob("*.dat")):
        with path.open() as lines:
            for line in lines:
                fields = dict(FIELD.findall(line))
                name = pathlib.Path(fields.get("f", ""))
                if name.is_absolute() and name.is_relative_to(root / "rtl") and "l" in fields:
                    file = files.setdefault(str(name.relative_to(root)), counts.Counts())
                    _add_point(file, fields, int(line.rsplit(" ", 1)[1]))
    # Verilator counts a block at its end, so that nobody knows of one that is left before.
    for name, file in files.items():
        unknown = {line for line in _jumping_lines(root / name) if file.lines.get(line) == 0}
        file.uncounted = len(unknown)
        for line in unknown:
            del file.lines[line]
    return files
