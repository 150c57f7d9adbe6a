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

#include <memory>
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

class FilmDecoder {
 public:
  FilmDecoder(const std::filesystem::path& file, std::size_t columns, std::size_t rows)
      : name_(file.string()), film_{.columns = columns, .rows = rows, .pixels = {}} {
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

  Film decode() {
    while (av_read_frame(format_.get(), packet_.get()) >= 0) {
      if (packet_->stream_index == stream_) decode(packet_.get());
      av_packet_unref(packet_.get());
    }
    decode(nullptr);  // what the decoder still holds
    if (film_.pixels.empty()) throw InputError(fmt::format("{}: a film without frames", name_));
    return std::move(film_);
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

  void decode(const AVPacket* packet) {
    check(avcodec_send_packet(codec_.get(), packet));
    for (;;) {
      const int code = avcodec_receive_frame(codec_.get(), frame_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code);
      append(*frame_);
    }
  }

  void append(const AVFrame& frame) {
    if (!scaler_) {
      scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
                                   static_cast<int>(film_.columns), static_cast<int>(film_.rows), AV_PIX_FMT_GRAY8,
                                   SWS_AREA | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr));
      if (!scaler_) throw InputError(fmt::format("{}: frames that libav cannot scale", name_));
    }
    // Rows of whole lines, as its vector code may write a little further.
    const std::size_t line = (film_.columns + 63) / 64 * 64;
    std::vector<std::uint8_t> scaled(line * (film_.rows + 1));
    std::uint8_t* const target = scaled.data();
    const int stride = static_cast<int>(line);
    sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, &target, &stride);
    for (std::size_t row = 0; row < film_.rows; ++row) {
      const auto first = scaled.begin() + static_cast<std::ptrdiff_t>(row * line);
      film_.pixels.insert(film_.pixels.end(), first, first + static_cast<std::ptrdiff_t>(film_.columns));
    }
  }

  std::string name_;
  Film film_;
  std::unique_ptr<AVFormatContext, Free> format_;
  int stream_ = 0;
  std::unique_ptr<AVCodecContext, Free> codec_;
  std::unique_ptr<AVPacket, Free> packet_{av_packet_alloc()};
  std::unique_ptr<AVFrame, Free> frame_{av_frame_alloc()};
  std::unique_ptr<SwsContext, Free> scaler_;
};

#endif

}  // namespace

Film read_film(const std::filesystem::path& file, std::size_t columns, std::size_t rows) {
  check_file(file);
#ifdef DOJO_HAS_LIBAV
  return FilmDecoder(file, columns, rows).decode();
#else
  throw InputError(
      fmt::format("{}: films of {}x{} need libav; install libavformat-dev libavcodec-dev libswscale-dev "
                  "and configure again",
                  file.string(), columns, rows));
#endif
}

}  // namespace dojo::network
