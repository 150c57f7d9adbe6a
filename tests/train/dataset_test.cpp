#include "train/dataset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "common/error.hpp"
#include "tests/train/synthetic_data.hpp"

namespace dojo::train {
namespace {

using testing::HasSubstr;

/// The message of the InputError that `action` throws.
std::string input_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

class DatasetFiles : public testing::Test {
 protected:
  void SetUp() override {
    write_image_set(folder_.path(), "train", set_);
    write_image_set(folder_.path(), "t10k", set_);
  }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::string load_error() const {
    return input_error([&] { (void)load_fashion_mnist(folder_.path()); });
  }

  TemporaryFolder folder_;
  ImageSet set_ = make_images(5, 1);
};

TEST_F(DatasetFiles, ComeBackAsWritten) {
  const Dataset dataset = load_fashion_mnist(folder_.path());
  EXPECT_EQ(dataset.train.count, 5u);
  EXPECT_EQ(dataset.train.pixels_per_image, 784u);
  EXPECT_EQ(dataset.train.pixels, set_.pixels);
  EXPECT_EQ(dataset.test.labels, set_.labels);
}

TEST_F(DatasetFiles, MayBeUncompressed) {
  const std::vector<std::uint8_t> bytes = idx_bytes({5}, set_.labels);
  std::ofstream stream(file("train-labels-idx1-ubyte.gz"), std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  EXPECT_EQ(load_fashion_mnist(folder_.path()).train.labels, set_.labels);
}

TEST_F(DatasetFiles, AreNamedWhenMissing) {
  std::filesystem::remove(file("t10k-labels-idx1-ubyte.gz"));
  EXPECT_THAT(load_error(), HasSubstr("t10k-labels-idx1-ubyte.gz: no such file"));
  EXPECT_THAT(input_error([] { (void)load_fashion_mnist("/nowhere"); }),
              HasSubstr("/nowhere/train-images-idx3-ubyte.gz: no such file"));
}

TEST_F(DatasetFiles, AreNamedWhenTruncated) {
  const std::filesystem::path images = file("train-images-idx3-ubyte.gz");
  std::filesystem::resize_file(images, std::filesystem::file_size(images) / 2);
  EXPECT_THAT(load_error(), HasSubstr("train-images-idx3-ubyte.gz: "));
}

TEST_F(DatasetFiles, AreNamedWhenDamaged) {
  const std::filesystem::path images = file("train-images-idx3-ubyte.gz");
  std::fstream stream(images, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(-6, std::ios::end);  // in the checksum
  const int byte = stream.get();
  stream.seekp(-6, std::ios::end);
  stream.put(static_cast<char>(byte ^ 1));
  stream.close();
  EXPECT_THAT(load_error(), HasSubstr("train-images-idx3-ubyte.gz: damaged"));
}

TEST_F(DatasetFiles, AreNamedWhenOfAnotherKind) {
  write_gzip(file("train-images-idx3-ubyte.gz"), {'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd'});
  EXPECT_THAT(load_error(), HasSubstr("train-images-idx3-ubyte.gz: not an IDX file"));
  write_gzip(file("train-images-idx3-ubyte.gz"), idx_bytes({5}, set_.labels));
  EXPECT_THAT(load_error(), HasSubstr("not an IDX file of unsigned bytes with 3 dimensions"));
}

TEST_F(DatasetFiles, AreNamedWhenTheyDisagree) {
  write_gzip(file("train-labels-idx1-ubyte.gz"), idx_bytes({4}, {1, 2, 3, 4}));
  EXPECT_THAT(load_error(), HasSubstr("4 labels for the 5 images"));
  write_gzip(file("train-labels-idx1-ubyte.gz"), idx_bytes({5}, {1, 2, 3, 4, 10}));
  EXPECT_THAT(load_error(), HasSubstr("label 10 of image 4"));
  write_gzip(file("train-labels-idx1-ubyte.gz"), idx_bytes({5}, {1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(load_error(), HasSubstr("longer than its header says"));
  write_gzip(file("train-images-idx3-ubyte.gz"), idx_bytes({5, 2, 2}, std::vector<std::uint8_t>(20)));
  write_gzip(file("train-labels-idx1-ubyte.gz"), idx_bytes({5}, {1, 2, 3, 4, 5}));
  EXPECT_THAT(load_error(), HasSubstr("images of 4 pixels instead of 784"));
}

TEST_F(DatasetFiles, MustNotAskForAbsurdMemory) {
  write_gzip(file("train-images-idx3-ubyte.gz"), idx_bytes({0xffffffff, 0xffffffff, 0xffffffff}, {}));
  EXPECT_THAT(load_error(), HasSubstr("damaged: a dimension of 4294967295"));
}

TEST(FashionMnist, IsThere) {
  const Dataset dataset = load_fashion_mnist();
  EXPECT_EQ(dataset.train.count, 60000u);
  EXPECT_EQ(dataset.test.count, 10000u);
  for (std::uint8_t label = 0; label < 10; ++label) {
    EXPECT_EQ(std::count(dataset.train.labels.begin(), dataset.train.labels.end(), label), 6000);
  }
}

}  // namespace
}  // namespace dojo::train
