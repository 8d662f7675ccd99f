#include "index_list.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <charconv>
#include <string>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

std::size_t parse_number(std::string_view digits, std::string_view piece) {
  std::size_t number = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (status == std::errc{} && end == digits.data() + digits.size()) return number;
  throw Error(ErrorCode::invalid_argument,
              fmt::format("--index: expected an index or a range, such as 3, 0..24 or 1,5,9..12, not '{}'",
                          printable(piece)));
}

}  // namespace

std::vector<std::size_t> parse_indices(std::string_view text, std::size_t size, std::size_t most,
                                       std::string_view data) {
  std::vector<std::size_t> indices;
  for (const std::string_view piece : split(text, ',')) {
    const std::size_t dots = piece.find("..");
    const std::size_t first = parse_number(trimmed(piece.substr(0, dots)), piece);
    const std::size_t last =
        dots == std::string_view::npos ? first : parse_number(trimmed(piece.substr(dots + 2)), piece);
    if (first > last)
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("--index: {} runs backwards; write {}..{}", printable(piece), last, first));
    if (last >= size)
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("there is no image {}; {} has the images 0 to {}", last, data, size - 1));
    if (last - first >= most - indices.size())
      throw Error(
          ErrorCode::invalid_argument,
          fmt::format("--index names more than {} images, which is the most at once; name fewer", most));
    for (std::size_t index = first; index <= last; ++index) indices.push_back(index);
  }
  return indices;
}

}  // namespace scrawl::tool
