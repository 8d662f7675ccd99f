#include "synth/glyphs.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace scrawl {
namespace {

constexpr std::array all_digits = std::to_array<Glyph>({
    {"0", "~5,0 1.5,1.5 0.5,5 1.5,8.5 5,10 8.5,8.5 9.5,5 8.5,1.5 5,0"},
    {"0", "~6,0 2.5,1.5 1.5,5 2.5,8.5 5,10 7.5,8.5 8.5,5 7.5,1.5 4.5,0.3"},
    {"0", "~5,0 1.5,1.5 0.5,5 1.5,8.5 5,10 8.5,8.5 9.5,5 8.5,1.5 5,0;2,8.5 8,1.5"},
    {"1", "5,0 5,10"},
    {"1", "6,0 4,10"},
    {"1", "3,2.5 5.5,0 5.5,10"},
    {"1", "1,5.5 6,0 6,10"},
    {"1", "0,6 6.5,0 5.5,10"},
    {"1", "3,2 5,0 5,10;2,10 8,10"},
    {"2", "~1,2.5 3,0.3 6.5,0.3 8.5,2.5 7,5.5 1,10 1,10 9,9.8"},
    {"2", "~1,2 4,0 8,1.5 7.5,5 4,8.5 1.5,10 0.5,9 2.5,8.2 6,9.8 10,9"},
    {"2", "~0.5,1 4,0 8,0.8 8,3 5,6 0.5,10 0.5,10 9,10"},
    {"3", "~1,1.2 5,0 8,2 7,4.2 4,4.8 4,4.8 8,6 8.5,8.5 5,10 0.8,9"},
    {"3", "~1,0.3 8,0.3 8,0.3 4,4 4,4 7.5,5 8.8,7.5 6,10 1,9.2"},
    {"3", "~1.5,1 5,0 8,1.8 6.5,4.3 4.5,4.6 7.5,5.2 9,7.5 6.5,10 1,9.2"},
    {"4", "2,0 1,6.2 9,6.2;7,2.5 7,10"},
    {"4", "~3,0 1,6 1,6 9,5.5;7.5,1 6.5,10"},
    {"4", "7,0 0.5,7 10,7;7,0 7,10"},
    {"4", "6.5,10 6.5,0 1,6.5 9,6.5"},
    {"5", "~8.5,0 2.5,0 2.5,0 1.5,4.5 1.5,4.5 5,3.5 8.5,5.5 8,8.8 4.5,10 1,8.8"},
    {"5", "~2.5,0.5 1.8,4.5 1.8,4.5 5.5,4 8.5,6.5 6.5,9.7 1,9.5;2.5,0.5 9,0"},
    {"5", "~9,0 3,0.5 3,0.5 2,4 2,4 6.5,4.5 8,7.5 5,10 1,9"},
    {"6", "~7.5,0 3.5,2.8 1.2,7 3,9.8 6.5,9.8 8.5,7.5 6.5,5.2 3,5.8 1.3,7.5"},
    {"6", "~5,0 2.5,4 2,8 4.5,10 7.8,8.8 7.5,6 4.5,5.5 2.2,7.5"},
    {"7", "0.5,0 9,0 4,10"},
    {"7", "0.5,1.5 0.5,0 9,0 5,10"},
    {"7", "0.5,0.5 9,0 4.5,10;2,5 8.5,4.5"},
    {"7", "~0.5,0.8 3,0.2 9,0.5 9,0.5 6,5 4.5,10;3,5.2 8,5"},
    {"8", "~5,5 1.8,3 2.5,0.5 5,0 7.8,0.6 8,3 5,5 1.5,7.3 2,9.4 5,10 8.2,9.4 8.4,7.2 5,5"},
    {"8", "~8,1 5,0 2,1.5 3,4 7,6 8.5,8.5 5.5,10 2,8.8 3,6 7,3.5 8.2,1.2"},
    {"9", "~8,2 5.5,0 2,1.2 1.8,4 4.5,5.2 7.8,3.5 8.2,1.8 8.2,1.8 8,10"},
    {"9", "~8,3 6,0.3 2.5,1 1.8,4 4.5,5.4 7.8,3.6 8,1.5 8.3,6 6.5,9.3 2,9.5"},
    {"9", "~8.5,1.5 5,0 2,2.5 3.5,5 7.5,3.8 8.5,1.5 8.5,1.5 6,10"},
});

// Without those that are digits in shape (O o l I Z z S s B b q g), and without D, i and j, which a careless
// hand makes so.
constexpr std::array all_letters = std::to_array<Glyph>({
    {"A", "0,10 5,0 10,10;2,6.2 8,6.2"},
    {"A", "~0.5,10 3,2 5,0 7,2 9.5,10;2,6.5 8,6"},
    {"a", "~8,3 5,2.5 1.5,4 1,7.5 3.5,9.8 7,8.5 8,4 8,3 8,3 8,8.5 10,10"},
    {"C", "~9,1.5 5.5,0 1.5,2.5 0.8,5.5 2,8.8 5.5,10 9,8.5"},
    {"d", "~7.5,6 4,5 1,7 2,9.6 5,9.6 7.5,7 7.5,0 7.5,0 7.8,10"},
    {"E", "9,0 1,0 1,10 9,10;1,5 7,5"},
    {"E", "~8.5,1 4,0 1.5,2.5 4.5,4.8 4.5,4.8 1,7 4,10 9,8.8"},
    {"e", "~1.5,6 8,5.5 7.5,3 4.5,2 1.5,4.5 1.8,8 5,10 9,8.5"},
    {"F", "9,0 1.5,0 1.5,10;1.5,4.8 7.5,4.8"},
    {"f", "~8.5,1 6.5,0 4.5,1.5 4,10;1,4 7.5,4"},
    {"G", "~9,1.5 5,0 1.2,2.8 1,7 4,10 8,9 9,6 9,6 5.5,6;9,6 9,10"},
    {"H", "1,0 1,10;9,0 9,10;1,5 9,5"},
    {"h", "~1.5,0 1.5,10 1.5,10 2,6 5,4 8,5 8.2,10"},
    {"K", "1,0 1,10;9,0 1,5.5 9,10"},
    {"k", "1.5,0 1.5,10;7.5,3 1.5,6.8 8,10"},
    {"L", "1.5,0 1.5,10 9,10"},
    {"M", "0,10 1,0 5,7 9,0 10,10"},
    {"m", "~0.5,3 0.8,10 0.8,10 1.5,5 3.5,3.2 5,5 5,10 5,10 5.5,5 7.5,3.2 9.2,5 9.5,10"},
    {"N", "1,10 1,0 9,10 9,0"},
    {"n", "~1,3 1.2,10 1.2,10 2,5.5 5,3.2 8,5 8.3,10"},
    {"P", "~1.5,10 1.5,0 1.5,0 6,0 9,2.5 6.5,5.2 1.5,5.5"},
    {"p", "~1.5,3 1.5,10 1.5,4.5 5,3 8,5 6,7.5 1.5,7"},
    {"Q", "~5,0 1,2 0.5,5.5 2.5,9 6,9.5 9,6.5 8.5,2 5,0;5.5,6 9.5,10"},
    {"R", "~1.5,10 1.5,0 1.5,0 6,0 8.5,2.3 6.5,4.8 1.5,5.2 1.5,5.2 9,10"},
    {"r", "~1.5,3 1.8,10 1.8,10 2.2,6 4.5,3.5 8,4"},
    {"T", "0,0 10,0;5,0 5,10"},
    {"t", "~5,0 4.8,8 6,10 8.5,9.2;1.5,3.2 8.5,3"},
    {"U", "~1,0 1,6.5 3,9.8 7,9.8 9,6.5 9,0"},
    {"u", "~1.5,3 1.2,7.5 3.5,10 7,8.5 8,3 8,3 8.2,10"},
    {"V", "0,0 5,10 10,0"},
    {"W", "0,0 2.5,10 5,2.5 7.5,10 10,0"},
    {"w", "~0.5,3 1.5,9 3.5,9.5 5,5 5,5 6.5,9.5 8.5,9 9.5,3"},
    {"X", "0.5,0 9.5,10;9.5,0 0.5,10"},
    {"x", "~1,2.5 5,6 9,10;~9,2.5 5,6 1,10"},
    {"Y", "0.5,0 5,5 9.5,0;5,5 5,10"},
    {"&", "~9,10 3,3.5 3.5,0.5 6.5,0.8 6,3.5 1.5,7 3,10 7,9 9,6"},
    {"+", "0.5,5 9.5,5;5,0.5 5,9.5"},
    {"=", "0.5,3.5 9.5,3.5;0.5,7 9.5,7"},
    {"#", "3,0 2,10;8,0 7,10;0,3 10,3;0,7 10,7"},
    {"*", "5,0 5,10;0.7,2.5 9.3,7.5;9.3,2.5 0.7,7.5"},
    {"?", "~1.5,2 4.5,0 8,2 6,5 5,7;5,9.6 5.1,10"},
    {"%", "9,0 1,10;~2,0.5 0.5,2 2,3.5 3.5,2 2,0.5;~8,6.5 6.5,8 8,9.5 9.5,8 8,6.5"},
    {"tick", "0.5,6 4,10 10,0"},
    {"arrow", "0,5 10,5;6.5,1.5 10,5 6.5,8.5"},
    {"star", "5,0 8,10 0,3.8 10,3.8 2,10 5,0"},
    {"house", "0.5,4.5 5,0 9.5,4.5 9.5,10 0.5,10 0.5,4.5"},
    {"square", "0.5,0.5 9.5,0.5 9.5,9.5 0.5,9.5 0.5,0.5"},
    {"triangle", "5,0.5 10,9.5 0,9.5 5,0.5"},
    {"spiral", "~5,5 6,4 6.5,6 4,7 3,4 6,2 9,5 7,9 2,9 0.5,4 4,0.5"},
    {"heart", "~5,3 3,0.5 0.5,2.5 2,6 5,10 5,10 8,6 9.5,2.5 7,0.5 5,3"},
});

constexpr float box = 10;
constexpr std::size_t glyph_side = 96;

}  // namespace

