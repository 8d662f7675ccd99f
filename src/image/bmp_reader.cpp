#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/transparency.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <utility>
#include <vector>

namespace scrawl {
namespace {

/// How pixels are stored; the numbers of the header. Others hold a whole JPEG or PNG.
enum Packing : std::uint32_t { plain = 0, rle8 = 1, rle4 = 2, masked = 3, masked_with_opacity = 6 };

/// The bits of a pixel that hold one of its values.
struct Channel {
  std::uint32_t mask = 0;

  /// The value from 0 to 255; 0 without a mask.
  std::uint8_t of(std::uint32_t pixel) const {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    const std::uint64_t most = mask >> shift;
    return static_cast<std::uint8_t>((((pixel & mask) >> shift) * std::uint64_t{255} + most / 2) / most);
  }
};

/// The picture of a BMP file, whatever program wrote it: Leptonica's reader leaves out the packed ones, those
/// with bit masks and those of OS/2. A BMP has a header of 14 bytes, a second one that begins with its size,
/// bit masks or a palette, and the rows, the lowest first. All numbers are little-endian.
class BmpReader {
 public:
  BmpReader(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  GreyImage read(const DecodeLimits& limits) {
    read_header(limits);
    image_.pixels.resize(image_.width * image_.height);
    if (depth_ <= 8) read_palette();
    if (packing_ == rle8 || packing_ == rle4) {
      read_runs();
    } else {
      read_rows();
    }
    return opacity_.empty() ? std::move(image_) : over_ground(std::move(image_), opacity_);
  }

 private:
  std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at + size > bytes_.size()) throw damaged("the file ends too early");
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint32_t>(bytes_[at + i]) << 8 * i;
    return value;
  }

  void read_header(const DecodeLimits& limits) {
    constexpr std::size_t first_header = 14;
    start_ = number(10, 4);
    const std::uint32_t size = number(first_header, 4);
    header_end_ = first_header + size;
    is_old_ = size == 12;
    if (is_old_) {
      image_.width = number(18, 2);
      image_.height = number(20, 2);
      depth_ = number(24, 2);
    } else {
      image_.width = number(18, 4);
      // A negative height says that the rows go from top to bottom.
      const auto height = static_cast<std::int32_t>(number(22, 4));
      is_top_down_ = height < 0;
      image_.height = static_cast<std::size_t>(std::abs(static_cast<std::int64_t>(height)));
      depth_ = number(28, 2);
      packing_ = number(30, 4);
      colours_ = number(46, 4);
    }
    check_picture_size(image_.width, image_.height, file_, limits);
    check_form(size);
    if (depth_ == 16) channels_ = {Channel{0x7c00}, Channel{0x3e0}, Channel{0x1f}, Channel{}};
    if (packing_ == masked || packing_ == masked_with_opacity) read_masks(size);
    if (start_ < header_end_ || start_ > bytes_.size()) throw damaged("its pixels have no place");
  }

  /// Throws unless pixels of this depth may be stored like this.
  void check_form(std::uint32_t header_size) const {
    constexpr std::uint32_t os2_header = 64;
    const bool is_indexed = depth_ == 1 || depth_ == 2 || depth_ == 4 || depth_ == 8;
    const bool is_masked = packing_ == masked || packing_ == masked_with_opacity;
    if (packing_ > masked_with_opacity || packing_ == 4 || packing_ == 5 ||
        (header_size == os2_header && packing_ > rle4))
      throw unsupported("packed in a rare way (number " + std::to_string(packing_) + ")");
    if (!is_indexed && depth_ != 16 && depth_ != 24 && depth_ != 32)
      throw damaged("it has " + std::to_string(depth_) + " bits a pixel");
    if ((packing_ == rle8 && depth_ != 8) || (packing_ == rle4 && depth_ != 4) ||
        (is_masked && depth_ != 16 && depth_ != 32))
      throw damaged("its pixels are packed as those of another depth");
  }

  /// The masks follow a header of 40 bytes and are part of larger ones, in the same place.
  void read_masks(std::uint32_t header_size) {
    constexpr std::size_t first_mask = 54;
    constexpr std::uint32_t short_header = 40;
    const std::size_t count = header_size >= 56 || packing_ == masked_with_opacity ? 4 : 3;
    for (std::size_t i = 0; i < count; ++i) channels_[i].mask = number(first_mask + 4 * i, 4);
    if (header_size == short_header) header_end_ += 4 * count;
    for (const auto& [mask] : channels_) {
      const std::uint64_t bits = mask == 0 ? 0 : std::uint64_t{mask} >> std::countr_zero(mask);
      if ((bits & (bits + 1)) != 0) throw damaged("its bit masks have gaps");
    }
    if (channels_[0].mask == 0 && channels_[1].mask == 0 && channels_[2].mask == 0)
      throw damaged("its bit masks are empty");
  }

