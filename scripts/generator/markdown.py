"""Writes the tables under docs/generated/."""

from .description import DESCRIPTOR_BITS, GENERATED_FROM, MHPMCOUNTER3, WORD_BITS


def _page(title, *parts):
    return "\n".join([f"# {title}", "", f"<!-- {GENERATED_FROM} -->", *parts, ""])


def _cell(value):
    return str(value).replace("|", "\\|")


def _table(header, rows):
    lines = ["", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows])


def _section(title, text=None):
    return "\n".join(["", f"## {title}"] + (["", text] if text else []))


def _bits(lsb, count):
    return str(lsb) if count == 1 else f"{lsb + count - 1}:{lsb}"


def _sentence(text):
    return text[:1].upper() + text[1:] + "."


def _machine(hw):
    return _page("Machine constants", _table(("Name", "Value", "Meaning"), ((f"`{i['name']}`", i["value"], i["doc"]) for i in hw.machine)))


def _memory_map(hw):
    parts = [
        _table(
            ("Region", "First", "Last", "Bytes", "Contents"),
            (
                (f"`{r['name']}`", f"0x{r['base']:08x}", f"0x{r['base'] + r['size'] - 1:08x}", r["size"], r["doc"])
                for r in hw.memory_map
            ),
        )
    ]
    for block, registers in hw.registers.items():
        base = hw.region(block)["base"]
        rows = []
        for r in registers:
            address = f"0x{base + r['offset']:08x}" + (f" + {r['stride']} * i" if r["count"] > 1 else "")
            rows.append((f"`{r['name']}`", address, r["count"], r["bytes"], r["access"], r["doc"]))
        parts += [_section(f"Registers of {block}"), _table(("Name", "Address", "Number", "Bytes", "Access", "Meaning"), rows)]
    return _page("Memory map of a node, and of an Interface Processor above its DRAM", *parts)


def _structs(hw):
    parts = []
    for name, struct in hw.structs.items():
        rows = ((_bits(f["at"], f["bits"]), f"`{f['name']}`", f["bits"], f["doc"]) for f in struct["fields"])
        text = f"{hw.struct_bits(name)} bits: {struct['doc']}."
        parts += [_section(name, text), _table(("Bits", "Field", "Width", "Meaning"), rows)]
    return _page("Packet header and global address", *parts)


def _enums(hw):
    parts = []
    for name, enum in hw.enums.items():
        rows = ((v["value"], f"`{v['name']}`", v["doc"]) for v in enum["values"])
        text = f"{_sentence(enum['doc'])} Width: {enum['bits']} bit{'s' if enum['bits'] > 1 else ''}."
        parts += [_section(name, text), _table(("Value", "Name", "Meaning"), rows)]
    return _page("Enumerations", *parts)


def _descriptors(hw):
    words = DESCRIPTOR_BITS // WORD_BITS
    parts = [f"\nA descriptor is one SRAM line of {words} little-endian 32-bit words; bits that are not listed are 0."]
    for name, descriptor in hw.descriptors.items():
        rows = ((f["word"], _bits(f["lsb"], f["bits"]), f"`{f['name']}`", f["doc"]) for f in descriptor["fields"])
        parts += [_section(name, _sentence(descriptor["doc"])), _table(("Word", "Bits", "Field", "Meaning"), rows)]
    return _page("Descriptors", *parts)


def _encodings(hw, instruction):
    """(assembly, funct7) of every form of an instruction; the last bit of a vector instruction's is vm."""
    if "funct6" in instruction:
        return [(f"{instruction['name']} {instruction['operands']}", instruction["funct6"] << 1)]
    if isinstance(instruction["funct7"], int):
        return [(f"{instruction['name']} {instruction['operands']}", instruction["funct7"])]
    enum = instruction["funct7"]
    return [
        (f"{instruction['name']} {instruction['operands'].replace(enum, value['name'])}", value["value"])
        for value in hw.enums[enum]["values"]
    ]


def _isa(hw):
    rows = []
    for instruction in hw.instructions:
        operands = [operand.strip(" ()") for operand in instruction["operands"].split(",")]
        is_vector = "funct6" in instruction
        names = ("vs2", "rs1", "vs3" if "vs3" in operands else "vd") if is_vector else ("rs2", "rs1", "rd")
        rs2, rs1, rd = (name if name in operands else "00000" for name in names)
        for assembly, funct7 in _encodings(hw, instruction):
            match = funct7 << 25 | instruction["funct3"] << 12 | instruction["opcode"]
            mask = 0xFC00707F if is_vector else 0xFE00707F
            mask |= sum(0x1F << lsb for name, lsb in ((rs2, 20), (rs1, 15), (rd, 7)) if name == "00000")
            top = f"{funct7 >> 1:06b} vm" if is_vector else f"{funct7:07b}"
            fields = (top, rs2, rs1, f"{instruction['funct3']:03b}", rd, f"{instruction['opcode']:07b}")
            rows.append((f"`{assembly}`", *(f"`{f}`" for f in fields), f"0x{match:08x}", f"0x{mask:08x}"))
    header = ("Instruction", "31:25 funct7", "24:20 rs2", "19:15 rs1", "14:12 funct3", "11:7 rd", "6:0 opcode", "Match", "Mask")
    meaning = ((f"`{i['name']} {i['operands']}`", i["doc"]) for i in hw.instructions)
    csr_rows = [(f"0x{c['address']:03x}", f"`{c['name']}`", c["access"], c["scope"], c["doc"]) for c in hw.csrs]
    counter_rows = [
        (index, f"0x{MHPMCOUNTER3 + index:03x}", f"`{c['name']}`", c["scope"], c["doc"]) for index, c in enumerate(hw.counters)
    ]
    return _page(
        "Instructions, CSRs and counters",
        _section("Xdojo instructions", "R-type in the opcode space custom-0; vector instructions in custom-1 and custom-2."),
        _table(header, rows),
        _table(("Instruction", "Meaning"), meaning),
        _section("CSRs"),
        _table(("Address", "Name", "Access", "Scope", "Meaning"), csr_rows),
        _section("Performance counters", "Counter number i is read as CSR `mhpmcounter3` + i; writes are ignored."),
        _table(("Number", "CSR", "Name", "Scope", "Counts"), counter_rows),
    )


def render(hw):
    """Returns {file name: text} of the tables."""
    return {
        "machine.md": _machine(hw),
        "memory-map.md": _memory_map(hw),
        "structs.md": _structs(hw),
        "enums.md": _enums(hw),
        "descriptors.md": _descriptors(hw),
        "isa.md": _isa(hw),
    }
