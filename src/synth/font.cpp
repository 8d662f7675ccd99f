#include "synth/font.h"

#include "scrawl/error.h"

#include "base/files.h"

#include <algorithm>
#include <cassert>
#include <string>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

namespace scrawl {
namespace {

constexpr int curve_pieces = 6;
constexpr std::size_t page_side = 96;

PenPoint point_of(const FT_Vector& v) { return {static_cast<float>(v.x), -static_cast<float>(v.y)}; }

// What FT_Outline_Decompose calls; the outline grows in `to`.
std::vector<Polyline>& outlines_of(void* to) { return *static_cast<std::vector<Polyline>*>(to); }

int move_to(const FT_Vector* p, void* to) {
  outlines_of(to).push_back({point_of(*p)});
  return 0;
}
int line_to(const FT_Vector* p, void* to) {
  outlines_of(to).back().push_back(point_of(*p));
  return 0;
}
int cubic_to(const FT_Vector* control1, const FT_Vector* control2, const FT_Vector* end, void* to) {
  Polyline& outline = outlines_of(to).back();
  const PenPoint a = outline.back();
  const PenPoint b = point_of(*control1);
  const PenPoint c = point_of(*control2);
  const PenPoint d = point_of(*end);
  for (int i = 1; i <= curve_pieces; ++i) {
    const float t = static_cast<float>(i) / curve_pieces;
    const float u = 1 - t;
    const auto at = [&](float p, float q, float r, float s) {
      return u * u * u * p + 3 * u * u * t * q + 3 * u * t * t * r + t * t * t * s;
    };
    outline.push_back({at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)});
  }
  return 0;
}
int conic_to(const FT_Vector* control, const FT_Vector* end, void* to) {
  Polyline& outline = outlines_of(to).back();
  const PenPoint a = outline.back();
  const PenPoint b = point_of(*control);
  const PenPoint c = point_of(*end);
  for (int i = 1; i <= curve_pieces; ++i) {
    const float t = static_cast<float>(i) / curve_pieces;
    const float u = 1 - t;
    outline.push_back(
        {u * u * a.x + 2 * u * t * b.x + t * t * c.x, u * u * a.y + 2 * u * t * b.y + t * t * c.y});
  }
  return 0;
}

/// A library of FreeType and one font in it.
class Face {
 public:
  Face(const Bytes& bytes, const std::string& file) {
    if (FT_Init_FreeType(&library_) != 0) throw std::bad_alloc();
    if (FT_New_Memory_Face(library_, reinterpret_cast<const FT_Byte*>(bytes.data()),
                           static_cast<FT_Long>(bytes.size()), 0, &face_) != 0) {
      FT_Done_FreeType(library_);
      throw Error(ErrorCode::bad_data, "cannot be read as a font; give a TrueType or OpenType file", file);
    }
  }
  ~Face() { FT_Done_FreeType(library_); }
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;

  /// In the font's units; empty where it has no such character.
  std::vector<Polyline> outlines(char character) const {
    std::vector<Polyline> outlines;
    const FT_UInt glyph = FT_Get_Char_Index(face_, static_cast<FT_ULong>(character));
    if (glyph == 0 || FT_Load_Glyph(face_, glyph, FT_LOAD_NO_SCALE) != 0 ||
        face_->glyph->format != FT_GLYPH_FORMAT_OUTLINE)
      return outlines;
    const FT_Outline_Funcs functions = {move_to, line_to, conic_to, cubic_to, 0, 0};
    if (FT_Outline_Decompose(&face_->glyph->outline, &functions, &outlines) != 0) outlines.clear();
    return outlines;
  }

 private:
  FT_Library library_ = nullptr;
  FT_Face face_ = nullptr;
};

}  // namespace

Font::Font(const std::filesystem::path& file) {
  const Bytes bytes = read_file(file);
  const Face face(bytes, file.string());
  float top = 0;
  for (const char c : std::string_view("0123456789"))
    for (const auto& outline : face.outlines(c))
      for (const PenPoint p : outline) top = std::max(top, -p.y);
  if (!(top > 0)) throw Error(ErrorCode::bad_data, "has no digits; give a font that has", file.string());
  for (char c = '!'; c <= '~'; ++c) {
    auto outlines = face.outlines(c);
    for (auto& outline : outlines)
      for (PenPoint& p : outline) p = {p.x / top, p.y / top};
    if (!outlines.empty()) outlines_[c] = std::move(outlines);
  }
}

const std::vector<Polyline>* Font::outlines(char character) const {
  const auto found = outlines_.find(character);
  return found == outlines_.end() ? nullptr : &found->second;
}

GreyImage Font::print(char character, Chance& chance) const {
  const auto* const shape = outlines(character);
  assert(shape != nullptr);
  float left = shape->front().front().x;
  float right = left;
  float top = shape->front().front().y;
  float bottom = top;
  for (const auto& outline : *shape)
    for (const PenPoint p : outline) {
      left = std::min(left, p.x);
      right = std::max(right, p.x);
      top = std::min(top, p.y);
      bottom = std::max(bottom, p.y);
    }
  const float size = 64 / std::max({right - left, bottom - top, 0.05F});
  const float middle = page_side / 2.0F;
  const float turn = chance.normal(4);
  const float slant = chance.around(0.2F);
  const float scale_x = size * chance.from(0.8F, 1.1F);
  const float scale_y = size * chance.from(0.85F, 1);
  const Affine map = affine(turn, slant, scale_x, scale_y, middle, middle);
  std::vector<Polyline> outlines = *shape;
  for (auto& outline : outlines)
    for (PenPoint& p : outline) p = map({p.x - (left + right) / 2, p.y - (top + bottom) / 2});
  Canvas canvas(page_side, page_side);
  canvas.fill(outlines);
  // Thin fonts get bolder, as a pen is.
  if (chance.happens(0.5F)) {
    const float radius = chance.from(0.3F, 2.5F);
    for (auto& outline : outlines) {
      outline.push_back(outline.front());
      canvas.stroke(outline, radius);
    }
  }
  return canvas.image();
}

}  // namespace scrawl
