#include "page/cuts.h"

#include <algorithm>
#include <cmath>

namespace scrawl {
namespace {

constexpr float step_price = 0.1F;     // of a step to the side, in pixels of ink
constexpr double most_ink = 4.5;       // strokes on a cut
constexpr double least_space = 0.18;   // heights, between cuts and to the ends
constexpr double deepest_notch = 0.6;  // of the height of the box
constexpr std::size_t most_cuts = 12;
constexpr std::size_t most_pixels = 4'000'000;  // of a mark that is divided

/// The cheapest ways from the first row to each pixel of a mark, each row one step further at most to a side.
std::vector<float> cheapest_ways(const std::vector<std::uint8_t>& ink, std::size_t width, std::size_t height,
                                 bool from_below) {
  std::vector<float> cost(width * height);
  for (std::size_t i = 0; i < height; ++i) {
    const std::size_t y = from_below ? height - 1 - i : i;
    const float* const before = i == 0 ? nullptr : &cost[(from_below ? y + 1 : y - 1) * width];
    for (std::size_t x = 0; x < width; ++x) {
      float way = 0;
      if (before != nullptr) {
        way = before[x];
        if (x > 0) way = std::min(way, before[x - 1] + step_price);
        if (x + 1 < width) way = std::min(way, before[x + 1] + step_price);
      }
      cost[y * width + x] = way + static_cast<float>(ink[y * width + x]);
    }
  }
  return cost;
}

/// Follows the cheapest way from a pixel to the first row that `cost` was made from.
void follow(const std::vector<float>& cost, std::size_t width, std::size_t height, std::size_t x,
            std::size_t y, bool to_bottom, std::vector<std::uint32_t>& columns) {
  columns[y] = static_cast<std::uint32_t>(x);
  while (to_bottom ? y + 1 < height : y > 0) {
    y = to_bottom ? y + 1 : y - 1;
    const float* const row = &cost[y * width];
    std::size_t best = x;
    float least = row[x];
    if (x > 0 && row[x - 1] + step_price < least) best = x - 1, least = row[x - 1] + step_price;
    if (x + 1 < width && row[x + 1] + step_price < least) best = x + 1;
    x = best;
    columns[y] = static_cast<std::uint32_t>(x);
  }
}

/// The columns whose ink is less high, from its first to its last row, than that of all others within
/// `space`, and than most of the box.
std::vector<std::size_t> notches(const std::vector<std::uint8_t>& ink, const Box& box, std::size_t space) {
  std::vector<std::size_t> extents(box.width);
  for (std::size_t x = 0; x < box.width; ++x) {
    std::size_t first = box.height;
    std::size_t end = 0;
    for (std::size_t y = 0; y < box.height; ++y)
      if (ink[y * box.width + x] != 0) {
        first = std::min(first, y);
        end = y + 1;
      }
    extents[x] = end > first ? end - first : 0;
  }
  std::vector<std::size_t> columns;
  for (std::size_t x = space; x + space < box.width; ++x) {
    if (static_cast<double>(extents[x]) > deepest_notch * static_cast<double>(box.height)) continue;
    const auto begin = extents.begin() + static_cast<std::ptrdiff_t>(x - space);
    const auto least = std::min_element(begin, begin + static_cast<std::ptrdiff_t>(2 * space + 1));
    if (least - extents.begin() == static_cast<std::ptrdiff_t>(x)) columns.push_back(x);
  }
  return columns;
}

}  // namespace

std::vector<Cut> find_cuts(const std::vector<std::uint32_t>& labels, std::size_t page_width,
                           std::uint32_t label, const Box& box, double stroke, double height) {
  if (box.width * box.height > most_pixels) return {};
  std::vector<std::uint8_t> ink(box.width * box.height);
  for (std::size_t y = 0; y < box.height; ++y)
    for (std::size_t x = 0; x < box.width; ++x)
      ink[y * box.width + x] = labels[(box.y + y) * page_width + box.x + x] == label;
  const std::vector<float> above = cheapest_ways(ink, box.width, box.height, false);
  const std::vector<float> below = cheapest_ways(ink, box.width, box.height, true);
  const std::size_t middle = box.height / 2;
  std::vector<float> price(box.width);
  for (std::size_t x = 0; x < box.width; ++x) {
    const std::size_t at = middle * box.width + x;
    price[x] = above[at] + below[at] - static_cast<float>(ink[at]);
  }
  const auto space = static_cast<std::size_t>(std::max(2.0, std::round(least_space * height)));
  std::vector<std::size_t> order;
  for (std::size_t x = space; x + space < box.width; ++x)
    if (static_cast<double>(price[x]) <= most_ink * stroke) order.push_back(x);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return price[a] < price[b]; });
  // First where the outline has notches above and below, as where rings touch: cuts beside them go through
  // less ink, but through two strokes.
  std::vector<std::size_t> chosen = notches(ink, box, space);
  std::erase_if(chosen, [&](std::size_t x) { return static_cast<double>(price[x]) > most_ink * stroke; });
  if (chosen.size() > most_cuts) chosen.resize(most_cuts);
  for (const std::size_t x : order) {
    if (chosen.size() == most_cuts) break;
    const auto is_near = [&](std::size_t other) { return (x > other ? x - other : other - x) < space; };
    if (std::none_of(chosen.begin(), chosen.end(), is_near)) chosen.push_back(x);
  }
  std::sort(chosen.begin(), chosen.end());
  std::vector<Cut> cuts;
  for (const std::size_t x : chosen) {
    Cut cut{.columns = std::vector<std::uint32_t>(box.height), .ink = static_cast<double>(price[x])};
    follow(above, box.width, box.height, x, middle, false, cut.columns);
    follow(below, box.width, box.height, x, middle, true, cut.columns);
    cuts.push_back(std::move(cut));
  }
  return cuts;
}

}  // namespace scrawl
