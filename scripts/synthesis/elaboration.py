"""Elaborates modules by slang, each alone; what passed is not read again until it changes."""

import concurrent.futures
import hashlib
import json
import pathlib
import queue
import re
import subprocess
import threading

MODULE_SECONDS = 300
DRIVER = pathlib.Path(__file__).with_name("elaborate.mjs")
FLIP_FLOP = re.compile(r"\$(?:a|s)?(?:ld)?dff(?:e|sr|sre|ce)?_(\d+)$")
# A module's name at the beginning of a line, then parameters or the instance's name.
INSTANCE = re.compile(r"^\s*(\w+)\s+(?:#\s*\(|u_\w+)", re.MULTILINE)
# They take the longest: the most bits of wires.
WIDE = ("matrix_datapath", "collective_unit", "vector_registers", "router")
# Memory macros: modelled for simulation, and a black box in synthesis.
MACROS = ("sram_array",)


class Design:
    """The RTL sources: packages first, then one module per file."""

    def __init__(self, root, package):
        sources = sorted((root / "rtl").rglob("*.sv"))
        self._packages = [package, *(path for path in sources if path.name.endswith("_pkg.sv"))]
        self._headers = sorted((root / "rtl").rglob("*.svh"))
        self._modules = {path.stem: path for path in sources if path not in self._packages}
        self.modules = sorted(name for name in self._modules if name not in MACROS)

    def _below(self, module):
        """Modules that `module` instantiates, and those below them."""
        found, pending = {module}, [module]
        while pending:
            fresh = (set(INSTANCE.findall(self._modules[pending.pop()].read_text())) & self._modules.keys()) - found
            found |= fresh
            pending += fresh
        return sorted(found - {module})

    def files(self, module):
        return [*self._packages, *self._headers, self._modules[module], *(self._modules[name] for name in self._below(module))]

    def digest(self, module):
        digest = hashlib.sha256(DRIVER.read_bytes())
        for path in self.files(module):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()


def _run(design, waiting, output, tools):
    """Elaborates modules of the queue `waiting` one after the other in one process, until it is empty or a module hangs; returns
    {module: error or None}."""
    node, yosys = tools
    errors = {}
    command = [str(word) for word in (node, "--stack-size=8000", DRIVER, yosys, output)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            try:
                name = waiting.get_nowait()
            except queue.Empty:
                break
            timer = threading.Timer(MODULE_SECONDS, process.kill)
            timer.start()
            process.stdin.write(json.dumps({"top": name, "files": [str(path) for path in design.files(name)]}) + "\n")
            process.stdin.flush()
            result = process.stdout.readline()
            timer.cancel()
            if not result:
                errors[name] = f"not elaborated: ended, or stopped after {MODULE_SECONDS} s"
                break
            errors[name] = json.loads(result)["error"]
    return errors


def elaborate(design, modules, output, tools, processes):
    """Writes MODULE.elab.il and MODULE.stat.json of every module into `output`; returns {module: error text or None}."""
    digests = {name: design.digest(name) for name in modules}
    stamps = {name: output / f"{name}.elaborated" for name in modules}
    fresh = {name: stamps[name].exists() and stamps[name].read_text() == digests[name] for name in modules}
    errors = {name: None for name in modules if fresh[name]}

    pending = [name for name in modules if not fresh[name]]
    waiting = queue.SimpleQueue()
    # The wide ones first, so that no process is left with one at the end.
    for name in sorted(pending, key=lambda name: name in WIDE, reverse=True):
        waiting.put(name)

    def run_all(_):
        found = {}
        while not waiting.empty():
            found |= _run(design, waiting, output, tools)
        return found

    with concurrent.futures.ThreadPoolExecutor(processes) as pool:
        for found in pool.map(run_all, range(processes)):
            errors |= found
    for name in pending:
        if errors[name] is None:
            stamps[name].write_text(digests[name])
    return errors


def _statistics(module, output):
    return json.loads((output / f"{module}.stat.json").read_text())["design"]


def state_bits(module, output):
    """Bits of state of an elaborated module without its children: (in flip-flops, in memories)."""
    statistics = _statistics(module, output)
    bits = 0
    for cell, count in statistics["num_cells_by_type"].items():
        match = FLIP_FLOP.match(cell)
        if match:
            bits += int(match[1]) * count
    return bits, statistics["num_memory_bits"]
