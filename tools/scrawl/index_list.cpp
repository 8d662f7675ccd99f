#include "index_list.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <string>

#include <fmt/format.h>

namespace scrawl::tool {
namespace {

std::size_t parse_index(std::string_view digits, std::string_view piece) {
  if (const auto number = parse_number<std::size_t>(digits)) return *number;
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
    const std::size_t first = parse_index(trimmed(piece.substr(0, dots)), piece);
    const std::size_t last =
        dots == std::string_view::npos ? first : parse_index(trimmed(piece.substr(dots + 2)), piece);
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
