#include "page/cuts.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace scrawl {
namespace {

constexpr std::array<double, 5> slants = {0, -0.2, 0.2, -0.4, 0.4};
constexpr double slant_cost = 0.6;    // in strokes, for the largest
constexpr double most_ink = 2.6;      // strokes on a cut
constexpr double least_space = 0.18;  // heights, between cuts and to the ends
constexpr std::size_t most_cuts = 12;

}  // namespace

std::vector<Cut> find_cuts(const std::vector<std::uint32_t>& labels, std::size_t page_width,
                           std::uint32_t label, const Box& box, double stroke, double height) {
  struct Priced {
    Cut cut;
    double cost;
  };
  std::vector<Priced> all;
  const double middle = static_cast<double>(box.y) + static_cast<double>(box.height) / 2;
  const double space = least_space * height;
  for (const double slant : slants) {
    std::vector<double> ink(box.width);
    for (std::size_t y = box.y; y < box.y + box.height; ++y) {
      const double shift = slant * (static_cast<double>(y) + 0.5 - middle);
      for (std::size_t x = 0; x < box.width; ++x) {
        const auto at = static_cast<std::ptrdiff_t>(std::lround(static_cast<double>(x) + shift));
        if (at < 0 || at >= static_cast<std::ptrdiff_t>(box.width)) continue;
        ink[x] += labels[y * page_width + box.x + static_cast<std::size_t>(at)] == label ? 1 : 0;
      }
    }
    for (std::size_t x = 0; x < box.width; ++x) {
      const auto at = static_cast<double>(x);
      if (at < space || at > static_cast<double>(box.width) - space) continue;
      if (ink[x] > most_ink * stroke) continue;
      const std::size_t reach = static_cast<std::size_t>(space / 2) + 1;
      const std::size_t first = x - std::min(x, reach);
      const std::size_t end = std::min(x + reach + 1, box.width);
      if (*std::min_element(ink.begin() + static_cast<std::ptrdiff_t>(first),
                            ink.begin() + static_cast<std::ptrdiff_t>(end)) < ink[x])
        continue;
      all.push_back({{static_cast<double>(box.x) + at, slant, ink[x]},
                     ink[x] / stroke + slant_cost * std::abs(slant) / slants.back()});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Priced& a, const Priced& b) { return a.cost < b.cost; });
  std::vector<Cut> cuts;
  const double half = static_cast<double>(box.height) / 2;
  for (const Priced& priced : all) {
    const auto is_near = [&](const Cut& cut) {
      const double top = (cut.at - cut.slant * half) - (priced.cut.at - priced.cut.slant * half);
      const double bottom = (cut.at + cut.slant * half) - (priced.cut.at + priced.cut.slant * half);
      return top * bottom <= 0 || std::min(std::abs(top), std::abs(bottom)) < space / 2 ||
             std::abs(cut.at - priced.cut.at) < space;
    };
    if (cuts.size() < most_cuts && std::none_of(cuts.begin(), cuts.end(), is_near))
      cuts.push_back(priced.cut);
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.at < b.at; });
  return cuts;
}

}  // namespace scrawl
