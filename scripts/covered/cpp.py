"""Reads what C++ has counted, as clang's run-time library writes it."""

import pathlib
import subprocess

from . import counts

PROFILES = "*.profraw"


def _export(folder, programs):
    """Text in lcov's format of all that the programs hold and that they have counted in the folder."""
    profiles = sorted(folder.glob(PROFILES))
    if not profiles:
        return ""
    merged = folder / "all.profdata"
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-o", merged, *profiles], check=True)
    objects = [word for program in programs[1:] for word in ("-object", program)]
    command = ["llvm-cov-19", "export", "-format=lcov", f"-instr-profile={merged}", programs[0], *objects]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def parse(text, root):
    """{name below the root: Counts} of the files in sw/."""
    files, file = {}, None
    functions = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            name = pathlib.Path(value)
            file = files.setdefault(str(name.relative_to(root)), counts.Counts()) if name.is_relative_to(root / "sw") else None
            functions = {}
        elif file is None:
            continue
        elif key == "DA":
            number, count = value.split(",")[:2]
            file.add("lines", int(number), int(count))
        elif key == "BRDA":
            number, block, branch, count = value.split(",")
            file.add("branches", (int(number), f"{block}.{branch}"), 0 if count == "-" else int(count))
        elif key == "FN":
            number, name = value.split(",", 1)
            functions[name] = int(number)
        elif key == "FNDA":
            # Instances of a template are one function: that of the first name in its line.
            count, name = value.split(",", 1)
            known = next((key for key in file.functions if key[0] == functions[name]), (functions[name], name))
            file.add("functions", known, int(count))
    return files


def read(folder, programs, root):
    return parse(_export(folder, programs), root)
