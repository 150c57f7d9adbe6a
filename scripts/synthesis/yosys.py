"""Runs Debian's yosys on an elaborated module: synthesis to generic gates, with checks, and mapping to standard cells."""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import resource
import signal
import subprocess

LIBERTY = pathlib.Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
MEMORY_LIMIT_BYTES = 10 << 30
# Memories of at least so many words would be SRAM macros or latch arrays; they stay memories.
MACRO_WORDS = 64
# Drive and load of the ports: without them abc sizes nothing.
CONSTRAINTS = "set_driving_cell INVX4\nset_load 0.05 [all_outputs]\n"

READ = """
    read_rtlil {module}.elab.il
    hierarchy -check -top {module}
"""
NO_LATCHES = "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$_DLATCH_*"
# One module for each kind of cell (cells.py). alumacc first makes adders of what adds and compares.
KINDS = f"""
    read_rtlil {{name}}.il
    memory_map r:SIZE<{MACRO_WORDS}
    alumacc
    simplemap
    techmap
    {NO_LATCHES}
    select -assert-none t:$* t:$_* %d t:$mem* %d
    tee -o {{name}}.stat stat
"""
# Gates for mapping. -nordff saves area where queues are read; sharing of operators is left out, since it needs tens of GB on wide arithmetic.
GENERIC = f"""
    {READ}
    opt_expr
    opt_merge
    opt_clean
    opt_dff -nodffe -nosdff
    fsm
    wreduce
    peepopt
    alumacc
    opt_clean
    memory -nordff -nomap
    memory_map r:SIZE<{MACRO_WORDS}
    opt -fast
    techmap
    opt_expr
    opt_merge
    opt_dff
    opt_clean
    check -assert
    {NO_LATCHES}
"""
# What is tried in turn to map the gates: sized for speed, then without sizing.
ABC = {"sized": "abc -liberty {liberty} -D 1000 -constr abc.constr", "fast": "abc -fast -liberty {liberty}"}
# The depth is counted between flip-flops, memories, black boxes and ports: all but gates is taken out for it.
MAPPED = """
    select -set boxes c:* t:$* %d
    dfflibmap -liberty {liberty}
    {abc}
    opt_clean -purge
    select -assert-none t:$dlatch t:$_DLATCH_*
    tee -o {module}.area stat -liberty {liberty}
    write_verilog -noattr {module}.net.v
    delete @boxes
    delete t:$mem* t:DFF* t:LATCH
    read_liberty -lib {liberty}
    tee -o {module}.depth ltp
"""


class SynthesisError(Exception):
    """The module was not synthesized; the message says why. out_of_bounds: it took too much time or memory, nothing is known to be wrong."""

    def __init__(self, message, out_of_bounds=False):
        super().__init__(message)
        self.out_of_bounds = out_of_bounds


def _run(name, script, output, seconds):
    commands = [line.strip() for line in script.splitlines() if line.strip()]
    command = ["yosys", "-q", "-l", f"{name}.log", "-p", "; ".join(commands)]

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
        # For yosys and for the abc that it starts, each; time of the processor, so that a busy machine gives the same results.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))

    result = subprocess.run(
        command, cwd=output, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=limit, check=False
    )
    if result.returncode == 0:
        return
    errors = " ".join(result.stderr.split())
    if result.returncode == -signal.SIGXCPU or "ABC: execution of command" in errors:
        raise SynthesisError(f"not finished within {seconds} s", out_of_bounds=True)
    if "bad_alloc" in errors:
        raise SynthesisError(f"more than {MEMORY_LIMIT_BYTES >> 30} GB of memory", out_of_bounds=True)
    found = [line for line in (output / f"{name}.log").read_text().splitlines() if line.startswith("Warning: ")][:8]
    raise SynthesisError("\n".join([*found, errors[-300:]]))


