#include "image/decode.h"

#include "scrawl/error.h"

#include "image/decoders.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

using Decoder = GreyImage (*)(std::span<const std::byte>, const std::string&, const DecodeLimits&);

/// How the files of one kind begin: with `start` at byte `at`.
struct Kind {
  std::string_view name;
  std::size_t at;
  std::string_view start;
  Decoder decode;  ///< null for a kind that is only known by name
};

constexpr std::array kinds = {
    Kind{"PNG", 0, "\x89PNG"sv, decode_png},
    Kind{"JPEG", 0, "\xff\xd8\xff"sv, decode_jpeg},
    Kind{"TIFF", 0, "II*\0"sv, nullptr},
    Kind{"TIFF", 0, "MM\0*"sv, nullptr},
    Kind{"TIFF", 0, "II+\0"sv, nullptr},
    Kind{"TIFF", 0, "MM\0+"sv, nullptr},
    Kind{"GIF", 0, "GIF8"sv, nullptr},
    Kind{"WebP", 8, "WEBP"sv, nullptr},
    Kind{"HEIC", 4, "ftyphei"sv, nullptr},
    Kind{"HEIC", 4, "ftypmif"sv, nullptr},
    Kind{"AVIF", 4, "ftypavi"sv, nullptr},
    Kind{"JPEG 2000", 0, "\0\0\0\x0cjP  "sv, nullptr},
    Kind{"JPEG 2000", 0, "\xff\x4f\xff\x51"sv, nullptr},
    Kind{"JPEG XL", 0, "\0\0\0\x0cJXL "sv, nullptr},
    Kind{"Photoshop", 0, "8BPS"sv, nullptr},
    Kind{"PAM", 0, "P7\n"sv, nullptr},
};
constexpr Kind bmp{"BMP", 0, "BM"sv, decode_bmp};
constexpr Kind pnm{"PNM", 0, "P"sv, decode_pnm};

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

/// What the bytes begin as, or null.
const Kind* kind_of(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
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
                    " a side, that are read here; make it smaller first",
                file);
}

bool is_picture(std::span<const std::byte> bytes) { return kind_of(bytes) != nullptr; }

GreyImage decode_picture(std::span<const std::byte> bytes, const std::string& file,
                         const DecodeLimits& limits) {
  const Kind* const kind = kind_of(bytes);
  if (kind == nullptr)
    throw Error(ErrorCode::bad_data,
                bytes.empty() ? "is empty, no picture; get the file again"
                              : "is no picture of a known kind; give a PNG, JPEG, BMP or PNM file",
                file);
  if (kind->decode == nullptr)
    throw Error(ErrorCode::unsupported,
                "is a " + std::string(kind->name) + " picture, which is not read here; save it as PNG", file);
  return kind->decode(bytes, file, limits);
}

}  // namespace scrawl
