#include "scrawl/recognizer.h"

#include "base/file_system.h"
#include "base/files.h"
#include "image/cleaning.h"
#include "image/colour_image.h"
#include "image/decode.h"
#include "image/png.h"
#include "image/resample.h"
#include "image/text_drawing.h"
#include "recognize/read_page.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t most_drawn_pixels = 2'000'000;
constexpr Colour right_colour{0, 90, 200};
constexpr Colour unsure_colour{200, 120, 0};
constexpr Colour refused_colour{200, 30, 30};
constexpr Colour piece_colour{230, 180, 60};
constexpr float doubtful = 0.9F;

ColourImage coloured(const GreyImage& image, bool is_inverted = false) {
  ColourImage result{.width = image.width, .height = image.height};
  result.pixels.reserve(3 * image.pixels.size());
  for (const std::uint8_t value : image.pixels)
    result.pixels.insert(result.pixels.end(), 3,
                         static_cast<std::uint8_t>(is_inverted ? 255 - value : value));
  return result;
}

/// Draws on a picture that is `factor` times as small as the boxes' picture.
class Drawing {
 public:
  Drawing(ColourImage image, std::size_t factor) : image_(std::move(image)), factor_(factor) {}

  void frame(const Box& box, const Colour& colour) {
    const std::size_t left = box.x / factor_;
    const std::size_t top = box.y / factor_;
    const std::size_t right = (box.x + box.width) / factor_;
    const std::size_t bottom = (box.y + box.height) / factor_;
    const std::size_t thickness = std::max<std::size_t>(1, std::max(image_.width, image_.height) / 800);
    for (std::size_t t = 0; t < thickness; ++t) {
      for (std::size_t x = left; x <= right; ++x) set(x, top + t, colour), set(x, bottom + t, colour);
      for (std::size_t y = top; y <= bottom; ++y) set(left + t, y, colour), set(right + t, y, colour);
    }
  }

  /// Above the box, or in it where there is no room.
  void label(const Box& box, const std::string& text, const Colour& colour) {
    const std::size_t top = box.y / factor_;
    letters_.draw(image_, text, box.x / factor_, top - std::min(top, letters_.line_height()), colour);
  }

  void set(std::size_t x, std::size_t y, const Colour& colour) {
    if (x < image_.width && y < image_.height) image_.set(x, y, colour);
  }

  Bytes png() const { return encode_png(image_); }

 private:
  ColourImage image_;
  std::size_t factor_;
  TextDrawing letters_{TextDrawing::Size::large};
};

/// A colour of its own for each number.
Colour colour_of(std::uint32_t number) {
  const std::uint32_t mixed = (number + 1) * 2654435761U;
  const auto part = [&](unsigned shift) { return static_cast<std::uint8_t>(mixed >> shift & 0xAFU); };
  return {part(24), part(16), part(8)};
}

Colour colour_of(float confidence) { return confidence >= doubtful ? right_colour : unsure_colour; }

std::string percent(float confidence) { return fmt::format("{:.0f} %", 100 * confidence); }

/// The images that the network is given, side by side, each with its answer.
Bytes sheet_of_digits(const Reading& reading) {
  constexpr std::size_t scale = 3;
  constexpr std::size_t columns = 16;
  constexpr std::size_t most = 400;
  constexpr std::size_t side = 28 * scale + 12;
  struct Shown {
    const Digit* digit;
    bool is_refused;
  };
  std::vector<Shown> all;
  for (const Line& line : reading.lines)
    for (const Digit& digit : line.digits) all.push_back({&digit, false});
  for (const Digit& mark : reading.refused) all.push_back({&mark, true});
  all.resize(std::min(all.size(), most));
  TextDrawing letters;
  const std::size_t height = side + letters.line_height();
  const std::size_t rows = std::max<std::size_t>(1, (all.size() + columns - 1) / columns);
  ColourImage image = ColourImage::filled(columns * side, rows * height, {255, 255, 255});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Digit& digit = *all[i].digit;
    const std::size_t left = i % columns * side + 6;
    const std::size_t top = i / columns * height;
    letters.draw(image, digit.value + " " + percent(digit.confidence), left, top,
                 all[i].is_refused ? refused_colour : colour_of(digit.confidence));
    for (std::size_t y = 0; y < digit.image.height * scale; ++y)
      for (std::size_t x = 0; x < digit.image.width * scale; ++x) {
        const std::uint8_t value = digit.image.pixels[y / scale * digit.image.width + x / scale];
        image.set(left + x, top + letters.line_height() + y, {value, value, value});
      }
  }
  return encode_png(image);
}

/// The page in a size to look at, and the factor by which it was reduced.
struct ReducedPage {
  GreyImage image;
  std::size_t factor;
};

