#include "image/decode.h"

#include "scrawl/error.h"

#include "base/text.h"
#include "image/decoders.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

using Decoder = DecodedPicture (*)(std::span<const std::byte>, const std::string&, const DecodeLimits&);

/// A reader that never warns.
template <GreyImage (*decode)(std::span<const std::byte>, const std::string&, const DecodeLimits&)>
DecodedPicture silent(std::span<const std::byte> bytes, const std::string& file, const DecodeLimits& limits) {
  return {.image = decode(bytes, file, limits)};
}

/// How the files of one kind begin: with `start` at byte `at`.
struct Kind {
  std::string_view name;
  std::size_t at;
  std::string_view start;
  Decoder decode;  ///< null for a kind that is only known by name
};

constexpr std::array kinds = {
    Kind{"PNG", 0, "\x89PNG"sv, silent<decode_png>},
    Kind{"JPEG", 0, "\xff\xd8\xff"sv, decode_jpeg},
    Kind{"GIF", 0, "GIF8"sv, silent<decode_gif>},
    Kind{"TIFF", 0, "II*\0"sv, silent<decode_tiff>},
    Kind{"TIFF", 0, "MM\0*"sv, silent<decode_tiff>},
    Kind{"TIFF", 0, "II+\0"sv, silent<decode_tiff>},
    Kind{"TIFF", 0, "MM\0+"sv, silent<decode_tiff>},
    Kind{"WebP", 8, "WEBP"sv, silent<decode_webp>},
    // What telephones write, some with a name that covers all pictures of this family.
    Kind{"HEIC", 4, "ftyphe"sv, nullptr},
    Kind{"HEIC", 4, "ftypmif"sv, nullptr},
    Kind{"HEIC", 4, "ftypmsf"sv, nullptr},
    Kind{"AVIF", 4, "ftypavi"sv, nullptr},
    Kind{"JPEG 2000", 0, "\0\0\0\x0cjP  "sv, nullptr},
    Kind{"JPEG 2000", 0, "\xff\x4f\xff\x51"sv, nullptr},
    Kind{"JPEG XL", 0, "\0\0\0\x0cJXL "sv, nullptr},
    Kind{"Photoshop", 0, "8BPS"sv, nullptr},
    Kind{"PAM", 0, "P7\n"sv, nullptr},
};
constexpr Kind bmp{"BMP", 0, "BM"sv, silent<decode_bmp>};
constexpr Kind pnm{"PNM", 0, "P"sv, silent<decode_pnm>};

bool begins(std::string_view text, const Kind& kind) {
  return text.size() >= kind.at && text.substr(kind.at).starts_with(kind.start);
}

/// Two letters alone may begin a text too: what must follow them in a BMP is the size of its second header.
bool is_bmp(std::string_view text) {
  constexpr std::string_view header_sizes = "\x0c\x28\x34\x38\x40\x6c\x7c"sv;
  return begins(text, bmp) && text.size() >= 18 && header_sizes.find(text[14]) != std::string_view::npos &&
         text.substr(15, 3) == "\0\0\0"sv;
}

bool is_pnm(std::string_view text) {
  return begins(text, pnm) && text.size() >= 3 && text[1] >= '1' && text[1] <= '6' &&
         " \t\r\n#"sv.find(text[2]) != std::string_view::npos;
}

/// The name of a kind of document that only holds drawings, or nothing.
std::string_view document_kind(std::string_view text) {
  constexpr std::size_t most_header = 4096;
  text = text.substr(0, most_header);
  if (text.starts_with("%PDF-")) return "PDF";
  const bool is_markup = text.starts_with("<") || text.starts_with("\xef\xbb\xbf<");
  return is_markup && text.find("<svg") != std::string_view::npos ? "SVG" : "";
}

/// What the bytes begin as, or null.
const Kind* kind_of(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  const auto* const known =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return begins(text, kind); });
  if (known != kinds.end()) return known;
  if (is_bmp(text)) return &bmp;
  return is_pnm(text) ? &pnm : nullptr;
}

}  // namespace

void check_picture_size(std::uint64_t width, std::uint64_t height, const std::string& file,
                        const DecodeLimits& limits) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height) + " pixels";
  if (width == 0 || height == 0)
    throw Error(ErrorCode::bad_data, "claims to be a picture of " + size + "; get the file again", file);
  if (width > limits.most_side || height > limits.most_side || width * height > limits.most_pixels)
    throw Error(ErrorCode::bad_data,
                "is a picture of " + size + ", more than the " + std::to_string(limits.most_pixels) +
                    " pixels, or " + std::to_string(limits.most_side) +
                    " a side that scrawl reads; make it smaller first",
                file);
}

bool is_picture(std::span<const std::byte> bytes) { return kind_of(bytes) != nullptr; }

DecodedPicture decode_with_warnings(std::span<const std::byte> bytes, const std::string& file,
                                    const DecodeLimits& limits) {
  const Kind* const kind = kind_of(bytes);
  const std::string_view other = kind == nullptr           ? document_kind(as_text(bytes))
                                 : kind->decode == nullptr ? kind->name
                                                           : "";
  if (!other.empty())
    throw Error(
        ErrorCode::unsupported,
        "is in the format " + std::string(other) + ", which scrawl cannot read; convert it to PNG or JPEG",
        file);
  if (kind == nullptr)
    throw Error(
        ErrorCode::bad_data,
        bytes.empty()
            ? "is empty, not a picture; get the file again"
            : "is not a picture of a known format; give a PNG, JPEG, GIF, TIFF, WebP, BMP or PNM file",
        file);
  return kind->decode(bytes, file, limits);
}

GreyImage decode_picture(std::span<const std::byte> bytes, const std::string& file,
                         const DecodeLimits& limits) {
  return decode_with_warnings(bytes, file, limits).image;
}

}  // namespace scrawl
