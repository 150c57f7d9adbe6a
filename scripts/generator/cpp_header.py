"""Writes dojo_hw.hpp: the same constants for host software, in namespace dojo::hw."""

from .description import GENERATED_FROM, MHPMCOUNTER3, WORD_BITS, camel, instruction_base


def _constant(kind, name, value, doc=None):
    lines = [f"/// {doc}"] if doc else []
    return lines + [f"inline constexpr {kind} {name} = {value};"]


def _text(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _map(hw):
    lines = [""]
    for region in hw.memory_map:
        lines += _constant("std::uint64_t", f"{region['name']}_base", f"0x{region['base']:08x}", region["doc"])
        lines += _constant("std::uint64_t", f"{region['name']}_size", f"0x{region['size']:08x}")
    for block, registers in hw.registers.items():
        for register in registers:
            name = f"{block}_{register['name']}"
            lines += ["", f"/// {register['doc']}"]
            lines += _constant("std::uint64_t", f"{name}_offset", f"0x{register['offset']:x}")
            lines += _constant("unsigned", f"{name}_count", register["count"])
            lines += _constant("unsigned", f"{name}_stride", register["stride"])
            lines += [
                f"constexpr std::uint64_t {name}_address(unsigned index = 0) {{",
                f"  return {block}_base + {name}_offset + std::uint64_t{{index}} * {name}_stride;",
                "}",
            ]
    return lines


def _enums(hw):
    lines = []
    for name, enum in hw.enums.items():
        kind = camel(name)
        lines += ["", f"/// {enum['doc']}", f"enum class {kind} : std::uint8_t {{"]
        lines += [f"  {value['name']} = {value['value']},  ///< {value['doc']}" for value in enum["values"]]
        lines += ["};", f"constexpr std::string_view to_string({kind} value) {{", "  switch (value) {"]
        for value in enum["values"]:
            lines += [f"    case {kind}::{value['name']}:", f"      return {_text(value['name'])};"]
        lines += ["  }", '  return "unknown";', "}"]
    return lines


def _field_type(hw, field):
    enum = hw.enum_of(field)
    if enum is not None:
        return camel(enum)
    if field["bits"] == 1:
        return "bool"
    return f"std::uint{next(width for width in (8, 16, 32, 64) if field['bits'] <= width)}_t"


def _as_unsigned(hw, field):
    return f"static_cast<std::uint64_t>({field['name']})"


def _encode_terms(hw, fields, word, word_bits):
    """The expressions whose OR is bits word * word_bits and up of the packed structure."""
    terms = []
    for field in fields:
        shift = field["at"] - word * word_bits
        if shift >= word_bits or shift + field["bits"] <= 0:
            continue
        value = f"({_as_unsigned(hw, field)} & 0x{(1 << field['bits']) - 1:x}u)"
        if shift > 0:
            value = f"({value} << {shift})"
        elif shift < 0:
            value = f"({value} >> {-shift})"
        terms.append(value)
    return terms


def _decode_expression(field, word_bits):
    first = field["at"] // word_bits
    last = (field["at"] + field["bits"] - 1) // word_bits
    parts = []
    for word in range(first, last + 1):
        source = f"std::uint64_t{{words[{word}]}}"
        shift = word * word_bits - field["at"]
        if shift > 0:
            source = f"({source} << {shift})"
        elif shift < 0:
            source = f"({source} >> {-shift})"
        parts.append(source)
    joined = " | ".join(parts)
    return f"({joined}) & 0x{(1 << field['bits']) - 1:x}u"


def _struct(hw, name, struct):
    kind = camel(name)
    fields = struct["fields"]
    bits = hw.struct_bits(name)
    words = (bits + WORD_BITS - 1) // WORD_BITS
    one_word = bits == 64
    encoded = "std::uint64_t" if one_word else f"std::array<std::uint32_t, {words}>"
    source = "std::uint64_t" if one_word else f"std::span<const std::uint32_t, {words}>"
    lines = ["", f"/// {struct['doc']}", f"struct {kind} {{", f"  static constexpr unsigned bits = {bits};"]
    lines += [f"  {_field_type(hw, field)} {field['name']}{{}};  ///< {field['doc']}" for field in fields]
    lines += ["", "  /// The packed form, least significant bits first; bits beyond a field's width are dropped."]
    lines += [f"  constexpr {encoded} encode() const {{"]
    if one_word:
        lines.append("    return " + " |\n           ".join(_encode_terms(hw, fields, 0, 64)) + ";")
    else:
        lines.append("    return {")
        for word in range(words):
            terms = " |\n            ".join(_encode_terms(hw, fields, word, WORD_BITS))
            lines.append(f"        static_cast<std::uint32_t>({terms}),")
        lines.append("    };")
    lines += ["  }", f"  static constexpr {kind} decode({source} packed) {{"]
    lines.append("    const std::array<std::uint64_t, 1> words{packed};" if one_word else "    const auto& words = packed;")
    lines.append(f"    {kind} result;")
    for field in fields:
        expression = _decode_expression(field, 64 if one_word else WORD_BITS)
        kind_of_field = _field_type(hw, field)
        value = f"({expression}) != 0" if kind_of_field == "bool" else f"static_cast<{kind_of_field}>({expression})"
        lines.append(f"    result.{field['name']} = {value};")
    lines += ["    return result;", "  }", f"  constexpr bool operator==(const {kind}&) const = default;", "};"]
    return lines


def _isa(hw):
    lines = [""]
    lines += _constant("std::uint32_t", "xdojo_opcode", f"0x{hw.instructions[0]['opcode']:02x}")
    for instruction in hw.instructions:
        base = "xdojo_" + instruction_base(instruction)
        lines += _constant("std::uint32_t", f"{base}_funct3", instruction["funct3"], instruction["doc"])
        if isinstance(instruction.get("funct7"), int):
            lines += _constant("std::uint32_t", f"{base}_funct7", instruction["funct7"])
        if "funct6" in instruction:
            lines += _constant("std::uint32_t", f"{base}_opcode", f"0x{instruction['opcode']:02x}")
            lines += _constant("std::uint32_t", f"{base}_funct6", instruction["funct6"])
    lines.append("")
    for csr in hw.csrs:
        lines += _constant("std::uint16_t", f"csr_{csr['name']}", f"0x{csr['address']:03x}", csr["doc"])
    lines += _constant("std::uint16_t", "csr_mhpmcounter3", f"0x{MHPMCOUNTER3:03x}", "counter number i is csr_mhpmcounter3 + i")
    lines += ["", "/// Performance counters by number.", "enum class Counter : std::uint8_t {"]
    lines += [f"  {counter['name']} = {index},  ///< {counter['doc']}" for index, counter in enumerate(hw.counters)]
    lines += ["};"]
    lines += _constant("unsigned", "counters", len(hw.counters))
    lines += _constant("unsigned", "node_counters", len(hw.counters_of("node")), "counters 0 .. node_counters - 1")
    lines += _constant("unsigned", "hart_counters", len(hw.counters_of("hart")), "the rest, one set per hart")
    return lines


def _tables(hw):
    lines = ["", "struct CsrInfo {", "  std::string_view name;", "  std::uint16_t address;", "  std::string_view doc;", "};"]
    lines.append(f"inline constexpr std::array<CsrInfo, {len(hw.csrs)}> csr_table{{{{")
    lines += [f"    {{{_text(csr['name'])}, 0x{csr['address']:03x}, {_text(csr['doc'])}}}," for csr in hw.csrs]
    lines += ["}};", "", "enum class CounterScope : std::uint8_t { node, hart };", "struct CounterInfo {"]
    lines += ["  std::string_view name;", "  CounterScope scope;", "  std::string_view doc;", "};"]
    lines.append(f"inline constexpr std::array<CounterInfo, {len(hw.counters)}> counter_table{{{{")
    for counter in hw.counters:
        lines.append(f"    {{{_text(counter['name'])}, CounterScope::{counter['scope']}, {_text(counter['doc'])}}},")
    lines += ["}};"]
    return lines


def _global_address():
    return [
        "",
        "/// The 64-bit address `offset` inside node (x, y).",
        "constexpr std::uint64_t global_address(unsigned x, unsigned y, std::uint64_t offset) {",
        "  return GlobalAddress{.is_global = true,",
        "                       .kind = false,",
        "                       .y = static_cast<std::uint16_t>(y),",
        "                       .x = static_cast<std::uint16_t>(x),",
        "                       .offset = offset}",
        "      .encode();",
        "}",
    ]


def render(hw):
    """Returns the text of dojo_hw.hpp."""
    lines = [
        f"// {GENERATED_FROM}",
        "",
        "#pragma once",
        "",
        "#include <array>",
        "#include <cstdint>",
        "#include <span>",
        "#include <string_view>",
        "",
        '#include "dojo_hw.h"',
        "",
        "/// Constants, packed structures and tables of the hardware; descriptors are the structs of dojo_hw.h.",
        "namespace dojo::hw {",
    ]
    for item in hw.machine:
        lines += _constant("unsigned", item["name"], item["value"], item["doc"])
    lines += _map(hw) + _enums(hw)
    for name, struct in hw.structs.items():
        lines += _struct(hw, name, struct)
    lines += _global_address() + _isa(hw) + _tables(hw)
    for name in hw.descriptors:
        lines.append(f"using {camel(name)}Descriptor = ::dojo_{name}_descriptor_t;")
    lines += ["", "}  // namespace dojo::hw", ""]
    return "\n".join(lines)
