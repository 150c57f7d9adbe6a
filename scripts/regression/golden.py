"""Writes measured cycles into a list: nothing of its text changes but the values of `cycles`."""

import os

from . import test_list


def _value(test, measured):
    """The value of `cycles`: one number if it serves all seeds, else one for each."""
    least, most = min(measured.values()), max(measured.values())
    middle = (least + most) // 2
    if most - middle <= test.tolerance * middle:
        return str(middle)
    return "{" + ", ".join(f"{seed}: {cycles}" for seed, cycles in sorted(measured.items())) + "}"


def updated(tests, measured):
    """(text, {test: (old, new)}): the list with what was measured, {test: {seed: cycles}}, as golden cycles."""
    text, changes = tests.text, {}
    with_cycles = [test for test in tests.tests if test.cycles is not None and test.name in measured]
    for test in sorted(with_cycles, key=lambda test: test.cycles.span, reverse=True):
        start, end = test.cycles.span
        old, new = text[start:end], _value(test, measured[test.name])
        if all(test.cycles.of(seed) == cycles for seed, cycles in measured[test.name].items()) or old == new:
            continue
        space = "" if text[start - 1].isspace() else " "
        text = f"{text[:start]}{space}{new}{text[end:]}"
        changes[test.name] = (old, new)
    return text, changes


def write(tests, measured):
    """Changes the list's file; returns the new list and the changes. Raises test_list.ListError if it was changed meanwhile."""
    text, changes = updated(tests, measured)
    if tests.path.read_text() != tests.text:
        raise test_list.ListError(f"{tests.path}:1:1: the file was changed during the run; its golden cycles stay as they are")
    new = test_list.parse(tests.path, text, str(tests.path))
    if changes:
        whole = tests.path.with_name(f".{tests.path.name}.new")
        whole.write_text(text)
        os.chmod(whole, tests.path.stat().st_mode & 0o7777)
        whole.replace(tests.path)
    return new, changes
