"""One HTML report of RTL and C++, made by genhtml of lcov."""

import shutil
import subprocess

TITLE = "OpenDojo (RTL: functions are cover properties, branches are bits that change)"


def _record(path, file):
    yield f"TN:\nSF:{path}"
    for (line, name), count in sorted(file.functions.items()):
        yield f"FN:{line},{name}\nFNDA:{count},{name}"
    numbers = {}
    for (line, _), count in sorted(file.branches.items()):
        numbers[line] = numbers.get(line, -1) + 1
        yield f"BRDA:{line},0,{numbers[line]},{count}"
    for line, count in sorted(file.lines.items()):
        yield f"DA:{line},{count}"
    yield "end_of_record"


def write_info(files, path, root):
    """Writes all counts in lcov's format."""
    path.write_text("".join(f"{line}\n" for name, file in sorted(files.items()) for line in _record(root / name, file)))


def write_html(info, folder, root):
    """The first page of the report."""
    shutil.rmtree(folder, ignore_errors=True)
    command = ["genhtml", "--quiet", "--branch-coverage", "--function-coverage", "--demangle-cpp", "--legend", "--prefix", root]
    subprocess.run([*command, "--title", TITLE, "--output-directory", folder, info], check=True, stdout=subprocess.DEVNULL)
    return folder / "index.html"
