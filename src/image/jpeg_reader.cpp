#include "scrawl/error.h"

#include "image/decoders.h"

#include <array>
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>
// After jpeglib.h, which it needs.
#include <jerror.h>

namespace scrawl {
namespace {

/// A good encoder writes about ten; thousands of nearly empty ones would take minutes.
constexpr int most_scans = 100;

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
  if (colours != JCS_GRAYSCALE && colours != JCS_YCbCr && colours != JCS_RGB)
    throw Error(ErrorCode::unsupported,
                "is a JPEG picture in the colours of printing, which is not read here; save it as PNG", file);

  GreyImage image{.width = picture.image_width, .height = picture.image_height};
  image.pixels.resize(image.width * image.height);
  const bool is_whole = reader.attempt([&] {
    picture.out_color_space = JCS_GRAYSCALE;
    picture.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&picture);
    while (picture.output_scanline < picture.output_height) {
      JSAMPROW row = image.pixels.data() + picture.output_scanline * image.width;
      jpeg_read_scanlines(&picture, &row, 1);
    }
    jpeg_finish_decompress(&picture);
  });
  if (!is_whole) throw damaged();
  return image;
}

}  // namespace scrawl
