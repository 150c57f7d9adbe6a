"""Maps an elaborated module to standard cells with yosys and counts its area in NAND2 gate equivalents."""

import os
import pathlib
import re
import resource
import signal
import subprocess

LIBERTY = pathlib.Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
MEMORY_LIMIT_BYTES = 12 << 30
# Drive and load of the ports: without them abc sizes nothing.
CONSTRAINTS = "set_driving_cell INVX4\nset_load 0.05 [all_outputs]\n"


class MappingError(Exception):
    """The module was not mapped; the message says why."""


def _limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


def _nand2_area():
    match = re.search(r"cell \(NAND2X1\) \{.*?area : ([\d.]+);", LIBERTY.read_text(), re.DOTALL)
    return float(match[1])


def gate_equivalents(module, output, seconds):
    """Area of MODULE.elab.v in `output`, its children not counted; raises MappingError."""
    constraints = output / "abc.constr"
    constraints.write_text(CONSTRAINTS)
    statistics = output / f"{module}.area"
    # -noshare: sharing needs tens of GB on wide arithmetic; -nordff saves area where queues are read.
    script = f"""
        read_liberty -lib {LIBERTY}
        read_verilog {output}/{module}.elab.v
        hierarchy -top {module}
        synth -flatten -noshare -nordff -top {module}
        dfflibmap -liberty {LIBERTY}
        abc -liberty {LIBERTY} -D 1000 -constr {constraints}
        opt_clean -purge
        select -assert-none t:$dlatch t:$_DLATCH_*
        tee -o {statistics} stat -liberty {LIBERTY}
        write_verilog -noattr {output}/{module}.net.v
    """
    command = ["yosys", "-q", "-l", str(output / f"{module}.map.log"), "-p", "; ".join(script.split("\n")[1:-1])]
    # A session of its own, so that the time limit ends yosys and the abc it has started.
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=_limit_memory, start_new_session=True
    ) as process:
        try:
            errors = process.communicate(timeout=seconds)[1]
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise MappingError(f"not mapped within {seconds} s") from error
    if process.returncode != 0:
        raise MappingError(f"yosys failed: {' '.join(errors.split())[-300:]}")
    match = re.search(r"Chip area for .*?: ([\d.]+)", statistics.read_text())
    return (float(match[1]) if match else 0.0) / _nand2_area()
