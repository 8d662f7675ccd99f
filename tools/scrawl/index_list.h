#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace scrawl::tool {

/// The images that "3", "0..24" or "1,5,9..12" names, in that order; both ends of a range belong to it.
/// Throws Error(invalid_argument) for other text, a range that runs backwards, an image of `size` or more,
/// and more than `most` in all. `data` names the images in messages. REQUIRES size > 0.
std::vector<std::size_t> parse_indices(std::string_view text, std::size_t size, std::size_t most,
                                       std::string_view data);

}  // namespace scrawl::tool
