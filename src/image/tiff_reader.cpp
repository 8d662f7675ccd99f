#include "scrawl/error.h"

#include "image/decoders.h"
#include "image/orientation.h"
#include "image/transparency.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <tiffio.h>

namespace scrawl {
namespace {

struct TiffClose {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
struct OptionsFree {
  void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};
struct RasterizerEnd {
  void operator()(TIFFRGBAImage* image) const { TIFFRGBAImageEnd(image); }
};

/// The bytes as libtiff reads them, and what it says about them. libtiff is used directly since Leptonica
/// accepts pictures that end too early, and since its own way to be silent would silence the whole program.
struct MemoryFile {
  std::span<const std::byte> bytes;
  std::uint64_t at = 0;
  /// How much may still be read. A good file is read once; entries and strips that all point at the same
  /// place would take time and memory without bound.
  std::uint64_t budget = 0;
  std::array<char, 256> problem{};
  bool warnings_count = false;

  static MemoryFile& of(thandle_t handle) { return *static_cast<MemoryFile*>(handle); }

  static tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    MemoryFile& file = of(handle);
    if (file.at >= file.bytes.size() || count <= 0) return 0;
    const std::uint64_t taken =
        std::min({static_cast<std::uint64_t>(count), file.bytes.size() - file.at, file.budget});
    std::memcpy(to, file.bytes.data() + file.at, taken);
    file.at += taken;
    file.budget -= taken;
    return static_cast<tmsize_t>(taken);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t seek(thandle_t handle, toff_t to, int from) {
    MemoryFile& file = of(handle);
    file.at = to + (from == SEEK_CUR ? file.at : from == SEEK_END ? file.bytes.size() : 0);
    return file.at;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).bytes.size(); }

  void keep(const char* format, std::va_list values) {
    if (problem[0] == '\0') std::vsnprintf(problem.data(), problem.size(), format, values);
  }
  // Both return 1, which ends the matter: libtiff's own handlers, which print, are not asked.
  static int on_error(TIFF*, void* file, const char*, const char* format, std::va_list values) {
    static_cast<MemoryFile*>(file)->keep(format, values);
    return 1;
  }
  static int on_warning(TIFF*, void* file, const char*, const char* format, std::va_list values) {
    if (static_cast<MemoryFile*>(file)->warnings_count) static_cast<MemoryFile*>(file)->keep(format, values);
    return 1;
  }
};

/// Whether pictures packed like this are read: the old and common ways, not those whose libraries may take
/// any amount of memory for a small picture.
bool is_known_compression(unsigned compression) {
  constexpr std::array known = {COMPRESSION_NONE,          COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,
                                COMPRESSION_CCITTFAX4,     COMPRESSION_LZW,      COMPRESSION_JPEG,
                                COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,  COMPRESSION_PACKBITS};
  return std::find(known.begin(), known.end(), static_cast<int>(compression)) != known.end() &&
         TIFFIsCODECConfigured(static_cast<std::uint16_t>(compression)) != 0;
}

/// Whether all strips or tiles together unpack to at most this many bytes.
bool unpacks_to_at_most(std::uint64_t most, TIFF* tiff) {
  const bool is_tiled = TIFFIsTiled(tiff) != 0;
  const std::uint64_t count = is_tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  const std::uint64_t size = is_tiled ? TIFFTileSize64(tiff) : TIFFStripSize64(tiff);
  return count == 0 || size <= most / count;
}

/// Null, and a problem in `memory`, if that is no TIFF. No single thing may take more than `most_bytes`.
std::unique_ptr<TIFF, TiffClose> open_tiff(MemoryFile& memory, const std::string& name,
                                           std::uint64_t most_bytes) {
  const std::unique_ptr<TIFFOpenOptions, OptionsFree> options(TIFFOpenOptionsAlloc());
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), static_cast<tmsize_t>(most_bytes));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), MemoryFile::on_error, &memory);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), MemoryFile::on_warning, &memory);
  // "m": not as a file mapped into memory, so that every byte passes through read().
  return std::unique_ptr<TIFF, TiffClose>(
      TIFFClientOpenExt(name.c_str(), "rm", &memory, MemoryFile::read, MemoryFile::write, MemoryFile::seek,
                        MemoryFile::close, MemoryFile::size, nullptr, nullptr, options.get()));
}

}  // namespace

