"""The router with its properties as one bit-level machine: elaborated by slang, written as AIGER by Yosys.

What a proof needs is an output of the machine: assert.NAME is 1 in a cycle in which the assertion fails, cover.NAME in one in which the
case is reached, RULE in one in which the assumption does not hold. All that is free is an input.
"""

import collections
import hashlib
import json
import pathlib
import re
import subprocess

from proof import aiger

HERE = pathlib.Path(__file__).parent
TOP = "router"
ASSERT, COVER, RULE = "assert.", "cover.", "rule"
CHECKER = "u_properties."
# What no property depends on: fields of the header that the router only carries get one bit, coordinates and ages fewer bits.
CARRIED_FIELDS = ("src_x", "src_y", "op", "addr", "size", "sem")
COORDINATE_BITS = 4
# A table covers at least the eight destinations of a word in each direction.
WINDOW_EDGE = 8
ELABORATE = (
    "read_slang -j 1 --top {top} -G PayloadBits=1 -G Depth={depth} --blackboxed-module free_choice {files}",
    "hierarchy -check -top {top}",
    "proc",
    "flatten",
    "dffunmap",
    "delete t:$print",
    # Its outputs are free from now on, and so is what the language leaves undefined.
    "delete t:free_choice",
    "delete =free_choice",
    "delete -output o:*",
    "opt_clean",
    "setundef -zero",
    "setundef -undriven -anyseq",
    "bwmuxmap",
    "demuxmap",
    "opt_expr",
    "opt_merge",
    "opt_clean",
    "attrmap -remove src",
    "attrmap -modattr -remove src",
    "write_rtlil model.il",
)
MAKE_GATES = ("read_rtlil cut.il", "opt_clean", "write_aiger2 -strash model.aig")


class ModelError(Exception):
    """The model could not be made; the message says why."""


