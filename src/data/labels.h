#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace scrawl {

/// The class of each image.
struct Labels {
  std::vector<std::uint8_t> values;
  std::vector<std::string> names = {};  ///< of the classes; empty: the numbers from 0
};

/// Labels that are texts: `places` says for each image which of `texts`, at most 256, it has. If all texts
/// are whole numbers from 0 to 255, they are the labels; otherwise the classes are numbered in the natural
/// order of their names ("2" before "10").
Labels labels_of_texts(std::span<const std::uint8_t> places, const std::vector<std::string>& texts);

}  // namespace scrawl