GreyImage decode_tiff(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  MemoryFile memory{.bytes = bytes, .budget = 2 * bytes.size() + 4096};
  const auto damaged = [&] {
    return Error(ErrorCode::bad_data,
                 std::string("is a damaged TIFF file (") +
                     (memory.problem[0] == '\0' ? "the file ends too early" : memory.problem.data()) +
                     "); get the file again",
                 file);
  };
  const auto unsupported = [&](const std::string& what) {
    return Error(ErrorCode::unsupported,
                 "is a TIFF picture " + what + ", which scrawl cannot read; convert it to PNG or JPEG", file);
  };
  const std::uint64_t most_unpacked = 8 * limits.most_pixels + 65536;
  const auto tiff = open_tiff(memory, file, most_unpacked + bytes.size());
  if (!tiff) throw damaged();

  std::uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  check_picture_size(width, height, file, limits);
  std::uint16_t compression = 0, orientation = 0;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_COMPRESSION, &compression);
  if (!is_known_compression(compression))
    throw unsupported("compressed in a rare way (number " + std::to_string(compression) + ")");
  std::uint32_t role = 0;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_SUBFILETYPE, &role);
  if ((role & FILETYPE_REDUCEDIMAGE) != 0)
    throw unsupported("that begins with a small preview, as raw files do");
  if (!unpacks_to_at_most(most_unpacked, tiff.get())) throw unsupported("with far more data than pixels");

  std::array<char, 1024> why{};  // as long as tiffio.h wants it
  TIFFRGBAImage state{};
  if (TIFFRGBAImageOK(tiff.get(), why.data()) == 0 ||
      TIFFRGBAImageBegin(&state, tiff.get(), /*stop_on_error=*/1, why.data()) == 0)
    throw unsupported(std::string("of a rare form (\"") + why.data() + "\")");
  const std::unique_ptr<TIFFRGBAImage, RasterizerEnd> rasterizer(&state);
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_ORIENTATION, &orientation);
  // The rows in the file's order: libtiff would turn only some of the eight orientations.
  state.orientation = ORIENTATION_TOPLEFT;
  state.req_orientation = ORIENTATION_TOPLEFT;
  std::vector<std::uint32_t> colours(std::size_t{width} * height);
  // Of a damaged JPEG or fax strip, libtiff only warns.
  memory.warnings_count = true;
  memory.problem[0] = '\0';
  if (TIFFRGBAImageGet(&state, colours.data(), width, height) == 0 || memory.problem[0] != '\0')
    throw damaged();

  GreyImage image{.width = width, .height = height};
  image.pixels.resize(colours.size());
  // Colours come already multiplied by their opacity; grey is as the file has it.
  const bool is_multiplied = state.alpha == EXTRASAMPLE_ASSOCALPHA || state.photometric == PHOTOMETRIC_RGB ||
                             state.photometric == PHOTOMETRIC_SEPARATED;
  std::transform(colours.begin(), colours.end(), image.pixels.begin(), [&](std::uint32_t colour) {
    const std::uint8_t grey = luminance(TIFFGetR(colour), TIFFGetG(colour), TIFFGetB(colour));
    return is_multiplied ? grey : seen(grey, TIFFGetA(colour));
  });
  if (state.alpha != 0) {
    std::vector<std::uint8_t> opacity(colours.size());
    std::transform(colours.begin(), colours.end(), opacity.begin(),
                   [](std::uint32_t colour) { return static_cast<std::uint8_t>(TIFFGetA(colour)); });
    image = over_ground(std::move(image), opacity);
  }
  return upright(std::move(image), orientation);
}

}  // namespace scrawl
