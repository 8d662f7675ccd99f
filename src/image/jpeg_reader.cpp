#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/orientation.h"

#include <array>
#include <csetjmp>
#include <cstdio>
#include <string_view>
#include <vector>

#include <jpeglib.h>
// After jpeglib.h, which it needs.
#include <jerror.h>

namespace scrawl {
namespace {

/// A good encoder writes about ten; thousands of nearly empty ones would take minutes.
constexpr int most_scans = 100;
constexpr int exif_marker = JPEG_APP0 + 1;  // XMP uses it too

/// libjpeg's reader over bytes in memory. It is used directly since Leptonica lets it print its complaints.
/// libjpeg reports errors by a jump to the last setjmp, so that what runs inside `attempt` must have no
/// destructors.
class JpegReader {
 public:
  JpegReader() {
    picture.err = jpeg_std_error(&errors_);
    picture.client_data = this;
    errors_.error_exit = on_error;
    errors_.emit_message = on_message;
    errors_.output_message = [](j_common_ptr) {};
  }
  ~JpegReader() { jpeg_destroy_decompress(&picture); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  /// Whether `step` ran to its end; if not, `problem` says why.
  template <class Step>
  bool attempt(const Step& step) {
    if (setjmp(jump_) != 0) return false;
    step();
    return true;
  }

  void open(std::span<const std::byte> bytes) {
    jpeg_create_decompress(&picture);
    progress_.progress_monitor = on_progress;
    picture.progress = &progress_;
    jpeg_mem_src(&picture, reinterpret_cast<const unsigned char*>(bytes.data()),
                 static_cast<unsigned long>(bytes.size()));
    jpeg_save_markers(&picture, exif_marker, 0xffff);
    jpeg_read_header(&picture, TRUE);
  }

  jpeg_decompress_struct picture{};
  std::array<char, JMSG_LENGTH_MAX> problem{};

 private:
  [[noreturn]] static void on_error(j_common_ptr common) {
    auto& reader = *static_cast<JpegReader*>(common->client_data);
    common->err->format_message(common, reader.problem.data());
    std::longjmp(reader.jump_, 1);
  }

  /// libjpeg fills what is damaged or missing with grey and only warns (level -1).
  static void on_message(j_common_ptr common, int level) {
    if (level >= 0) return;
    const int code = common->err->msg_code;
    const bool is_harmless =
        code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR;
    if (!is_harmless) on_error(common);
  }

  static void on_progress(j_common_ptr common) {
    auto& reader = *static_cast<JpegReader*>(common->client_data);
    if (reader.picture.input_scan_number <= most_scans) return;
    std::snprintf(reader.problem.data(), reader.problem.size(), "more than %d scans", most_scans);
    std::longjmp(reader.jump_, 1);
  }

  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
};

int orientation_of(const jpeg_decompress_struct& picture) {
  for (const jpeg_marker_struct* marker = picture.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view text(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == exif_marker && text.starts_with("Exif"))
      return exif_orientation(std::as_bytes(std::span(text)));
  }
  return 1;
}

/// A row of cyan, magenta, yellow and black in grey. Adobe's programs write 255 where there is no ink.
void inks_to_grey(std::span<const std::uint8_t> inks, bool is_inverted, std::uint8_t* greys) {
  const auto bare = [&](std::size_t i) { return is_inverted ? inks[i] : 255U - inks[i]; };
  for (std::size_t i = 0; i < inks.size(); i += 4) {
    const std::uint8_t without_black = luminance(bare(i), bare(i + 1), bare(i + 2));
    *greys++ = static_cast<std::uint8_t>((without_black * bare(i + 3) + 127) / 255);
  }
}

}  // namespace

GreyImage decode_jpeg(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  JpegReader reader;
  jpeg_decompress_struct& picture = reader.picture;
  const auto damaged = [&] {
    return Error(ErrorCode::bad_data,
                 std::string("is a damaged JPEG file (") + reader.problem.data() + "); get the file again",
                 file);
  };
  if (!reader.attempt([&] { reader.open(bytes); })) throw damaged();
  check_picture_size(picture.image_width, picture.image_height, file, limits);
  const J_COLOR_SPACE colours = picture.jpeg_color_space;
  const bool is_ink = colours == JCS_CMYK || colours == JCS_YCCK;
  if (!is_ink && colours != JCS_GRAYSCALE && colours != JCS_YCbCr && colours != JCS_RGB)
    throw Error(ErrorCode::unsupported,
                "is a JPEG picture of unknown colours, which is not read here; save it as PNG", file);
  const int orientation = orientation_of(picture);

  GreyImage image{.width = picture.image_width, .height = picture.image_height};
  image.pixels.resize(image.width * image.height);
  std::vector<std::uint8_t> inks(is_ink ? 4 * image.width : 0);
  const bool is_whole = reader.attempt([&] {
    picture.out_color_space = is_ink ? JCS_CMYK : JCS_GRAYSCALE;
    picture.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&picture);
    while (picture.output_scanline < picture.output_height) {
      std::uint8_t* const greys = image.pixels.data() + picture.output_scanline * image.width;
      JSAMPROW row = is_ink ? inks.data() : greys;
      jpeg_read_scanlines(&picture, &row, 1);
      if (is_ink) inks_to_grey(inks, picture.saw_Adobe_marker != 0, greys);
    }
    jpeg_finish_decompress(&picture);
  });
  if (!is_whole) throw damaged();
  return upright(std::move(image), orientation);
}

}  // namespace scrawl
