#pragma once

// For programs that need drawn digits and other marks, or whole pages whose content is known.

#include "scrawl/arrays.h"
#include "scrawl/dataset.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

struct DrawnDigits {
  std::uint64_t seed = 1;
  std::size_t digits = 10'000;  ///< images of digits 0 to 9, in equal shares
  std::size_t others = 0;  ///< images of the class "none": letters, scribbles, parts and groups of digits,
                           ///< noise, things, rules
  std::vector<std::filesystem::path> fonts =
      {};  ///< TrueType or OpenType; without, everything is written by hand
};

/// Images of 28x28 in MNIST's form. Digits are written from strokes, with the shapes that Europeans use
/// besides the American ones (1 with an upstroke, 7 with a bar, 0 with a slash), and printed in the fonts.
/// Parts and groups of digits are cut from `source`, MNIST's training images for example; without it there
/// are none. With others, "none" is the last class. The same bits on every machine. Throws Error(not_found)
/// or Error(bad_data) for a font, and Error(invalid_argument) for a source of other images than 28x28.
Dataset draw_digits(const DrawnDigits& what, const DatasetView& source = {});

/// Adds marks of the class "none" to a set of digits of 28x28, some cut from its own images: what tune()
/// needs in `replay`, so that a model with that class does not forget it. Throws as draw_digits does.
void add_other_marks(Dataset& data, std::size_t count, std::uint64_t seed = 1);

/// What a page is. On `none` there are no digits: it is empty, ruled, scribbled on, or has letters.
enum class PageKind { plain, lined, squared, boxed, table, form, sudoku, none };
std::string_view to_string(PageKind kind);
/// Throws Error(invalid_argument), with the nearest word, for what is no kind.
PageKind parse_page_kind(std::string_view text);

struct DrawnPages {
  std::uint64_t seed = 1;
  std::size_t count = 10;
  std::vector<PageKind> kinds = {};  ///< taken in turn; empty for all
  std::vector<std::filesystem::path> fonts =
      {};                 ///< TrueType or OpenType, for printed labels and digits; without, none are printed
  float touching = 0.2F;  ///< the share of neighbours in a number that touch, from 0 to 1
};

/// A digit on a page. `box` is the extent of its ink in pixels of the picture.
struct PageDigit {
  std::string value = {};
  Box box = {};
  bool printed = false;  ///< in a font, not written
};

/// The digits of one written line, or of a row of a table, from left to right.
struct PageLine {
  std::string text = {};  ///< their values
  Box box = {};           ///< around them
  std::vector<PageDigit> digits = {};
};

/// A ruled table: the digits in its cells, row by row; "" for an empty cell.
struct PageGrid {
  Box box = {};
  std::vector<std::vector<std::string>> cells = {};
};

/// A photographed or scanned page and what stands on it.
struct DrawnPage {
  PageKind kind = PageKind::plain;
  GreyImage image = {};
  std::vector<PageLine> lines = {};  ///< from top to bottom
  std::vector<PageGrid> grids = {};
};

/// Page `number` of those that `what` describes, from 0; the same bits on every machine, whatever the other
/// pages and `count`. Digits are cut from the images of the labels 0 to 9 in `digits`, MNIST's test images
/// for example, and some are written from strokes; without `digits`, all are. Throws Error(invalid_argument)
/// for images of another size than 28x28 and a share that is not from 0 to 1, and as draw_digits does for
/// fonts.
DrawnPage make_page(const DrawnPages& what, std::size_t number, const DatasetView& digits = {});

/// Writes the pages as 00000.png and so on, and labels.jsonl, which has a line for each; docs/formats.md
/// describes it. The folder is created, and its content appears when all of it is written. Throws
/// Error(invalid_argument) if the folder is not empty, Error(io), and as make_page does.
void write_pages(const std::filesystem::path& folder, const DrawnPages& what, const DatasetView& digits = {});

}  // namespace scrawl
#pragma GCC visibility pop
