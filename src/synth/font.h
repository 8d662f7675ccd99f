#pragma once

#include "synth/canvas.h"
#include "synth/chance.h"

#include <filesystem>
#include <map>
#include <vector>

namespace scrawl {

/// The outlines of a font's digits and letters, whose height from the baseline to the top of a digit is 1,
/// y downwards from the baseline.
class Font {
 public:
  /// Reads a TrueType or OpenType file. Throws Error(not_found) or Error(bad_data).
  explicit Font(const std::filesystem::path& file);

  /// Of a printable character of ASCII; null where the font has none.
  const std::vector<Polyline>* outlines(char character) const;

  /// Draws it turned, slanted and stretched a little. REQUIRES a character that the font has.
  GreyImage print(char character, Chance& chance) const;

 private:
  std::map<char, std::vector<Polyline>> outlines_;
};

}  // namespace scrawl
