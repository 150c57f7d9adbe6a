#!/usr/bin/python3
"""Turns rtl/common/dojo.yaml into the SystemVerilog package, the C and C++ headers and the documentation tables."""

import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from generator import c_header, cpp_header, description, markdown, systemverilog  # noqa: E402


def write_if_changed(path, text):
    """Keeps the time stamp of an unchanged file, so that nothing that includes it is built again."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True, type=pathlib.Path, help="the description, dojo.yaml")
    parser.add_argument("--output", type=pathlib.Path, help="folder of dojo_pkg.sv, dojo_hw.h and dojo_hw.hpp")
    parser.add_argument("--docs", type=pathlib.Path, help="folder of the Markdown tables")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the tables in --docs are stale")
    arguments = parser.parse_args()

    try:
        hw = description.load(arguments.input)
    except (OSError, description.DescriptionError) as error:
        print(f"generate.py: {error}", file=sys.stderr)
        return 2

    tables = markdown.render(hw)
    if arguments.check:
        if arguments.docs is None:
            parser.error("--check needs --docs")
        on_disk = {path.name: path.read_text() for path in arguments.docs.glob("*.md")}
        stale = sorted(name for name in tables.keys() | on_disk.keys() if tables.get(name) != on_disk.get(name))
        if stale:
            print(
                f"generate.py: {arguments.docs} does not match {arguments.input} ({', '.join(stale)}); "
                f"run scripts/generate.py --input {arguments.input} --docs {arguments.docs}",
                file=sys.stderr,
            )
            return 1
        return 0

    if arguments.output is not None:
        write_if_changed(arguments.output / "dojo_pkg.sv", systemverilog.render(hw))
        write_if_changed(arguments.output / "dojo_hw.h", c_header.render(hw))
        write_if_changed(arguments.output / "dojo_hw.hpp", cpp_header.render(hw))
    if arguments.docs is not None:
        for name, text in tables.items():
            write_if_changed(arguments.docs / name, text)
        for path in arguments.docs.glob("*.md"):
            if path.name not in tables:
                path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
