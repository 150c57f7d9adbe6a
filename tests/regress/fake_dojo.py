#!/usr/bin/python3 -SE
"""Stands for build/bin/dojo in tests of scripts/regress: `run FILE.elf` or `bench KIND` with what is to happen.

Appends a line for each run to the file `runs` in the folder above its own, and one when it begins and ends to `times`.
"""

import argparse
import os
import pathlib
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parents[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    parser.add_argument("--cycles", type=int, help="of the results")
    parser.add_argument("--per-seed", type=int, default=0, help="more cycles for each seed")
    parser.add_argument("--exit", type=int, default=0)
    parser.add_argument("--say", default="", help="on standard error")
    parser.add_argument("--sleep", type=float, default=0.0, help="seconds")
    parser.add_argument("--child", action="store_true", help="leave a process behind, its number in the file `child`")
    for option in ("--seed", "--max-cycles", "--mesh", "--backend", "--threads", "--snapshot-every", "--wave", "--wave-file", "--wave-node"):
        parser.add_argument(option)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    with (FOLDER / "runs").open("a") as file:
        file.write(f"{' '.join(arguments.words)} {arguments.seed} {arguments.threads}\n")
    with (FOLDER / "times").open("a") as file:
        file.write("+")
    if arguments.child:
        # Whole as soon as it is there.
        (FOLDER / "part").write_text(str(os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "60")))
        (FOLDER / "part").rename(FOLDER / "child")
    time.sleep(arguments.sleep)
    if arguments.cycles is not None and arguments.json:
        cycles = arguments.cycles + arguments.per_seed * int(arguments.seed)
        pathlib.Path(arguments.json).write_text(f'{{"cycles": {cycles}}}')
    if arguments.say:
        print(arguments.say, file=sys.stderr)
    with (FOLDER / "times").open("a") as file:
        file.write("-")
    return arguments.exit


if __name__ == "__main__":
    sys.exit(main())
