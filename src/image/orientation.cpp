#include "image/orientation.h"

#include "base/files.h"

#include <algorithm>
#include <array>
#include <memory>

#include <libexif/exif-data.h>

namespace scrawl {
namespace {

constexpr std::array<std::byte, 6> exif_start = {std::byte{'E'}, std::byte{'x'}, std::byte{'i'},
                                                 std::byte{'f'}, std::byte{0},   std::byte{0}};
/// What fits into a JPEG file, the home of EXIF.
constexpr std::size_t most_exif_bytes = 65533;

struct ExifFree {
  void operator()(ExifData* exif) const { exif_data_unref(exif); }
};

}  // namespace

int exif_orientation(std::span<const std::byte> block) {
  constexpr int none = 1;
  if (block.size() > most_exif_bytes) return none;
  Bytes bytes(block.begin(), block.end());
  // libexif knows a block by its start, which PNG leaves out.
  if (block.size() < exif_start.size() || !std::equal(exif_start.begin(), exif_start.end(), block.begin()))
    bytes.insert(bytes.begin(), exif_start.begin(), exif_start.end());
  const std::unique_ptr<ExifData, ExifFree> exif(exif_data_new());
  if (!exif) return none;
  // Else libexif would add entries that the specification wants.
  exif_data_unset_option(exif.get(), EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
  exif_data_load_data(exif.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<unsigned>(bytes.size()));
  const ExifEntry* const entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
  if (entry == nullptr || entry->format != EXIF_FORMAT_SHORT || entry->size < 2) return none;
  const int value = exif_get_short(entry->data, exif_data_get_byte_order(exif.get()));
  return value >= 1 && value <= 8 ? value : none;
}

GreyImage upright(GreyImage image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const bool is_turned = orientation >= 5;
  GreyImage result{.width = is_turned ? image.height : image.width,
                   .height = is_turned ? image.width : image.height};
  result.pixels.resize(image.pixels.size());
  // Where the first pixel goes, and how far apart its neighbours to the right and below then are.
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const auto width = static_cast<std::ptrdiff_t>(result.width);
  const auto last_row = static_cast<std::ptrdiff_t>(result.pixels.size()) - width;
  const std::ptrdiff_t start = (from_right ? width - 1 : 0) + (from_below ? last_row : 0);
  const std::ptrdiff_t along = from_right ? -1 : 1;
  const std::ptrdiff_t down = from_below ? -width : width;
  const std::ptrdiff_t step_x = is_turned ? down : along;
  const std::ptrdiff_t step_y = is_turned ? along : down;
  // In blocks, so that turning a large photograph does not go to memory for every pixel.
  constexpr std::size_t block = 64;
  for (std::size_t top = 0; top < image.height; top += block)
    for (std::size_t left = 0; left < image.width; left += block)
      for (std::size_t y = top; y < std::min(top + block, image.height); ++y)
        for (std::size_t x = left; x < std::min(left + block, image.width); ++x)
          result.pixels[static_cast<std::size_t>(start + static_cast<std::ptrdiff_t>(x) * step_x +
                                                 static_cast<std::ptrdiff_t>(y) * step_y)] =
              image.pixels[y * image.width + x];
  return result;
}

}  // namespace scrawl