std::span<const Glyph> digit_glyphs() { return all_digits; }
std::span<const Glyph> letter_glyphs() { return all_letters; }

std::vector<Stroke> parse_strokes(std::string_view shape) {
  std::vector<Stroke> strokes;
  for (std::string_view part : split(shape, ';')) {
    Stroke stroke{.is_curve = part.starts_with('~')};
    if (stroke.is_curve) part.remove_prefix(1);
    for (const std::string_view point : split(part, ' ')) {
      const auto comma = point.find(',');
      stroke.points.push_back({parse_number<float>(point.substr(0, comma)).value(),
                               parse_number<float>(point.substr(comma + 1)).value()});
    }
    strokes.push_back(std::move(stroke));
  }
  return strokes;
}

GreyImage write_glyph(const Glyph& glyph, Chance& chance) {
  const float shake = chance.from(0.1F, 0.55F);
  const float side = chance.from(52, 66) / box;
  const float aspect = chance.from(0.55F, 1.05F);
  const float middle = glyph_side / 2.0F;
  const float turn = chance.normal(5);
  const float slant = chance.around(0.35F) - 0.05F;
  const Affine map = affine(turn, slant, side * aspect, side, middle, middle);
  const float radius = chance.from(1.8F, 6.5F);
  const float change = chance.happens(0.3F) ? chance.from(0.1F, 0.4F) : 0.0F;
  Canvas canvas(glyph_side, glyph_side);
  for (Stroke& stroke : parse_strokes(glyph.shape)) {
    for (std::size_t i = 0; i < stroke.points.size(); ++i) {
      PenPoint& point = stroke.points[i];
      if (i > 0 && point.x == stroke.points[i - 1].x && point.y == stroke.points[i - 1].y) continue;
      const PenPoint as_drawn = point;
      point = map({point.x - box / 2 + chance.normal(shake), point.y - box / 2 + chance.normal(shake)});
      // A corner stays one.
      if (i + 1 < stroke.points.size() && stroke.points[i + 1].x == as_drawn.x &&
          stroke.points[i + 1].y == as_drawn.y)
        stroke.points[++i] = point;
    }
    const Polyline line = stroke.is_curve ? smooth(stroke.points) : stroke.points;
    std::vector<float> radii(line.size());
    const float start = chance.around(change);
    const float end = chance.around(change);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const float along =
          static_cast<float>(i) / static_cast<float>(std::max<std::size_t>(line.size() - 1, 1));
      radii[i] = radius * (1 + start + along * (end - start));
    }
    canvas.stroke(line, radii);
  }
  return canvas.image();
}

}  // namespace scrawl
