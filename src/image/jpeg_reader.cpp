#include "scrawl/error.h"

#include "base/files.h"
#include "image/decoders.h"
#include "image/orientation.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <jpeglib.h>
// After jpeglib.h, which it needs.
#include <jerror.h>

namespace scrawl {
namespace {

/// A good encoder writes about ten; thousands of nearly empty ones would take minutes.
constexpr int most_scans = 100;
constexpr int exif_marker = JPEG_APP0 + 1;  // XMP uses it too

/// libjpeg's reader over bytes in memory, used directly because Leptonica lets it print. libjpeg reports
/// errors by a jump to the last setjmp, so code inside `attempt` must have no destructors.
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
  int problem_code = 0;  ///< as in jerror.h

 private:
  [[noreturn]] static void on_error(j_common_ptr common) {
    auto& reader = *static_cast<JpegReader*>(common->client_data);
    common->err->format_message(common, reader.problem.data());
    reader.problem_code = common->err->msg_code;
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

/// Whether libjpeg does not know this form of JPEG, as far as it was built.
bool is_rare_form(int problem_code) {
  constexpr std::array codes = {JERR_BAD_PRECISION, JERR_SOF_UNSUPPORTED, JERR_ARITH_NOTIMPL,
                                JERR_NOT_COMPILED, JERR_CONVERSION_NOTIMPL};
  return std::find(codes.begin(), codes.end(), problem_code) != codes.end();
}

/// Whether all scans of a picture are there, which libjpeg does not ask: the next one may be missing whole.
/// REQUIRES a picture that was started and is not finished.
bool has_all_scans(const jpeg_decompress_struct& picture) {
  for (int c = 0; c < picture.num_components; ++c) {
    if (picture.comp_info[c].quant_table == nullptr) return false;
    if (picture.progressive_mode == 0) continue;
    const int* const bits = picture.coef_bits[c];  // that are still to come; -1 for all
    if (std::any_of(bits, bits + DCTSIZE2, [](int rest) { return rest != 0; })) return false;
  }
  return true;
}

/// Throws where `check_scans` is set and scans are missing.
GreyImage decode_once(JpegReader& reader, std::span<const std::byte> bytes, const std::string& file,
                      const DecodeLimits& limits, bool check_scans) {
  jpeg_decompress_struct& picture = reader.picture;
  const auto failure = [&] {
    const std::string why = reader.problem.data();
    if (is_rare_form(reader.problem_code))
      return Error(ErrorCode::unsupported,
                   "is a JPEG picture of a rare form (" + why + "), which scrawl cannot read; save it as PNG",
                   file);
    return Error(ErrorCode::bad_data, "is a damaged JPEG file (" + why + "); get the file again", file);
  };
  if (!reader.attempt([&] { reader.open(bytes); })) throw failure();
  check_picture_size(picture.image_width, picture.image_height, file, limits);
  const J_COLOR_SPACE colours = picture.jpeg_color_space;
  const bool is_ink = colours == JCS_CMYK || colours == JCS_YCCK;
  if (!is_ink && colours != JCS_GRAYSCALE && colours != JCS_YCbCr && colours != JCS_RGB)
    throw Error(ErrorCode::unsupported,
                "is a JPEG picture of unknown colours, which scrawl cannot read; save it as PNG", file);
  const int orientation = orientation_of(picture);

  GreyImage image{.width = picture.image_width, .height = picture.image_height};
  image.pixels.resize(image.width * image.height);
  std::vector<std::uint8_t> inks(is_ink ? 4 * image.width : 0);
  bool is_whole = true;
  const bool is_good = reader.attempt([&] {
    picture.out_color_space = is_ink ? JCS_CMYK : JCS_GRAYSCALE;
    picture.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&picture);
    while (picture.output_scanline < picture.output_height) {
      std::uint8_t* const greys = image.pixels.data() + picture.output_scanline * image.width;
      JSAMPROW row = is_ink ? inks.data() : greys;
      jpeg_read_scanlines(&picture, &row, 1);
      if (is_ink) inks_to_grey(inks, picture.saw_Adobe_marker != 0, greys);
    }
    if (check_scans) is_whole = has_all_scans(picture);
    jpeg_finish_decompress(&picture);
  });
  if (!is_good || !is_whole) throw failure();
  return upright(std::move(image), orientation);
}

}  // namespace

DecodedPicture decode_jpeg(std::span<const std::byte> bytes, const std::string& file,
                           const DecodeLimits& limits) {
  JpegReader reader;
  try {
    return {.image = decode_once(reader, bytes, file, limits, false)};
  } catch (const Error&) {
    if (reader.problem_code != JWRN_JPEG_EOF) throw;
    // Perhaps only the end marker is missing; with arithmetic coding this cannot be told from lost data.
    if (reader.picture.arith_code != 0) throw;
    Bytes completed(bytes.begin(), bytes.end());
    completed.insert(completed.end(), {std::byte{0xff}, std::byte{JPEG_EOI}});
    JpegReader second;
    GreyImage image;
    try {
      image = decode_once(second, completed, file, limits, true);
    } catch (const Error&) {
    }
    if (image.pixels.empty()) throw;
    return {.image = std::move(image),
            .warnings = {
                "lacks its end marker; all of the picture is there, but the file may have been cut off"}};
  }
}

}  // namespace scrawl