def narrowed(package, age_bits):
    """The text of dojo_pkg.sv with a narrow header and a small table."""
    head, end, after = package.partition("} packet_header_t;")
    before, start, fields = head.rpartition("typedef struct packed {")
    if not start or not end:
        raise ModelError("dojo_pkg.sv has no packet_header_t")
    for names, kind in ((CARRIED_FIELDS, "logic"), (("dst_x", "dst_y"), f"logic [{COORDINATE_BITS - 1}:0]"), (("age",), f"logic [{age_bits - 1}:0]")):
        for name in names:
            fields, found = re.subn(rf"logic (\[\d+:0\] )?{name};", f"{kind} {name};", fields)
            if found != 1:
                raise ModelError(f"packet_header_t has no field {name}")
    text = before + start + fields + end + after
    sizes = {"CoordinateBits": COORDINATE_BITS, "AgeBits": age_bits, "RouteWindowEdge": WINDOW_EDGE, "ControlRouteTableCount": WINDOW_EDGE * WINDOW_EDGE // 8}
    for name, value in sizes.items():
        text, found = re.subn(rf"\b{name} = \d+;", f"{name} = {value};", text)
        if found != 1:
            raise ModelError(f"dojo_pkg.sv has no {name}")
    return text


def _gate(kind, name, inputs, output):
    lines = [f"cell ${kind} {name}"]
    for port in inputs:
        lines += [f"parameter \\{port}_SIGNED 0", f"parameter \\{port}_WIDTH 1"]
    lines.append("parameter \\Y_WIDTH 1")
    lines += [f"connect \\{port} {signal}" for port, signal in inputs.items()]
    return "\n  ".join(["", *lines, f"connect \\Y {output}", "end"]) + "\n"


class Netlist:
    """An elaborated module, as RTLIL, with outputs for what is asserted and covered, and inputs for what is free."""

    def __init__(self, rtlil):
        self._ports = 1000
        self._wires, self._gates = [], []
        # Names of inputs and outputs in their order in AIGER, one for each bit; and the number of flip-flops' bits.
        self.inputs, self.outputs, self.flip_flops = self._input_ports(rtlil), [], 0

        text = re.sub(r"(?m)^  cell \$check \\(\S+)\n((?:    .*\n)*)  end\n", self._formal, rtlil)
        text = re.sub(r"(?m)^  cell \$anyseq \S+\n    parameter \\WIDTH (\d+)\n    connect \\Y (.*)\n  end\n", self._free, text)
        kept = f"\\{CHECKER}kept_q"
        if f"\n  wire {kept}\n" not in text or "$anyseq" in text or "$check" in text:
            raise ModelError("the elaborated module does not look as expected")
        # Rules hold from the first reset on, and the first cycle is one.
        self._wires.append("  wire $unruly\n")
        self._gates.append(_gate("not", "$not.kept", {"A": kept}, "$unruly"))
        self._gates.append(_gate("and", "$and.rule", {"A": "$unruly", "B": "\\rst_ni"}, self._port("output", RULE)))
        self.text = self._with_additions(text)
        # The same without flip-flops: their contents are inputs, what goes into them are outputs.
        text = re.sub(r"(?m)^  cell \$dff \S+\n((?:    .*\n)*)  end\n", self._cut, text)
        self.cut_text = self._with_additions(text)

    def _input_ports(self, rtlil):
        ports = re.findall(r"(?m)^  wire (?:width (\d+) )?(?:offset \d+ )?input (\d+) \\(\S+)$", rtlil)
        ports.sort(key=lambda port: int(port[1]))
        return [name for width, _, name in ports for _ in range(int(width or 1))]

    def _with_additions(self, text):
        head, end = text.rstrip().rsplit("end", 1)
        return head + "".join(self._wires) + "".join(self._gates) + "end" + end + "\n"

    def _port(self, direction, name, width=1):
        self._ports += 1
        self._wires.append(f"  wire width {width} {direction} {self._ports} \\{name}\n")
        (self.inputs if direction == "input" else self.outputs).extend([name] * width)
        return f"\\{name}"

    def _formal(self, match):
        name, body = match.groups()
        kind = re.search(r'\\FLAVOR "(\w+)"', body)[1]
        signals = dict(re.findall(r"connect \\(A|EN) (.*)", body))
        if kind == "assert":
            failing = f"$not.{name}"
            self._wires.append(f"  wire {failing}\n")
            self._gates.append(_gate("not", f"$n{failing}", {"A": signals["A"]}, failing))
            signals["A"] = failing
        output = self._port("output", (ASSERT if kind == "assert" else COVER) + name)
        self._gates.append(_gate("and", f"$and.{kind}.{name}", {"A": signals["A"], "B": signals["EN"]}, output))
        return ""

    def _free(self, match):
        width, signal = match.groups()
        self._gates.append(f"  connect {signal} {self._port('input', f'free.{self._ports}', int(width))}\n")
        return ""

    def map(self):
        """What yosys needs to replay a way: the wire and bit of each input."""
        bits = collections.Counter()
        lines = []
        for number, name in enumerate(self.inputs[: len(self.inputs) - self.flip_flops]):
            lines.append(f"input {number} {bits[name]} {name}\n")
            bits[name] += 1
        return "".join(lines)

    def _cut(self, match):
        width = int(re.search(r"\\WIDTH (\d+)", match[1])[1])
        signals = dict(re.findall(r"connect \\(D|Q) (.*)", match[1]))
        held = self._port("input", f"state.{self._ports}", width)
        self._gates.append(f"  connect {signals['Q']} {held}\n")
        self._gates.append(f"  connect {self._port('output', f'next.{self._ports}', width)} {signals['D']}\n")
        self.flip_flops += width
        return ""


class Model:
    """NAME.il and NAME.aig in `folder`; what was made of the same texts before is not made again."""

    def __init__(self, folder, name):
        self.folder = folder
        self.name = name

    def path(self, suffix):
        return self.folder / f"{self.name}.{suffix}"

    def remove(self):
        for path in self.folder.glob(f"{self.name}.*"):
            path.unlink()

    def build(self, files, depth, tools):
        """files: {name: text} of the package, the headers, the router and its checker. Raises ModelError."""
        script = [line.format(top=TOP, depth=depth, files=" ".join(name for name in files if name.endswith(".sv"))) for line in ELABORATE]
        digest = hashlib.sha256(repr((script, files, MAKE_GATES)).encode() + pathlib.Path(__file__).read_bytes()).hexdigest()
        stamp = self.path("made")
        if stamp.exists() and stamp.read_text() == digest:
            return
        stamp.unlink(missing_ok=True)
        netlist = Netlist(_yosys(tools, files, script, "model.il").decode())
        self.path("il").write_text(netlist.text)
        gates = _yosys(tools, {"cut.il": netlist.cut_text}, MAKE_GATES, "model.aig")
        self.path("aig").write_bytes(aiger.with_latches(gates, netlist))
        self.path("aim").write_text(netlist.map())
        stamp.write_text(digest)


def _yosys(tools, files, script, result):
    """Runs a script on files in the build of Yosys that has slang; returns the contents of the file `result`."""
    node, yosys = tools
    job = json.dumps({"files": files, "script": script, "result": result})
    command = [str(word) for word in (node, "--stack-size=8000", HERE / "elaborate.mjs", yosys)]
    done = subprocess.run(command, input=job.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        raise ModelError(done.stderr.decode().strip())
    return done.stdout
