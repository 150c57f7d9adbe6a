"""Writes dojo_pkg.sv."""

from .description import DESCRIPTOR_BITS, GENERATED_FROM, MHPMCOUNTER3, camel, descriptor_layout, instruction_base

ADDRESS_BITS = 40


def _number(name, value):
    return f"  localparam int unsigned {name} = {value};"


def _vector(name, bits, value):
    digits = (bits + 3) // 4
    return f"  localparam logic [{bits - 1}:0] {name} = {bits}'h{value:0{digits}x};"


def _range(bits):
    return f"logic [{bits - 1}:0]" if bits > 1 else "logic"


def _packed(name, doc, fields):
    lines = ["", f"  // {doc}", "  typedef struct packed {"]
    lines += [f"    {_range(field['bits'])} {field['name']};" for field in fields]
    return lines + [f"  }} {name};"]


def _map(hw):
    lines = ["", "  // Memory map of a node."]
    for region in hw.memory_map:
        lines.append(_vector(f"{camel(region['name'])}Base", ADDRESS_BITS, region["base"]))
        lines.append(_vector(f"{camel(region['name'])}Size", ADDRESS_BITS, region["size"]))
    lines += ["", "  // Registers: offset in their region, number, and distance in bytes."]
    for block, registers in hw.registers.items():
        for register in registers:
            name = camel(block) + camel(register["name"])
            lines.append(_vector(f"{name}Offset", ADDRESS_BITS, register["offset"]))
            lines.append(_number(f"{name}Count", register["count"]))
            lines.append(_number(f"{name}Stride", register["stride"]))
    return lines


def _enums(hw):
    lines = []
    for name, enum in hw.enums.items():
        lines += ["", f"  // {enum['doc']}", f"  typedef enum {_range(enum['bits'])} {{"]
        values = [f"    {camel(name)}{camel(v['name'])} = {enum['bits']}'d{v['value']}" for v in enum["values"]]
        lines += [",\n".join(values), f"  }} {name}_e;"]
    return lines


def _isa(hw):
    lines = ["", "  // Xdojo instructions: R-type in the first opcode space; the others name their own."]
    lines.append(_vector("XdojoOpcode", 7, hw.instructions[0]["opcode"]))
    for instruction in hw.instructions:
        name = "Xdojo" + camel(instruction_base(instruction))
        lines.append(_vector(f"{name}Funct3", 3, instruction["funct3"]))
        if isinstance(instruction.get("funct7"), int):
            lines.append(_vector(f"{name}Funct7", 7, instruction["funct7"]))
        if "funct6" in instruction:
            lines.append(_vector(f"{name}Opcode", 7, instruction["opcode"]))
            lines.append(_vector(f"{name}Funct6", 6, instruction["funct6"]))
    lines += ["", "  // CSR addresses; counter number i is CsrMhpmcounter3 + i."]
    lines += [_vector(f"Csr{camel(csr['name'])}", 12, csr["address"]) for csr in hw.csrs]
    lines.append(_vector("CsrMhpmcounter3", 12, MHPMCOUNTER3))
    lines += ["", "  // Performance counters: those of the node first, then those of each hart."]
    lines.append(_number("Counters", len(hw.counters)))
    lines.append(_number("NodeCounters", len(hw.counters_of("node"))))
    lines.append(_number("HartCounters", len(hw.counters_of("hart"))))
    lines += [_number(f"Counter{camel(counter['name'])}", index) for index, counter in enumerate(hw.counters)]
    return lines


def render(hw):
    """Returns the text of dojo_pkg.sv."""
    lines = [
        f"// {GENERATED_FROM}",
        "",
        "// Constants and packed structures of the machine; descriptor fields lie at bit word * 32 + lsb.",
        "// UNUSEDPARAM is waived here because no single module uses every constant of the machine.",
        "// verilator lint_off UNUSEDPARAM",
        "package dojo_pkg;",
    ]
    for item in hw.machine:
        lines += [f"  // {item['doc']}", _number(camel(item["name"]), item["value"])]
    lines += _map(hw) + _enums(hw)
    for name, struct in hw.structs.items():
        lines += ["", _number(f"{camel(name)}Bits", hw.struct_bits(name))]
        lines += _packed(f"{name}_t", struct["doc"], struct["fields"])
    lines += ["", _number("DescriptorBits", DESCRIPTOR_BITS)]
    for name, descriptor in hw.descriptors.items():
        layout = descriptor_layout(descriptor, split_words=False)
        lines += _packed(f"{name}_descriptor_t", descriptor["doc"], reversed(layout))
    lines += _isa(hw)
    lines += ["endpackage", "// verilator lint_on UNUSEDPARAM", ""]
    return "\n".join(lines)
