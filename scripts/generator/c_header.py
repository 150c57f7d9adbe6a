"""Writes dojo_hw.h: constants for firmware (C and assembly) and for the host (C++)."""

from .description import DESCRIPTOR_BITS, GENERATED_FROM, MHPMCOUNTER3, WORD_BITS, descriptor_layout, instruction_base

DESCRIPTOR_BYTES = DESCRIPTOR_BITS // 8


def _map(hw):
    lines = ["", "/* Memory map of a node. */"]
    for region in hw.memory_map:
        name = region["name"].upper()
        lines.append(f"#define DOJO_{name}_BASE DOJO_CONSTANT(0x{region['base']:08x}) /* {region['doc']} */")
        lines.append(f"#define DOJO_{name}_SIZE DOJO_CONSTANT(0x{region['size']:08x})")
    lines += ["", "/* Addresses of registers in the node. */"]
    for block, registers in hw.registers.items():
        for register in registers:
            name = f"DOJO_{block.upper()}_{register['name'].upper()}"
            address = f"DOJO_{block.upper()}_BASE + 0x{register['offset']:x}"
            if register["count"] > 1:
                name += "(index)"
                address += f" + (index) * {register['stride']}"
            lines.append(f"#define {name} ({address}) /* {register['doc']} */")
    return lines


def _isa(hw):
    lines = ["", "/* Xdojo instructions: R-type in the first opcode space; the others name their own. */", f"#define DOJO_OPCODE 0x{hw.instructions[0]['opcode']:02x}"]
    for instruction in hw.instructions:
        base = instruction_base(instruction).upper()
        lines.append(f"#define DOJO_{base}_FUNCT3 {instruction['funct3']}")
        if isinstance(instruction.get("funct7"), int):
            lines.append(f"#define DOJO_{base}_FUNCT7 {instruction['funct7']}")
        if "funct6" in instruction:
            lines.append(f"#define DOJO_{base}_OPCODE 0x{instruction['opcode']:02x}")
            lines.append(f"#define DOJO_{base}_FUNCT6 {instruction['funct6']}")
    lines += ["", "/* CSR numbers; counter number i is DOJO_CSR_MHPMCOUNTER3 + i. */"]
    lines += [f"#define DOJO_CSR_{csr['name'].upper()} 0x{csr['address']:03x}" for csr in hw.csrs]
    lines.append(f"#define DOJO_CSR_MHPMCOUNTER3 0x{MHPMCOUNTER3:03x}")
    lines += ["", "/* Performance counters. */", f"#define DOJO_COUNTERS {len(hw.counters)}"]
    for index, counter in enumerate(hw.counters):
        lines.append(f"#define DOJO_COUNTER_{counter['name'].upper()} {index} /* {counter['doc']} */")
    return lines


def _enums(hw):
    lines = ["", "/* Enumerations. */"]
    for name, enum in hw.enums.items():
        lines.append(f"/* {enum['doc']} */")
        for value in enum["values"]:
            lines.append(f"#define DOJO_{name.upper()}_{value['name'].upper()} {value['value']} /* {value['doc']} */")
    return lines


def _global_address(hw):
    lines = ["", f"/* {hw.structs['global_address']['doc']} */"]
    for field in hw.structs["global_address"]["fields"]:
        lines.append(f"#define DOJO_GLOBAL_ADDRESS_{field['name'].upper()}_SHIFT {field['at']}")
    lines += [
        "#define DOJO_GLOBAL_ADDRESS_OF_KIND(kind, x, y, offset)                                          \\",
        "  ((DOJO_CONSTANT(1) << DOJO_GLOBAL_ADDRESS_IS_GLOBAL_SHIFT) |                                   \\",
        "   ((kind) * (DOJO_CONSTANT(1) << DOJO_GLOBAL_ADDRESS_KIND_SHIFT)) |                             \\",
        "   ((y) * (DOJO_CONSTANT(1) << DOJO_GLOBAL_ADDRESS_Y_SHIFT)) |                                   \\",
        "   ((x) * (DOJO_CONSTANT(1) << DOJO_GLOBAL_ADDRESS_X_SHIFT)) | (offset))",
        "/* The address `offset` inside node (x, y). */",
        "#define DOJO_GLOBAL_ADDRESS(x, y, offset) DOJO_GLOBAL_ADDRESS_OF_KIND(0, x, y, offset)",
    ]
    return lines


def _member(field):
    if field["bits"] > WORD_BITS:
        return f"uint32_t {field['name']}[{field['bits'] // WORD_BITS}];"
    if field["bits"] == WORD_BITS:
        return f"uint32_t {field['name']};"
    return f"uint32_t {field['name']} : {field['bits']};"


def _descriptors(hw):
    lines = []
    for name, descriptor in hw.descriptors.items():
        kind = f"dojo_{name}_descriptor"
        lines += ["", f"/* {descriptor['doc']} */", f"typedef struct __attribute__((aligned({DESCRIPTOR_BYTES}))) {kind} {{"]
        for field in descriptor_layout(descriptor, split_words=True):
            lines.append(f"  {_member(field)} /* {field['doc']} */")
        lines += [
            f"}} {kind}_t;",
            f'DOJO_STATIC_ASSERT(sizeof({kind}_t) == {DESCRIPTOR_BYTES}, "{kind}_t is one SRAM line");',
        ]
        for field in descriptor["fields"]:
            if field["bits"] == WORD_BITS:
                offset = f"offsetof({kind}_t, {field['name']}) == {field['at'] // 8}"
                lines.append(f'DOJO_STATIC_ASSERT({offset}, "word {field["word"]}");')
    return lines


def render(hw):
    """Returns the text of dojo_hw.h."""
    lines = [
        f"/* {GENERATED_FROM} */",
        "",
        "#ifndef DOJO_HW_H",
        "#define DOJO_HW_H",
        "",
        "#ifdef __ASSEMBLER__",
        "#define DOJO_CONSTANT(value) value",
        "#else",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "#define DOJO_CONSTANT(value) UINT64_C(value)",
        "#endif",
        "",
        "/* The machine. */",
    ]
    lines += [f"#define DOJO_{item['name'].upper()} {item['value']} /* {item['doc']} */" for item in hw.machine]
    lines += _map(hw) + _isa(hw) + _enums(hw) + _global_address(hw)
    lines += [
        "",
        "#ifndef __ASSEMBLER__",
        "#ifdef __cplusplus",
        "#define DOJO_STATIC_ASSERT(condition, text) static_assert(condition, text)",
        "#else",
        "#define DOJO_STATIC_ASSERT(condition, text) _Static_assert(condition, text)",
        "#endif",
        "",
        "/* Descriptors. */",
    ]
    lines += _descriptors(hw)
    lines += ["", "#endif", "#endif", ""]
    return "\n".join(lines)
