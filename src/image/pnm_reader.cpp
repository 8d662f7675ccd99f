#include "scrawl/error.h"

#include "base/text.h"
#include "image/decoders.h"

#include <string_view>

namespace scrawl {
namespace {

/// Reads the forms P1 to P6 of http://netpbm.sourceforge.net/doc/pnm.html.
class PnmReader {
 public:
  PnmReader(std::span<const std::byte> bytes, const std::string& file)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), file_(file) {}

  GreyImage read(const DecodeLimits& limits) {
    const int form = text_[1] - '0';
    at_ = 2;
    const bool is_text = form <= 3;
    const bool is_bits = form == 1 || form == 4;
    const unsigned channels = form == 3 || form == 6 ? 3 : 1;
    const std::uint64_t width = number();
    const std::uint64_t height = number();
    const unsigned most = is_bits ? 1 : number();
    check_picture_size(width, height, file_, limits);
    if (most == 0 || most > 65535) throw fail("its largest value must be 1 to 65535");
    if (!is_text) ++at_;  // a single white space ends the header

    const std::uint64_t sample_bytes = most > 255 && !is_text ? 2 : 1;
    const std::uint64_t row_bytes = form == 4 ? (width + 7) / 8 : width * channels * sample_bytes;
    // A sample in text takes at least one byte too, so the picture is never larger than the file allows.
    if (at_ > text_.size() || text_.size() - at_ < row_bytes * height) throw fail("the file ends too early");

    GreyImage image{.width = width, .height = height};
    image.pixels.resize(width * height);
    const auto sample = [&]() -> unsigned {
      const unsigned value = !is_text ? raw(sample_bytes) : is_bits ? bit() : number();
      if (value > most) throw fail("a value is above the largest that the header allows");
      return (value * 255 + most / 2) / most;
    };
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x) {
        std::uint8_t& grey = image.pixels[y * width + x];
        if (form == 4) {
          const auto octet = static_cast<unsigned char>(text_[at_ + y * row_bytes + x / 8]);
          grey = (octet >> (7 - x % 8) & 1) != 0 ? 0 : 255;
        } else if (form == 1) {
          grey = static_cast<std::uint8_t>(255 - sample());  // 1 is black
        } else if (channels == 1) {
          grey = static_cast<std::uint8_t>(sample());
        } else {
          const unsigned red = sample();
          const unsigned green = sample();
          grey = luminance(red, green, sample());
        }
      }
    return image;
  }

 private:
  /// White space and comments, which go from a # to the end of the line.
  void skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        const std::size_t end = text_.find_first_of("\r\n", at_);
        at_ = end == std::string_view::npos ? text_.size() : end;
      } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
        ++at_;
      } else {
        return;
      }
    }
  }

  bool at_digit() const { return at_ < text_.size() && is_digit(text_[at_]); }

  /// The next number in text.
  unsigned number() {
    skip_space();
    if (at_ >= text_.size()) throw fail("the file ends too early");
    if (!at_digit()) throw fail("expected a number here");
    unsigned value = 0;
    while (at_digit()) {
      value = value * 10 + static_cast<unsigned>(text_[at_++] - '0');
      if (value > 100'000'000) throw fail("a number is too large");
    }
    return value;
  }

  /// The next bit in text; white space between bits may be left out.
  unsigned bit() {
    skip_space();
    if (at_ >= text_.size()) throw fail("the file ends too early");
    if (text_[at_] != '0' && text_[at_] != '1') throw fail("expected 0 or 1 here");
    return static_cast<unsigned>(text_[at_++] - '0');
  }

  /// The next binary sample, big-endian.
  unsigned raw(std::uint64_t bytes) {
    unsigned value = 0;
    for (; bytes > 0; --bytes) value = value << 8 | static_cast<unsigned char>(text_[at_++]);
    return value;
  }

  Error fail(const char* why) const {
    return {ErrorCode::bad_data, std::string("is a damaged PNM file (") + why + "); get the file again",
            file_, at_};
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

}  // namespace

GreyImage decode_pnm(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  return PnmReader(bytes, file).read(limits);
}

}  // namespace scrawl