ReducedPage reduced_page(const GreyImage& image) {
  const std::size_t factor = factor_to(image.pixels.size(), most_drawn_pixels);
  return {reduced(image, factor), factor};
}

void add_page_steps(const PageReading& read, std::vector<ReadingStep>& steps) {
  const Page& page = read.page;
  if (page.ink.level == 0) return;
  GreyImage strength = page.ink.strength;
  for (auto& value : strength.pixels)
    value = static_cast<std::uint8_t>(std::min(255.0, 255 * value / page.ink.level));
  const auto [paper, factor] = reduced_page(strength);
  steps.push_back({"paper-removed", "Paper and light removed", encode_png(inverted(paper))});
  const auto ink = reduced_page(page.ink.mask).image;
  steps.push_back({"ink", "Ink", encode_png(inverted(ink))});

  Drawing marks(coloured(ink, true), factor);
  Drawing lines(coloured(paper, true), factor);
  const std::size_t width = page.ink.mask.width;
  for (std::size_t y = 0; y < page.ink.mask.height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = y * width + x;
      if (page.rules.has(at))
        marks.set(x / factor, y / factor, {120, 200, 255});
      else if (!page.labels.empty() && page.labels[at] != 0)
        marks.set(x / factor, y / factor, colour_of(page.labels[at]));
    }
  steps.push_back({"rules", "Rules (blue) taken out, each mark in a colour of its own", marks.png()});
  for (const PageGrid& grid : page.grids) lines.frame(grid.box, {0, 150, 80});
  for (const LineOfPieces& line : page.lines)
    for (const Piece& piece : line.pieces) lines.frame(piece.box, piece_colour);
  steps.push_back({"pieces", "Lines divided into pieces, tables green", lines.png()});
  Drawing path(coloured(paper, true), factor);
  for (const auto& line : read.named)
    for (const auto& mark : line) {
      const Colour colour = mark.accepted ? colour_of(mark.confidence) : refused_colour;
      path.frame(mark.box, colour);
      path.label(mark.box, mark.value == no_digit ? "-" : mark.value, colour);
    }
  steps.push_back({"candidates", "The best path through each line; refused marks red", path.png()});
}

Bytes annotated(const GreyImage& picture, const Reading& reading) {
  const auto [image, factor] = reduced_page(picture);
  Drawing drawing(coloured(image), factor);
  for (const Digit& mark : reading.refused) drawing.frame(mark.box, refused_colour);
  for (const Grid& grid : reading.grids) drawing.frame(grid.box, {0, 150, 80});
  for (const Line& line : reading.lines)
    for (std::size_t i = 0; i < line.digits.size(); ++i) {
      const Digit& digit = line.digits[i];
      drawing.frame(digit.box, colour_of(digit.confidence));
      drawing.label(digit.box, std::string(1, line.text[i]), colour_of(digit.confidence));
    }
  return drawing.png();
}

/// Text in HTML.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else
      result += c;
  }
  return result;
}

}  // namespace

void write_annotated(const std::filesystem::path& out, const std::filesystem::path& picture,
                     const Reading& reading) {
  write_file(out, annotated(decode_picture(read_file(picture), picture.string()), reading));
}

std::vector<ReadingStep> Recognizer::explain_file(const std::filesystem::path& path,
                                                  const ReadSettings& settings) const {
  const GreyImage picture = decode_picture(scrawl::read_file(path), path.string());
  const Reading reading = read(picture, settings);
  std::vector<ReadingStep> steps;
  steps.push_back({"picture", "The picture as decoded, in grey", encode_png(reduced_page(picture).image)});
  if (!settings.single) add_page_steps(read_page(*this, picture), steps);
  steps.push_back({"digits", "Each mark as the network sees it; refused ones red", sheet_of_digits(reading)});
  steps.push_back({"read", "What was read; refused marks red", annotated(picture, reading)});
  return steps;
}

void write_steps(const std::filesystem::path& folder, const std::string& title,
                 std::span<const ReadingStep> steps) {
  make_folder(folder);
  std::string page =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>" +
      escaped(title) +
      "</title><style>body{font:16px sans-serif;margin:1em;background:#f4f4f4}main{display:grid;gap:1em;"
      "grid-template-columns:repeat(auto-fill,minmax(20em,1fr))}figure{margin:0;background:#fff;padding:.5em}"
      "img{max-width:100%}figcaption{padding:.3em 0}</style><h1>" +
      escaped(title) + "</h1><main>";
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string name = fmt::format("{}-{}.png", i + 1, steps[i].name);
    write_file(folder / name, steps[i].png);
    page += fmt::format(
        "<figure><figcaption>{}. {}</figcaption><a href=\"{}\"><img src=\"{}\" alt=\"\"></a></figure>", i + 1,
        escaped(steps[i].title), name, name);
  }
  write_file(folder / "index.html", page + "</main></html>\n");
}

}  // namespace scrawl
