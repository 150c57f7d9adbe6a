// Corners of vector arithmetic with results written out: saturation, division, empty and full vectors, reductions
// without elements.

#include <gtest/gtest.h>

#include <cstring>

#include "tb/vector_execute/random_vector.hpp"
#include "tb/vector_execute/vector_machine.hpp"

namespace dojo::tb {
namespace {

using Register = std::array<std::uint8_t, 64>;

template <typename T>
Register filled(std::initializer_list<T> first, T rest = 0) {
  T elements[64 / sizeof(T)];
  for (T& element : elements) element = rest;
  std::size_t n = 0;
  for (const T value : first) elements[n++] = value;
  Register value;
  std::memcpy(value.data(), elements, 64);
  return value;
}

/// A machine whose vs2 is v8, vs1 v12 and vd v16.
class Corner : public testing::Test {
 protected:
  VectorMachine machine;

  template <typename T>
  T execute(unsigned funct6, unsigned funct3, std::initializer_list<T> vs2, std::initializer_list<T> vs1,
            unsigned element, unsigned fixed_rounding = 0) {
    machine.set_register(0, 8, filled(vs2));
    machine.set_register(0, 12, filled(vs1));
    VectorInstruction instruction;
    instruction.sew = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : 2;
    instruction.length = 64 / sizeof(T);
    instruction.fixed_rounding = fixed_rounding;
    instruction.bits = encode_vector(funct6, 1, 8, 12, funct3, 16);
    machine.dispatch(instruction);
    EXPECT_EQ(machine.difference(), std::nullopt);
    return get<T>(16, element);
  }

