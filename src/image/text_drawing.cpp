#include "image/text_drawing.h"

#include "base/rounding.h"
#include "image/leptonica.h"

#include <algorithm>
#include <new>

#include <leptonica/allheaders.h>

namespace scrawl {
namespace {

/// Letters are drawn black on white so many times larger, and then made smaller to greys.
constexpr std::size_t enlargement = 3;
constexpr std::size_t most_characters = 1000;

/// Only characters that have a letter: one for each character of UTF-8.
std::string drawable(std::string_view text) {
  std::string characters;
  for (const char byte : text) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
    if (continues && !characters.empty()) continue;
    if (characters.size() == most_characters) break;
    characters += byte >= ' ' && byte <= '~' ? byte : '?';
  }
  return characters;
}

std::uint8_t blend(std::uint8_t ground, std::uint8_t ink, unsigned coverage) {
  return static_cast<std::uint8_t>((ground * (255 - coverage) + ink * coverage + 127) / 255);
}

}  // namespace

void TextDrawing::Release::operator()(L_Bmf* letters) const { bmfDestroy(&letters); }

TextDrawing::TextDrawing(Size size) {
  silence_leptonica();
  letters_.reset(bmfCreate(nullptr, size == Size::normal ? 12 : 16));
  if (!letters_) throw std::bad_alloc();  // nothing else can fail: the letters are in memory
}

std::size_t TextDrawing::line_height() const {
  const auto height = static_cast<std::size_t>(letters_->lineheight);
  return divided_up(height, enlargement) + 1;
}

std::size_t TextDrawing::width(std::string_view text) const {
  const std::string characters = drawable(text);
  l_int32 width = 0;
  if (characters.empty() || bmfGetStringWidth(letters_.get(), characters.c_str(), &width) != 0 || width <= 0)
    return 0;
  return (static_cast<std::size_t>(width) + enlargement - 1) / enlargement;
}

std::string TextDrawing::fitted(std::string_view text, std::size_t most_width) const {
  std::string characters = drawable(text);
  if (width(characters) <= most_width) return characters;
  std::size_t kept = 0;
  std::size_t too_many = characters.size() + 1;
  while (kept + 1 < too_many) {  // the longest beginning that has room, by halving
    const std::size_t middle = (kept + too_many) / 2;
    if (width(characters.substr(0, middle) + "...") <= most_width)
      kept = middle;
    else
      too_many = middle;
  }
  return kept > 0 ? characters.substr(0, kept) + "..." : "";
}

void TextDrawing::draw(ColourImage& image, std::string_view text, std::size_t left, std::size_t top,
                       const Colour& colour) const {
  const std::string characters = drawable(text);
  const std::size_t columns = width(characters);
  if (columns == 0 || left >= image.width || top >= image.height) return;
  // pixScaleToGray3 gives a multiple of eight columns, and leaves out the rest.
  const std::size_t padded = (columns + 7) / 8 * 8;
  const PixPtr large(pixCreate(static_cast<l_int32>(padded * enlargement),
                               static_cast<l_int32>(line_height() * enlargement), 1));
  if (!large) throw std::bad_alloc();
  l_int32 drawn = 0;
  l_int32 overflows = 0;
  const l_int32 baseline = letters_->baselinetab[static_cast<unsigned char>('H')];
  pixSetTextline(large.get(), letters_.get(), characters.c_str(), 1, 0, baseline, &drawn, &overflows);
  const PixPtr small(pixScaleToGray3(large.get()));
  if (!small) throw std::bad_alloc();
  const GreyImage greys = from_pix(*small);
  for (std::size_t y = 0; y < std::min(greys.height, image.height - top); ++y)
    for (std::size_t x = 0; x < std::min(greys.width, image.width - left); ++x) {
      const unsigned coverage = 255U - greys.pixels[y * greys.width + x];
      const Colour ground = image.at(left + x, top + y);
      image.set(left + x, top + y,
                {blend(ground.red, colour.red, coverage), blend(ground.green, colour.green, coverage),
                 blend(ground.blue, colour.blue, coverage)});
    }
}

}  // namespace scrawl
