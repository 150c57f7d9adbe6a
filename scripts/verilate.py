#!/usr/bin/python3
"""Runs Verilator for one model and gathers its C++ in one source file of a fixed name.

Usage: verilate.py --prefix PREFIX --output FOLDER [--hash] -- VERILATOR ARGUMENTS...

With --hash it also defines the number PREFIX_hash, which depends on all that the model is.

Verilator's own file names depend on the design. The build system needs names that it knows beforehand: FOLDER/PREFIX__all.cpp
holds all of them. Files that did not change keep their time stamps, and FOLDER/PREFIX__all.d names the sources that were read.
"""

import argparse
import filecmp
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def update(source, target, header):
    """Copies what differs, removes what is gone. A change of any header is one of `header` too, the one that the build system knows."""
    headers = False
    names = {path.name for path in source.iterdir()}
    for path in target.iterdir():
        if path.name not in names and path.suffix in (".h", ".cpp"):
            path.unlink()
    for name in names:
        if not (target / name).exists() or not filecmp.cmp(source / name, target / name, shallow=False):
            shutil.copyfile(source / name, target / name)
            headers = headers or name.endswith(".h")
    if headers:
        (target / header).touch()


def text_of(source):
    """A file of Verilator's; what runs only once per model (it is in files of that name) is not worth the compiler's time."""
    text = source.read_text()
    return f"#pragma clang optimize off\n{text}#pragma clang optimize on\n" if source.stem.endswith("Slow") else text


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--hash", action="store_true")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)

    whole = f"{arguments.prefix}__all.cpp"

    with tempfile.TemporaryDirectory(dir=arguments.output) as folder:
        work = pathlib.Path(folder)
        status = subprocess.call([*arguments.command, "--prefix", arguments.prefix, "--Mdir", str(work)])
        if status != 0:
            return 1
        depended = (work / f"{arguments.prefix}__ver.d").read_text().partition(" : ")[2].split()
        read = [os.path.abspath(path) for path in depended if not path.startswith(str(work))]
        sources = sorted(work.glob("*.cpp"))
        text = "".join(map(text_of, sources))
        if arguments.hash:
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            text += f"extern const unsigned long long {arguments.prefix}_hash = 0x{digest};\n"
        (work / whole).write_text(text)
        for path in work.iterdir():
            if path.suffix != ".h" and path.name != whole:
                path.unlink()
        update(work, arguments.output, f"{arguments.prefix}.h")
        (arguments.output / f"{arguments.prefix}__all.d").write_text(f"{arguments.output / whole}: {' '.join(read)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