  template <typename T>
  T get(unsigned number, unsigned element) {
    T value;
    std::memcpy(&value, machine.get_register(0, number).data() + element * sizeof(T), sizeof(T));
    return value;
  }
};

TEST_F(Corner, SignedSumsSaturateAtBothEnds) {
  EXPECT_EQ(execute<std::int8_t>(0x21, 0, {127, -128, 100}, {1, -1, 27}, 0), 127);
  EXPECT_EQ(get<std::int8_t>(16, 1), -128);
  EXPECT_EQ(get<std::int8_t>(16, 2), 127);
  EXPECT_EQ(execute<std::int32_t>(0x21, 0, {INT32_MAX, INT32_MIN}, {1, -1}, 1), INT32_MIN);
  EXPECT_EQ(execute<std::uint16_t>(0x20, 0, {65535, 65534}, {1, 1}, 0), 65535);
  EXPECT_EQ(execute<std::uint16_t>(0x22, 0, {0, 5}, {1, 6}, 1), 0);
  EXPECT_EQ(execute<std::int16_t>(0x23, 0, {-32768, 32767}, {1, -1}, 0), -32768);
  EXPECT_EQ(get<std::int16_t>(16, 1), 32767);
}

TEST_F(Corner, OnlyTheSquareOfTheSmallestNumberSaturatesAFractionalProduct) {
  EXPECT_EQ(execute<std::int32_t>(0x27, 0, {INT32_MIN, INT32_MIN}, {INT32_MIN, INT32_MAX}, 0), INT32_MAX);
  EXPECT_EQ(get<std::int32_t>(16, 1), -INT32_MAX);
  EXPECT_EQ(execute<std::int8_t>(0x27, 0, {-128, 64}, {-128, 64}, 0), 127);
  EXPECT_EQ(get<std::int8_t>(16, 1), 32);
}

TEST_F(Corner, AveragesRoundAsVxrmSays) {
  // (1 + 2) / 2 and (-1 + -2) / 2: to nearest up, to nearest even, down, to odd.
  const std::array<std::int8_t, 4> positive = {2, 2, 1, 1};
  const std::array<std::int8_t, 4> negative = {-1, -2, -2, -1};
  for (unsigned mode = 0; mode < 4; ++mode) {
    EXPECT_EQ(execute<std::int8_t>(0x09, 2, {1, -1}, {2, -2}, 0, mode), positive[mode]) << mode;
    EXPECT_EQ(get<std::int8_t>(16, 1), negative[mode]) << mode;
  }
}

TEST_F(Corner, DivisionByZeroGivesOnesAndTheDividend) {
  EXPECT_EQ(execute<std::int32_t>(0x21, 2, {-7, 7, 0}, {0, 0, 0}, 0), -1);
  EXPECT_EQ(get<std::int32_t>(16, 1), -1);
  EXPECT_EQ(get<std::int32_t>(16, 2), -1);
  EXPECT_EQ(execute<std::uint8_t>(0x20, 2, {9}, {0}, 0), 255);
  EXPECT_EQ(execute<std::int16_t>(0x23, 2, {-9, 9}, {0, 0}, 0), -9);
  EXPECT_EQ(get<std::int16_t>(16, 1), 9);
  EXPECT_EQ(execute<std::uint32_t>(0x22, 2, {0xfffffff0u}, {0}, 0), 0xfffffff0u);
}

TEST_F(Corner, TheOverflowOfADivisionGivesTheDividendAndZero) {
  EXPECT_EQ(execute<std::int32_t>(0x21, 2, {INT32_MIN}, {-1}, 0), INT32_MIN);
  EXPECT_EQ(execute<std::int32_t>(0x23, 2, {INT32_MIN}, {-1}, 0), 0);
  EXPECT_EQ(execute<std::int8_t>(0x21, 2, {-128}, {-1}, 0), -128);
  EXPECT_EQ(execute<std::int8_t>(0x23, 2, {-128}, {-1}, 0), 0);
}

TEST_F(Corner, AnEmptyVectorWritesNothingAndIsDone) {
  for (const auto& entry : model::vector_table()) {
    std::mt19937_64 random(entry.funct6);
    VectorInstruction instruction;
    do {
      instruction =
          random_vector_instruction(random, [&](const model::VectorEntry& other) { return &other == &entry; });
      instruction.length = 0;
      instruction.start = 0;
    } while (!golden_legality(instruction).legal);
    if (entry.shape == model::Shape::move_whole) continue;
    const std::uint64_t writes = machine.writes();
    machine.dispatch(instruction);
    EXPECT_EQ(machine.difference(), std::nullopt);
    EXPECT_EQ(machine.writes(), writes) << entry.name;
  }
}

TEST_F(Corner, AWholeGroupOfEightRegistersIsWrittenInEightPasses) {
  VectorInstruction instruction;
  instruction.sew = 0;
  instruction.lmul = 3;
  instruction.length = 512;
  instruction.bits = encode_vector(0x00, 1, 8, 5, 3, 16);  // vadd.vi
  machine.dispatch(instruction);
  EXPECT_EQ(machine.difference(), std::nullopt);
  EXPECT_EQ(machine.writes(), 8U);
  EXPECT_EQ(get<std::uint8_t>(23, 63), 5);
}

TEST_F(Corner, OnlyRegistersWithElementsArePassed) {
  VectorInstruction instruction;
  instruction.sew = 2;
  instruction.lmul = 3;
  instruction.length = 40;
  instruction.start = 17;
  instruction.bits = encode_vector(0x00, 1, 8, 5, 3, 16);
  machine.dispatch(instruction);
  EXPECT_EQ(machine.difference(), std::nullopt);
  EXPECT_EQ(machine.writes(), 2U);
  EXPECT_EQ(get<std::uint32_t>(16, 15), 0U);
  EXPECT_EQ(get<std::uint32_t>(17, 0), 0U);
  EXPECT_EQ(get<std::uint32_t>(17, 1), 5U);
  EXPECT_EQ(get<std::uint32_t>(18, 7), 5U);
  EXPECT_EQ(get<std::uint32_t>(18, 8), 0U);
}

TEST_F(Corner, AReductionWithoutActiveElementGivesTheScalar) {
  machine.set_register(0, 0, filled<std::uint8_t>({}));
  for (const unsigned funct6 : {3u, 5u, 7u}) {  // vfredosum, vfredmin, vfredmax keep even a signalling NaN
    machine.set_register(0, 12, filled<std::uint32_t>({0x7f800001u}));
    VectorInstruction instruction;
    instruction.sew = 2;
    instruction.length = 16;
    instruction.bits = encode_vector(funct6, 0, 8, 12, 1, 16);
    machine.dispatch(instruction);
    EXPECT_EQ(machine.difference(), std::nullopt);
    EXPECT_EQ(get<std::uint32_t>(16, 0), 0x7f800001u);
  }
}

}  // namespace
}  // namespace dojo::tb
