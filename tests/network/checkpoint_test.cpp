// Files in the safetensors format, byte by byte, and damaged ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <string>

#include "common/error.hpp"
#include "network/checkpoint.hpp"
#include "network/safetensors.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::network {
namespace {

const TensorFile example{.arrays = {{.name = "a.weight", .shape = {2, 1}, .values = {1.0f, -2.5f}},
                                    {.name = "a.count", .shape = {}, .integer = true, .values = {7}}},
                         .metadata = {{"format", "pt"}}};

TEST(Safetensors, AreWrittenByteByByte) {
  const std::string header = R"({"__metadata__":{"format":"pt"},)"
                             R"("a.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                             R"("a.count":{"dtype":"I64","shape":[],"data_offsets":[8,16]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  std::string expected{static_cast<char>(padded), 0, 0, 0, 0, 0, 0, 0};
  expected += header + std::string(padded - header.size(), ' ');
  expected += std::string("\x00\x00\x80\x3f\x00\x00\x20\xc0", 8) + std::string("\x07\0\0\0\0\0\0\0", 8);
  const std::vector<std::uint8_t> bytes = encode_tensors(example);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), expected);
}

class CheckpointFiles : public testing::Test {
 protected:
  void write(const std::string& header, const std::string& data) {
    std::ofstream stream(file_, std::ios::binary);
    const std::uint64_t length = header.size();
    stream.write(reinterpret_cast<const char*>(&length), sizeof(length));
    stream << header << data;
  }
  void expect_refused(const std::function<void()>& load, const std::string& what) {
    try {
      load();
      FAIL() << "not refused; expected: " << what;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(what));
      EXPECT_THAT(error.what(), testing::HasSubstr(folder_.path().string()));
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
    }
  }
  train::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "net.safetensors";
};

TEST_F(CheckpointFiles, AreReadAsWritten) {
  write_tensors(file_, example);
  EXPECT_FALSE(std::filesystem::exists(file_.string() + ".unfinished"));
  const TensorFile found = read_tensors(file_);
  ASSERT_EQ(found.arrays.size(), 2);
  EXPECT_EQ(found.arrays[0].name, "a.weight");
  EXPECT_EQ(found.arrays[0].shape, (Shape{2, 1}));
  EXPECT_EQ(found.arrays[0].values, example.arrays[0].values);
  EXPECT_TRUE(found.arrays[1].integer);
  EXPECT_EQ(found.arrays[1].values, example.arrays[1].values);
  EXPECT_EQ(found.metadata, example.metadata);
}

TEST_F(CheckpointFiles, AreRefusedWhenDamaged) {
  const auto read = [&] { (void)read_tensors(file_); };
  expect_refused(read, "cannot be read");
  std::ofstream(file_) << "abc";
  expect_refused(read, "no header");
  std::ofstream(file_, std::ios::binary) << std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
  expect_refused(read, "longer than the file");
  write("[1]", "");
  expect_refused(read, "no JSON object");
  write(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "1234");
  expect_refused(read, "another size");
  write(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "123456789");
  expect_refused(read, "belongs to no array");
  write(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", "12345678");
  expect_refused(read, "another size");
  write(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "12345678");
  expect_refused(read, "another size");
  write(R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", "1234");
  expect_refused(read, "the type F16");
  write(R"({"a":{"dtype":"F32"}})", "");
  expect_refused(read, "no type, shape or place");
  write(R"({"a":3})", "");
  expect_refused(read, "no type, shape or place");
}

TEST_F(CheckpointFiles, OfAnotherTrainingAreRefused) {
  std::vector<Parameter> parameters{{.name = "a.weight", .shape = {2}, .values = {1, 2}, .gradient = {1, 1}}};
  Optimiser optimiser({}, parameters);
  optimiser.step(parameters, 0.1f);
  const CheckpointIdentity identity{.recipe = "test", .seed = 1, .batch = 4, .steps = 10};
  save_checkpoint(file_, identity, parameters, optimiser);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "net.optimiser.safetensors"));

  std::vector<Parameter> others = parameters;
  others[0].values = {0, 0};
  Optimiser other({}, others);
  load_checkpoint(file_, identity, others, other);
  EXPECT_EQ(others[0].values, parameters[0].values);
  EXPECT_EQ(other.state()[0].values, optimiser.state()[0].values);
  EXPECT_EQ(other.steps(), 1);

  const auto load = [&](CheckpointIdentity wanted) {
    return [=, &others, &other, this] { load_checkpoint(file_, wanted, others, other); };
  };
  expect_refused(load({.recipe = "other", .seed = 1, .batch = 4, .steps = 10}), "recipe test, not other");
  expect_refused(load({.recipe = "test", .seed = 2, .batch = 4, .steps = 10}), "seed 1, not 2");
  expect_refused(load({.recipe = "test", .seed = 1, .batch = 5, .steps = 10}), "batch 4, not 5");
  others[0].shape = {1, 2};
  expect_refused(load(identity), "'a.weight' is 2, and 1x2 in this network");
  others[0].shape = {2};
  others[0].name = "b.weight";
  expect_refused(load(identity), "has no 'b.weight'");
  others[0].name = "a.weight";
  // The two files of different steps.
  const std::filesystem::path later = folder_.path() / "later.safetensors";
  optimiser.step(parameters, 0.1f);
  save_checkpoint(later, identity, parameters, optimiser);
  std::filesystem::rename(optimiser_file(later), optimiser_file(file_));
  expect_refused(load(identity), "is of step 2");
}

}  // namespace
}  // namespace dojo::network
