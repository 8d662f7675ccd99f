#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/transparency.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <gif_lib.h>

namespace scrawl {
namespace {

struct GifClose {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

/// giflib's way of asking for bytes: fewer than it wants end the file.
int read_some(GifFileType* gif, GifByteType* to, int count) {
  auto& rest = *static_cast<std::span<const std::byte>*>(gif->UserData);
  const std::size_t taken = std::min(rest.size(), static_cast<std::size_t>(std::max(count, 0)));
  std::transform(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(taken), to,
                 [](std::byte value) { return std::to_integer<GifByteType>(value); });
  rest = rest.subspan(taken);
  return static_cast<int>(taken);
}

/// The first picture of a GIF file. giflib is used directly since Leptonica unpacks all pictures of an
/// animation, however large and many, and loses what is transparent.
class GifReader {
 public:
  GifReader(std::span<const std::byte> bytes, const std::string& file) : rest_(bytes), file_(file) {
    int problem = 0;
    gif_.reset(DGifOpen(&rest_, read_some, &problem));
    if (!gif_) throw damaged(problem);
  }

  GreyImage read(const DecodeLimits& limits) {
    find_picture();
    const GifImageDesc& part = gif_->Image;
    const std::size_t left = at_least_0(part.Left);
    const std::size_t top = at_least_0(part.Top);
    const std::size_t part_width = at_least_0(part.Width);
    const std::size_t part_height = at_least_0(part.Height);
    GreyImage image{.width = std::max(at_least_0(gif_->SWidth), left + part_width),
                    .height = std::max(at_least_0(gif_->SHeight), top + part_height)};
    check_picture_size(image.width, image.height, file_, limits);
    if (part_width == 0 || part_height == 0) throw damaged("its first picture is empty");
    const std::array<std::uint8_t, 256> greys = palette();
    image.pixels.resize(image.width * image.height);
    std::vector<std::uint8_t> opacity(image.pixels.size());  // nothing around the part
    std::vector<GifPixelType> row(part_width);
    const auto read_row = [&](std::size_t y) {
      check(DGifGetLine(gif_.get(), row.data(), static_cast<int>(row.size())));
      for (std::size_t x = 0; x < part_width; ++x) {
        if (row[x] == transparent_) continue;
        const std::size_t at = (top + y) * image.width + left + x;
        image.pixels[at] = greys[row[x]];
        opacity[at] = 255;
      }
    };
    if (!part.Interlace) {
      for (std::size_t y = 0; y < part_height; ++y) read_row(y);
      return over_ground(std::move(image), opacity);
    }
    constexpr std::array<std::array<std::size_t, 2>, 4> passes = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    for (const auto& [first, step] : passes)
      for (std::size_t y = first; y < part_height; y += step) read_row(y);
    return over_ground(std::move(image), opacity);
  }

 private:
  static std::size_t at_least_0(int value) { return static_cast<std::size_t>(std::max(value, 0)); }

  /// Goes to the first picture's pixels, past what may stand before it.
  void find_picture() {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    while (record != IMAGE_DESC_RECORD_TYPE) {
      check(DGifGetRecordType(gif_.get(), &record));
      if (record == TERMINATE_RECORD_TYPE) throw damaged("it holds no picture");
      if (record == EXTENSION_RECORD_TYPE) pass_extension();
    }
    check(DGifGetImageDesc(gif_.get()));
  }

  void pass_extension() {
    int code = 0;
    GifByteType* block = nullptr;  // its first byte is its length
    check(DGifGetExtension(gif_.get(), &code, &block));
    if (block != nullptr && code == GRAPHICS_EXT_FUNC_CODE) {
      GraphicsControlBlock control{};
      if (DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
        transparent_ = control.TransparentColor;
    }
    while (block != nullptr) check(DGifGetExtensionNext(gif_.get(), &block));
  }

  /// The grey of each value: black beyond the palette.
  std::array<std::uint8_t, 256> palette() const {
    const ColorMapObject* const colours =
        gif_->Image.ColorMap != nullptr ? gif_->Image.ColorMap : gif_->SColorMap;
    if (colours == nullptr) throw damaged("it has no palette");
    std::array<std::uint8_t, 256> greys{};
    const std::size_t count = std::min(greys.size(), at_least_0(colours->ColorCount));
    for (std::size_t i = 0; i < count; ++i)
      greys[i] = luminance(colours->Colors[i].Red, colours->Colors[i].Green, colours->Colors[i].Blue);
    return greys;
  }

  void check(int status) const {
    if (status == GIF_ERROR) throw damaged(gif_->Error);
  }
  Error damaged(int code) const {
    const char* const why = GifErrorString(code);
    return damaged(why == nullptr || rest_.empty() ? "the file ends too early" : why);
  }
  Error damaged(const char* why) const {
    return {ErrorCode::bad_data, std::string("is a damaged GIF file (") + why + "); get the file again",
            file_};
  }

  std::span<const std::byte> rest_;
  const std::string& file_;
  std::unique_ptr<GifFileType, GifClose> gif_;
  int transparent_ = NO_TRANSPARENT_COLOR;
};

}  // namespace

GreyImage decode_gif(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  return GifReader(bytes, file).read(limits);
}

}  // namespace scrawl
