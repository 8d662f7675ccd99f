#include "formats/file_kind.h"

#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>
#include <string_view>

namespace scrawl {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t looked_at = 512;  // bytes, as many as a tar header has

struct Signature {
  std::size_t at;
  std::string_view bytes;
  const char* kind;
};
constexpr Signature signatures[] = {
    {0, "\x89PNG"sv, "a PNG picture"},
    {0, "\xff\xd8\xff"sv, "a JPEG picture"},
    {0, "GIF8"sv, "a GIF picture"},
    {0, "BM"sv, "a BMP picture"},
    {0, "II*\0"sv, "a TIFF picture"},
    {0, "MM\0*"sv, "a TIFF picture"},
    {8, "WEBP"sv, "a WebP picture"},
    {4, "ftypheic"sv, "a HEIC picture"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "\x1f\x8b"sv, "compressed with gzip"},
    {0, "BZh"sv, "compressed with bzip2"},
    {0, "\3757zXZ"sv, "compressed with xz"},
    {0, "\x28\xb5\x2f\xfd"sv, "compressed with Zstandard"},
    {0, "PK\3\4"sv, "a ZIP archive"},
    {0, "7z\xbc\xaf"sv, "a 7z archive"},
    {0, "Rar!"sv, "a RAR archive"},
    {257, "ustar"sv, "a tar archive"},
    {0, "\177ELF"sv, "a program"},
    {0, "\x89HDF"sv, "an HDF5 file"},
    {4, "TFL3"sv, "a TensorFlow Lite model"},
    {0, "GGUF"sv, "a GGUF model"},
    {0, "\x93NUMPY"sv, "a single NumPy array"},
    {0, "\x80\2"sv, "a Python pickle"},
    {0, "\x80\4"sv, "a Python pickle"},
    {0, "SQLite format 3"sv, "a database"},
    {0, "\0\0\x08\3"sv, "an IDX file with images, as of MNIST"},
    {0, "\0\0\x08\1"sv, "an IDX file with labels, as of MNIST"},
    {0, "version https://git-lfs.github.com/spec/"sv, "a pointer of Git LFS"},
};

/// Whether the whole start is text: UTF-8 without control characters, but for a character that is cut off.
bool is_text(std::string_view start) {
  while (!start.empty()) {
    const auto [size, code] = first_character(start);
    if (size == 0 && start.size() > 3) return false;
    if (size != 0 && code < 0x20 && code != '\n' && code != '\r' && code != '\t' && code != '\f')
      return false;
    start.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return true;
}

std::string kind_of_text(std::string_view start) {
  const auto text = trimmed(start.starts_with("\xef\xbb\xbf") ? start.substr(3) : start);
  const std::string lower = lower_case(text.substr(0, 16));
  if (lower.starts_with("<!doctype html") || lower.starts_with("<html")) return "a web page";
  if (lower.starts_with("<svg")) return "an SVG picture";
  if (lower.starts_with("<?xml")) return "an XML file";
  if (text.empty()) return "a text file without any text";
  constexpr std::size_t most_quoted = 40;
  return "a text file that begins with '" +
         printable(text.substr(0, text.find_first_of("\r\n")), most_quoted) + "'";
}

}  // namespace

std::string file_kind(std::span<const std::byte> bytes) {
  const std::string_view start = as_text(bytes).substr(0, looked_at);
  for (const auto& [at, signature, kind] : signatures)
    if (start.size() >= at && start.substr(at).starts_with(signature)) return kind;
  return is_text(start) ? kind_of_text(start) : "";
}

std::string wrong_file(std::span<const std::byte> bytes, const std::string& wanted,
                       const std::string& remedy) {
  if (bytes.empty()) return "is empty, expected " + wanted + "; copy or download it again";
  if (std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; }))
    return "contains only zero bytes, expected " + wanted + "; copy or download it again";
  const std::string kind = file_kind(bytes);
  if (kind == "a pointer of Git LFS") return "is a Git LFS pointer; download the file with: git lfs pull";
  if (kind == "a web page")
    return "is a web page, not " + wanted + "; download the file that the page links to";
  if (kind.empty()) return "is not " + wanted + "; " + remedy;
  return "is " + kind + ", not " + wanted + "; " + remedy;
}

}  // namespace scrawl
