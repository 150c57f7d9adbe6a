// Captures, read by the file format's description: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html

#include "ttp/capture.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "ttp/station.hpp"

namespace dojo::ttp {
namespace {

std::uint32_t word_at(const Bytes& bytes, std::size_t place) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + place, sizeof(word));
  return word;
}

TEST(TtpCapture, IsAPcapFileWithNanoseconds) {
  const auto file = std::filesystem::temp_directory_path() / ("dojo-capture-" + std::to_string(getpid()));
  const std::array<Bytes, 3> frames{Bytes(60, 1), Bytes(76, 2), Bytes(1100, 3)};
  // 2 GHz: half a nanosecond each; the last one is in the second second.
  constexpr std::array<std::uint64_t, 3> cycles{7, 1000, 2'000'000'017};
  Capture capture(file.string());
  for (std::size_t i = 0; i < frames.size(); ++i) capture.write(frames.at(i), cycles.at(i));
  capture.close();
  EXPECT_EQ(capture.frames(), 3U);
  std::ifstream stream(file, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::filesystem::remove(file);

  constexpr std::size_t file_header = 24;
  constexpr std::size_t record_header = 16;
  ASSERT_EQ(bytes.size(), file_header + 3 * record_header + 60 + 76 + 1100);
  EXPECT_EQ(word_at(bytes, 0), 0xa1b23c4dU) << "magic: nanoseconds";
  EXPECT_EQ(word_at(bytes, 4), 4U << 16 | 2) << "version 2.4";
  EXPECT_GE(word_at(bytes, 16), hw::ttp_frame_bytes) << "longest frame";
  EXPECT_EQ(word_at(bytes, 20), 1U) << "link type: Ethernet";
  std::size_t place = file_header;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(word_at(bytes, place), cycles.at(i) / 2'000'000'000) << "seconds of frame " << i;
    EXPECT_EQ(word_at(bytes, place + 4), cycles.at(i) % 2'000'000'000 / 2) << "nanoseconds of frame " << i;
    EXPECT_EQ(word_at(bytes, place + 8), frames.at(i).size());
    EXPECT_EQ(word_at(bytes, place + 12), frames.at(i).size());
    place += record_header;
    EXPECT_TRUE(
        std::equal(frames.at(i).begin(), frames.at(i).end(), bytes.begin() + static_cast<std::ptrdiff_t>(place)));
    place += frames.at(i).size();
  }
}

TEST(TtpCapture, FileThatCannotBeWritten) {
  EXPECT_THROW(Capture("/no-such-folder/run.pcap"), InputError);
  Capture capture("/dev/full");
  for (unsigned i = 0; i < 1000; ++i) capture.write(Bytes(1000), i);
  EXPECT_THROW(capture.close(), RunError);
}

}  // namespace
}  // namespace dojo::ttp
