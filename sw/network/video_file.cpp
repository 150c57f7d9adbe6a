#include "network/video_file.hpp"

#include <fmt/format.h>

#include <system_error>

#include "common/error.hpp"

#ifdef DOJO_HAS_LIBAV
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <string>
#endif

namespace dojo::network {
namespace {

void check_file(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    throw InputError(fmt::format("{}: no such file (Debian package opencv-doc has vtest.avi)", file.string()));
  }
}

#ifdef DOJO_HAS_LIBAV

class FilmDecoder : public FrameReader {
 public:
  FilmDecoder(const std::filesystem::path& file, std::size_t columns, std::size_t rows)
      : name_(file.string()), columns_(columns), rows_(rows) {
    av_log_set_level(AV_LOG_QUIET);
    AVFormatContext* format = nullptr;
    check(avformat_open_input(&format, name_.c_str(), nullptr, nullptr));
    format_.reset(format);
    check(avformat_find_stream_info(format, nullptr));
    const AVCodec* codec = nullptr;
    stream_ = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    check(stream_);
    codec_.reset(avcodec_alloc_context3(codec));
    check(avcodec_parameters_to_context(codec_.get(), format->streams[stream_]->codecpar));
    check(avcodec_open2(codec_.get(), codec, nullptr));
  }

  std::vector<std::uint8_t> read() override {
    for (;;) {
      const int code = avcodec_receive_frame(codec_.get(), frame_.get());
      if (code == 0) return scaled(*frame_);
      if (code == AVERROR_EOF) return {};
      if (code != AVERROR(EAGAIN)) check(code);
      send();
    }
  }

 private:
  struct Free {
    void operator()(AVFormatContext* format) const { avformat_close_input(&format); }
    void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
  };

  void check(int code) const {
    if (code >= 0) return;
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(code, text.data(), text.size());
    throw InputError(fmt::format("{}: no film that libav can decode: {}", name_, text.data()));
  }

  /// The film's next packet to the decoder; behind the last one what it still holds comes out.
  void send() {
    while (av_read_frame(format_.get(), packet_.get()) >= 0) {
      const bool wanted = packet_->stream_index == stream_;
      const int code = wanted ? avcodec_send_packet(codec_.get(), packet_.get()) : 0;
      av_packet_unref(packet_.get());
      check(code);
      if (wanted) return;
    }
    check(avcodec_send_packet(codec_.get(), nullptr));
  }

  std::vector<std::uint8_t> scaled(const AVFrame& frame) {
    if (!scaler_) {
      scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
                                   static_cast<int>(columns_), static_cast<int>(rows_), AV_PIX_FMT_GRAY8,
                                   SWS_AREA | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
      if (!scaler_) throw InputError(fmt::format("{}: frames that libav cannot scale", name_));
    }
    // Rows of whole lines, as its vector code may write a little further.
    const std::size_t line = (columns_ + 63) / 64 * 64;
    std::vector<std::uint8_t> lines(line * (rows_ + 1));
    std::uint8_t* const target = lines.data();
    const int stride = static_cast<int>(line);
    sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, &target, &stride);
    std::vector<std::uint8_t> pixels;
    for (std::size_t row = 0; row < rows_; ++row) {
      const auto first = lines.begin() + static_cast<std::ptrdiff_t>(row * line);
      pixels.insert(pixels.end(), first, first + static_cast<std::ptrdiff_t>(columns_));
    }
    return pixels;
  }

  std::string name_;
  std::size_t columns_;
  std::size_t rows_;
  std::unique_ptr<AVFormatContext, Free> format_;
  int stream_ = 0;
  std::unique_ptr<AVCodecContext, Free> codec_;
  std::unique_ptr<AVPacket, Free> packet_{av_packet_alloc()};
  std::unique_ptr<AVFrame, Free> frame_{av_frame_alloc()};
  std::unique_ptr<SwsContext, Free> scaler_;
};

#endif

}  // namespace

std::unique_ptr<FrameReader> open_film(const std::filesystem::path& file, std::size_t columns, std::size_t rows) {
  check_file(file);
#ifdef DOJO_HAS_LIBAV
  return std::make_unique<FilmDecoder>(file, columns, rows);
#else
  throw InputError(
      fmt::format("{}: films of {}x{} need libav; install libavformat-dev libavcodec-dev libswscale-dev "
                  "and configure again",
                  file.string(), columns, rows));
#endif
}

Film read_film(const std::filesystem::path& file, std::size_t columns, std::size_t rows) {
  const std::unique_ptr<FrameReader> reader = open_film(file, columns, rows);
  Film film{.columns = columns, .rows = rows, .pixels = {}};
  for (;;) {
    const std::vector<std::uint8_t> frame = reader->read();
    if (frame.empty()) break;
    film.pixels.insert(film.pixels.end(), frame.begin(), frame.end());
  }
  if (film.pixels.empty()) throw InputError(fmt::format("{}: a film without frames", file.string()));
  return film;
}

}  // namespace dojo::network
