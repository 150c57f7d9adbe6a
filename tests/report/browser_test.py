#!/usr/bin/python3
"""browser_test.py PROJECT BUILD: opens reports of recorded runs in headless Chromium and uses them (browser_test.mjs).

Screenshots and reports are kept in BUILD/report. What is needed for it and not there is a failure."""

import pathlib
import shutil
import subprocess
import sys

PLAYWRIGHT = ("playwright-core", "1.65.1")
# A whole die, which has a size and a time to keep, and a training run.
RUNS = {
    "die": ["bench", "collective", "--die", "--lines", "64", "--form", "software"],
    "training": ["train", "--steps", "3", "--batch", "16", "--mesh", "2x1"],
}
MOST_BYTES = 10_000_000
# As `dojo profile --output` writes it: a frame for each line of a function.
PROFILE = """{"format":1,"program":"sample.elf","cycles":100,"causes":["retired","memory"],
"frames":[{"function":"main","file":"firmware/sample.c","line":3},{"function":"leaf","file":"firmware/sample.c","line":9},
{"function":"leaf","file":"firmware/sample.c","line":10}],
"harts":[{"node":[0,0],"hart":0,"stacks":[{"frames":[0],"cycles":[30,10]},{"frames":[0,1],"cycles":[40,10]},{"frames":[0,2],"cycles":[10,0]}]}]}
"""


def found(name):
    path = shutil.which(name)
    if path is None:
        sys.exit(f"browser_test: {name} was not found (scripts/packages.txt)")
    return path


def main():
    project, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    sys.path.insert(0, str(project / "scripts"))
    import npm_packages

    output = build / "report"
    node = found("node")
    chromium = found("chromium")
    try:
        if not (output / "node_modules" / PLAYWRIGHT[0]).exists():
            npm_packages.install(output, *PLAYWRIGHT)
    except npm_packages.Unavailable as error:
        sys.exit(f"browser_test: {error}")

    for name, arguments in RUNS.items():
        folder = output / name
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([build / "bin/dojo", *arguments, "--record", folder, "--quiet"], check=True)
        if name == "training":
            (folder / "profile.json").write_text(PROFILE)
        subprocess.run([build / "bin/dojo", "report", folder], check=True)
        size = (folder / "report.html").stat().st_size
        if size >= MOST_BYTES:
            sys.exit(f"browser_test: the report of {name} has {size} bytes; fewer than {MOST_BYTES} are allowed")

    script = output / "browser_test.mjs"  # beside node_modules
    shutil.copy(project / "tests/report/browser_test.mjs", script)
    sys.exit(subprocess.run([node, script, chromium, output], check=False).returncode)


if __name__ == "__main__":
    main()
