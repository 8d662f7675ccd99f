#include "scrawl/error.h"
#include "scrawl/synth.h"

#include "data/arrays.h"
#include "synth/chance.h"
#include "synth/font.h"
#include "synth/glyphs.h"
#include "synth/other_marks.h"

#include <array>
#include <string>

namespace scrawl {
namespace {

constexpr std::uint32_t kind_digit = 0;
constexpr std::uint32_t kind_other = 1;
constexpr float printed_share = 0.4F;

MnistImage draw_digit(std::uint8_t digit, Chance& chance, const std::vector<Font>& fonts) {
  const char name = static_cast<char>('0' + digit);
  if (!fonts.empty() && chance.happens(printed_share)) {
    const Font& font = fonts[chance.below(fonts.size())];
    if (font.outlines(name) != nullptr) return to_mnist_form(font.print(name, chance));
  }
  std::vector<Glyph> ways;
  for (const Glyph& glyph : digit_glyphs())
    if (glyph.name[0] == name) ways.push_back(glyph);
  return to_mnist_form(write_glyph(ways[chance.below(ways.size())], chance));
}

}  // namespace

Dataset draw_digits(const DrawnDigits& what, const DatasetView& source) {
  if (source.size() > 0 && source.shape.size() != mnist_side * mnist_side)
    throw Error(ErrorCode::invalid_argument,
                "digits are cut from images of 28x28, not of " + to_string(source.shape));
  std::vector<Font> fonts;
  fonts.reserve(what.fonts.size());
  for (const auto& file : what.fonts) fonts.emplace_back(file);
  constexpr std::uint8_t digit_classes = 10;
  Dataset drawn{.name = "drawn digits",
                .shape = {1, mnist_side, mnist_side},
                .classes = digit_classes + (what.others > 0 ? std::size_t{1} : 0)};
  drawn.images.reserve((what.digits + what.others) * mnist_side * mnist_side);
  const auto add = [&](const MnistImage& image, std::uint8_t label) {
    drawn.images.insert(drawn.images.end(), image.begin(), image.end());
    drawn.labels.push_back(label);
  };
  for (std::size_t i = 0; i < what.digits; ++i) {
    Chance chance(what.seed, kind_digit, static_cast<std::uint32_t>(i));
    const auto digit = static_cast<std::uint8_t>(i % digit_classes);
    add(draw_digit(digit, chance, fonts), digit);
  }
  for (std::size_t i = 0; i < what.others; ++i) {
    Chance chance(what.seed, kind_other, static_cast<std::uint32_t>(i));
    add(draw_other_mark(static_cast<OtherMark>(i % other_marks), chance, source, fonts), digit_classes);
  }
  if (what.others > 0) {
    for (std::size_t digit = 0; digit < digit_classes; ++digit)
      drawn.class_names.push_back(std::to_string(digit));
    drawn.class_names.emplace_back(no_digit);
  }
  drawn.sha256 = content_sha256(drawn.images, drawn.labels);
  return drawn;
}

void add_other_marks(Dataset& data, std::size_t count, std::uint64_t seed) {
  const Dataset marks = draw_digits({.seed = seed, .digits = 0, .others = count}, data.view());
  data.class_names = names_of_classes(data);
  const auto found = find_no_digit(data.class_names);
  const auto none = static_cast<std::uint8_t>(found.value_or(data.class_names.size()));
  if (!found) data.class_names.emplace_back(no_digit);
  data.classes = data.class_names.size();
  data.images.insert(data.images.end(), marks.images.begin(), marks.images.end());
  data.labels.insert(data.labels.end(), marks.size(), none);
  data.sha256 = content_sha256(data.images, data.labels);
}

}  // namespace scrawl
