#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/orientation.h"
#include "image/transparency.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include <png.h>

namespace scrawl {
namespace {

/// libpng's reader over bytes in memory, used directly because Leptonica lets it print. libpng reports errors
/// by a jump to the last setjmp, so code inside `attempt` must have no destructors.
class PngReader {
 public:
  explicit PngReader(std::span<const std::byte> bytes) : rest_(bytes) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, [](png_structp, png_const_charp) {});
    if (png != nullptr) info = png_create_info_struct(png);
    if (info == nullptr) {
      png_destroy_read_struct(&png, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png, this, on_read);
  }
  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  /// Whether `step` ran to its end; if not, `problem` says why.
  template <class Step>
  bool attempt(const Step& step) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    step();
    return true;
  }

  png_structp png = nullptr;
  png_infop info = nullptr;
  std::array<char, 128> problem{};

 private:
  static void on_error(png_structp png, png_const_charp message) {
    auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(reader.problem.data(), reader.problem.size(), "%s", message);
    png_longjmp(png, 1);
  }
  static void on_read(png_structp png, png_bytep to, png_size_t count) {
    auto& rest = static_cast<PngReader*>(png_get_io_ptr(png))->rest_;
    if (count > rest.size()) png_error(png, "the file ends too early");
    std::memcpy(to, rest.data(), count);
    rest = rest.subspan(count);
  }

  std::span<const std::byte> rest_;
};

/// Whether all chunks lie within the file: libpng allocates the length that a chunk claims before reading it.
bool chunks_fit(std::span<const std::byte> file) {
  constexpr std::size_t signature = 8;
  constexpr std::size_t around = 12;  // length, name and checksum
  std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
  for (rest.remove_prefix(std::min(signature, rest.size())); !rest.empty();) {
    if (rest.size() < around) return false;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<std::uint8_t>(rest[i]);
    if (length > rest.size() - around) return false;
    if (rest.substr(4, 4) == "IEND") return true;
    rest.remove_prefix(around + length);
  }
  return true;
}

/// One row of `channels` bytes a pixel (grey, grey and opacity, colour, colour and opacity) in grey, as it is
/// seen over black. `opacity` is empty where there is none.
void to_grey(const std::uint8_t* row, unsigned channels, std::span<std::uint8_t> grey,
             std::span<std::uint8_t> opacity) {
  for (std::size_t x = 0; x < grey.size(); ++x, row += channels) {
    grey[x] = channels < 3 ? row[0] : luminance(row[0], row[1], row[2]);
    if (opacity.empty()) continue;
    opacity[x] = row[channels - 1];
    grey[x] = seen(grey[x], opacity[x]);
  }
}

}  // namespace

GreyImage decode_png(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  PngReader reader(bytes);
  const png_structp png = reader.png;
  const auto damaged = [&] {
    return Error(ErrorCode::bad_data,
                 std::string("is a damaged PNG file (") + reader.problem.data() + "); get the file again",
                 file);
  };
  const bool has_header = reader.attempt([&] {
    if (!chunks_fit(bytes)) png_error(png, "the file ends too early");
    // Of the chunks with metadata, such as profiles, only transparency and EXIF matter here.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, reinterpret_cast<png_const_bytep>("eXIf"),
                                1);
    // What is larger is refused below, with a better message.
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_read_info(png, reader.info);
  });
  if (!has_header) throw damaged();
  const std::size_t width = png_get_image_width(png, reader.info);
  const std::size_t height = png_get_image_height(png, reader.info);
  check_picture_size(width, height, file, limits);

  int passes = 1;
  const bool is_ready = reader.attempt([&] {
    png_set_expand(png);
    png_set_scale_16(png);
    passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader.info);
  });
  if (!is_ready) throw damaged();
  const std::size_t row_bytes = png_get_rowbytes(png, reader.info);
  const unsigned channels = png_get_channels(png, reader.info);
  // An interlaced picture comes in several passes, each of which adds pixels to the rows of the one before.
  const std::size_t rows_held = passes == 1 ? 1 : height;
  std::vector<std::uint8_t> rows(rows_held * row_bytes);
  GreyImage image{.width = width, .height = height};
  image.pixels.resize(width * height);
  std::vector<std::uint8_t> opacity(channels % 2 == 0 ? width * height : 0);
  const bool is_whole = reader.attempt([&] {
    for (int pass = 0; pass < passes; ++pass)
      for (std::size_t y = 0; y < height; ++y) {
        std::uint8_t* const row = rows.data() + y % rows_held * row_bytes;
        png_read_row(png, row, nullptr);
        if (pass + 1 < passes) continue;
        to_grey(row, channels, std::span(image.pixels).subspan(y * width, width),
                opacity.empty() ? std::span<std::uint8_t>() : std::span(opacity).subspan(y * width, width));
      }
    png_read_end(png, reader.info);  // the EXIF block may come last
  });
  if (!is_whole) throw damaged();
  if (!opacity.empty()) image = over_ground(std::move(image), opacity);
  png_bytep exif = nullptr;
  png_uint_32 exif_bytes = 0;
  if (png_get_eXIf_1(png, reader.info, &exif_bytes, &exif) == 0) return image;
  return upright(std::move(image), exif_orientation(std::as_bytes(std::span(exif, exif_bytes))));
}

}  // namespace scrawl