def _remembered(path, digest, compute):
    """The results in the file `path` if they were made of inputs with this digest; else computed and kept."""
    if path.exists():
        kept = json.loads(path.read_text())
        if kept["digest"] == digest:
            return kept["results"]
    results = compute()
    path.write_text(json.dumps({"digest": digest, "results": results}))
    return results


def _digest(module, output, *flow):
    return hashlib.sha256((output / f"{module}.elab.il").read_bytes() + repr(flow).encode()).hexdigest()


def _gates_of(name, kinds, output, seconds):
    names = {f"kind_{number}": kind for number, kind in enumerate(kinds)}
    (output / f"{name}.il").write_text("autoidx 1\n" + "".join(kind.module(module) for module, kind in names.items()))

    def compute():
        _run(name, KINDS.format(name=name), output, seconds)
        parts = re.split(r"^=== (\w+) ===$", (output / f"{name}.stat").read_text(), flags=re.MULTILINE)[1:]
        return {module: sum(map(int, re.findall(r"^\s+\$_\w+_\s+(\d+)$", text, re.MULTILINE))) for module, text in zip(parts[::2], parts[1::2])}

    digest = hashlib.sha256((output / f"{name}.il").read_bytes() + KINDS.encode()).hexdigest()
    gates = _remembered(output / f"{name}.json", digest, compute)
    return {kind: gates.get(module, 0) for module, kind in names.items()}


def gates_of_kinds(kinds, output, seconds, jobs):
    """Makes generic gates of each kind of cell (cells.py), in `jobs` processes; returns their numbers; raises SynthesisError at findings."""
    by_bits = sorted(kinds, key=lambda kind: (sum(len(bits) for _, bits in kind.ports), kind.type, kind.parameters))
    shares = [by_bits[job::jobs] for job in range(jobs)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        done = pool.map(lambda job: _gates_of(f"kinds_{job}", shares[job], output, seconds), range(jobs))
        return {kind: number for gates in done for kind, number in gates.items()}


def gates(module, output, seconds):
    """Synthesizes MODULE.elab.il in `output` to optimised generic gates; returns their number; raises SynthesisError at findings."""

    def compute():
        _run(f"{module}.gates", GENERIC.format(module=module) + f"tee -o {module}.gates stat", output, seconds)
        counts = re.findall(r"^\s+\$_\w+_\s+(\d+)$", (output / f"{module}.gates").read_text(), re.MULTILINE)
        return sum(map(int, counts))

    return _remembered(output / f"{module}.gates.json", _digest(module, output, GENERIC), compute)


def _nand2_area():
    match = re.search(r"cell \(NAND2X1\) \{.*?area : ([\d.]+);", LIBERTY.read_text(), re.DOTALL)
    return float(match[1])


def _map(module, output, seconds):
    (output / "abc.constr").write_text(CONSTRAINTS)
    failures = []
    for name, abc in ABC.items():
        script = GENERIC + MAPPED.replace("{abc}", abc)
        try:
            _run(f"{module}.map", script.format(module=module, liberty=LIBERTY), output, seconds)
        except SynthesisError as error:
            if not error.out_of_bounds:
                raise
            failures.append(f"{name}: {error}")
            continue
        area = re.search(r"Chip area for .*?: ([\d.]+)", (output / f"{module}.area").read_text())
        depth = re.search(r"length=(\d+)", (output / f"{module}.depth").read_text())
        return {
            "gate_equivalents": (float(area[1]) if area else 0.0) / _nand2_area(),
            "depth": int(depth[1]) if depth else 0,
            "effort": name,
        }
    raise SynthesisError("; ".join(failures), out_of_bounds=True)


def standard_cells(module, output, seconds):
    """Maps MODULE.elab.il in `output` to standard cells, its children not counted, with at most `seconds` of processor time for each effort.

    Returns gate_equivalents, depth (cells on the longest path between registers, ports and black boxes) and effort.
    """
    digest = _digest(module, output, GENERIC, MAPPED, ABC, CONSTRAINTS)
    return _remembered(output / f"{module}.map.json", digest, lambda: _map(module, output, seconds))
