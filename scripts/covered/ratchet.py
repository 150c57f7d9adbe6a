"""How much of each file may stay unreached: tests/coverage/ratchet.json holds what was measured, and it only gets less."""

import json

from . import counts

EXPLANATION = "what tests do not reach; written by scripts/coverage --update-ratchet (docs/verification.md)"


class RatchetError(Exception):
    """The file is not what it should be; the message is one line."""


def load(path):
    """{part: {file: {kind: unreached}}}; raises RatchetError."""
    try:
        data = json.loads(path.read_text())
        parts = {part: files for part, files in data.items() if part != "what"}
        for files in parts.values():
            for name, kinds in files.items():
                known = list(counts.kind_names(name).values())
                if sorted(kinds) != sorted(known) or not all(isinstance(number, int) and number >= 0 for number in kinds.values()):
                    raise RatchetError(f"{path}: {name}: expected whole numbers of {', '.join(known)}")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise RatchetError(f"{path}: {' '.join(str(error).split())}") from error
    return parts


def unreached(name, file):
    return {counts.kind_names(name)[kind]: whole - reached for kind, (reached, whole) in file.row().items()}


def compare(held, files):
    """(worse, better): {file: [sentence]}; a file that is held and was not measured is worse."""
    worse, better = {}, {}
    for name, kinds in held.items():
        if name not in files:
            worse[name] = ["no test has reached it, or it has gone"]
            continue
        for kind, now in unreached(name, files[name]).items():
            if now != kinds[kind]:
                sentence = f"{now} {kind} are not reached, {kinds[kind]} were not"
                (worse if now > kinds[kind] else better).setdefault(name, []).append(sentence)
    return worse, better


def tightened(held, files):
    """The figures with those that are better now and those of new files; none gets worse."""
    new = {name: unreached(name, file) for name, file in files.items()}
    return {
        name: {kind: min(number, held.get(name, kinds)[kind]) for kind, number in kinds.items()}
        for name, kinds in {**held, **new}.items()
    }


def save(path, parts):
    lines = [f'{{\n  "what": {json.dumps(EXPLANATION)}']
    for part, files in sorted(parts.items()):
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(kinds)}" for name, kinds in sorted(files.items()))
        lines.append(f'  "{part}": {{\n{rows}\n  }}')
    path.write_text(",\n".join(lines) + "\n}\n")