  /// The greys of the palette; black beyond it.
  void read_palette() {
    const std::size_t entry = is_old_ ? 3 : 4;
    const std::size_t room = (start_ - header_end_) / entry;
    const std::size_t most = std::size_t{1} << depth_;
    const std::size_t count = std::min({room, most, colours_ == 0 ? most : std::size_t{colours_}});
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = header_end_ + entry * i;
      palette_[i] = luminance(number(at + 2, 1), number(at + 1, 1), number(at, 1));
    }
  }

  /// Where in the picture row y of the file begins.
  std::size_t row_start(std::size_t y) const {
    return (is_top_down_ ? y : image_.height - 1 - y) * image_.width;
  }

  void read_rows() {
    const std::size_t row_bytes = (image_.width * depth_ + 31) / 32 * 4;
    if ((bytes_.size() - start_) / row_bytes < image_.height) throw damaged("the file ends too early");
    if (depth_ > 8 && channels_[3].mask != 0) opacity_.resize(image_.pixels.size());
    for (std::size_t y = 0; y < image_.height; ++y)
      for (std::size_t x = 0; x < image_.width; ++x) set_pixel(row_start(y) + x, start_ + y * row_bytes, x);
    // Many programs write 0 for an opacity that they do not know.
    if (std::all_of(opacity_.begin(), opacity_.end(), [](std::uint8_t value) { return value == 0; }))
      opacity_.clear();
    for (std::size_t i = 0; i < opacity_.size(); ++i) image_.pixels[i] = seen(image_.pixels[i], opacity_[i]);
  }

  /// Sets a pixel of the picture to the one in column x of the row at byte `row`.
  void set_pixel(std::size_t pixel, std::size_t row, std::size_t x) {
    std::uint8_t& grey = image_.pixels[pixel];
    if (depth_ <= 8) {
      const std::size_t bit = x * depth_;
      const unsigned value = std::to_integer<unsigned>(bytes_[row + bit / 8]) >> (8 - depth_ - bit % 8);
      grey = palette_[value & ((1U << depth_) - 1)];
      return;
    }
    const std::size_t size = depth_ / 8;
    const std::uint32_t value = number(row + size * x, size);
    grey = luminance(channels_[0].of(value), channels_[1].of(value), channels_[2].of(value));
    if (!opacity_.empty()) opacity_[pixel] = channels_[3].of(value);
  }

  /// Runs of equal pixels, and pixels as they are: pairs of a count and what is repeated, or of 0 and an
  /// order. What no run covers has the first colour; what goes beyond a row is passed over.
  void read_runs() {
    enum Order : std::uint32_t { end_of_row = 0, end_of_picture = 1, jump = 2 };
    std::fill(image_.pixels.begin(), image_.pixels.end(), palette_[0]);
    std::size_t at = start_, x = 0, y = 0;
    const auto put = [&](unsigned value) {
      if (y < image_.height && x < image_.width) image_.pixels[row_start(y) + x] = palette_[value];
      ++x;
    };
    // Of RLE4 a byte holds two pixels, the high half first.
    const auto part = [&](std::uint32_t byte, std::size_t i) {
      return packing_ == rle8 ? byte : i % 2 == 0 ? byte >> 4 : byte & 15;
    };
    while (y < image_.height) {
      const std::uint32_t count = number(at, 1);
      const std::uint32_t value = number(at + 1, 1);
      at += 2;
      if (count > 0) {
        for (std::size_t i = 0; i < count; ++i) put(part(value, i));
      } else if (value == end_of_row) {
        x = 0, ++y;
      } else if (value == end_of_picture) {
        return;
      } else if (value == jump) {
        x += number(at, 1);
        y += number(at + 1, 1);
        at += 2;
      } else {
        const std::size_t size = packing_ == rle8 ? value : (value + 1) / 2;
        for (std::size_t i = 0; i < value; ++i) put(part(number(at + (packing_ == rle8 ? i : i / 2), 1), i));
        at += size + size % 2;
      }
    }
  }

  Error damaged(const std::string& why) const {
    return {ErrorCode::bad_data, "is a damaged BMP file (" + why + "); get the file again", file_};
  }
  Error unsupported(const std::string& what) const {
    return {ErrorCode::unsupported, "is a BMP picture " + what + ", which scrawl cannot read; save it as PNG",
            file_};
  }

  std::span<const std::byte> bytes_;
  const std::string& file_;
  GreyImage image_;
  std::vector<std::uint8_t> opacity_;  // of each pixel; empty where there is none
  std::array<std::uint8_t, 256> palette_{};
  std::array<Channel, 4> channels_ = {Channel{0xff0000}, Channel{0xff00}, Channel{0xff}, Channel{}};
  std::size_t start_ = 0;       // of the pixels
  std::size_t header_end_ = 0;  // of the second header, where the palette begins
  std::uint32_t depth_ = 0;     // bits a pixel
  std::uint32_t packing_ = plain;
  std::uint32_t colours_ = 0;  // of the palette; 0 for as many as there can be
  bool is_old_ = false;        // OS/2's first form: short sizes, no unused byte in the palette
  bool is_top_down_ = false;
};

}  // namespace

GreyImage decode_bmp(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  return BmpReader(bytes, file).read(limits);
}

}  // namespace scrawl
