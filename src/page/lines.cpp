#include "page/lines.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace scrawl {
namespace {

constexpr double tallest = 2.5;       // of two neighbours' heights, the larger by the smaller
constexpr double most_offset = 0.55;  // of the heights' mean, between neighbours' centres
constexpr double longest_reach = 14;  // heights, between neighbours

struct Place {
  double left, right, top, bottom;
  double x() const { return (left + right) / 2; }
  double y() const { return (top + bottom) / 2; }
  double height() const { return bottom - top; }
};

Place place_of(const Component& mark) {
  const Box& box = mark.box;
  return {static_cast<double>(box.x), static_cast<double>(box.x + box.width), static_cast<double>(box.y),
          static_cast<double>(box.y + box.height)};
}

/// The share of the lower of two that lies beside the other.
double overlap(const Place& a, const Place& b) {
  const double shared = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return shared / std::max(1.0, std::min(a.height(), b.height()));
}

}  // namespace

std::vector<std::vector<std::size_t>> find_lines(const Components& marks,
                                                 const std::vector<MarkKind>& kinds) {
  std::vector<std::size_t> large;
  std::vector<std::size_t> small;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] == MarkKind::large) large.push_back(i);
    if (kinds[i] == MarkKind::small) small.push_back(i);
  }
  const auto by_x = [&](std::size_t a, std::size_t b) {
    return place_of(marks.all[a]).x() < place_of(marks.all[b]).x();
  };
  std::stable_sort(large.begin(), large.end(), by_x);

  std::vector<std::vector<std::size_t>> lines;
  for (const std::size_t i : large) {
    const Place place = place_of(marks.all[i]);
    std::optional<std::size_t> best;
    double best_offset = 0;
    for (std::size_t k = 0; k < lines.size(); ++k) {
      const Place last = place_of(marks.all[lines[k].back()]);
      const double mean = (last.height() + place.height()) / 2;
      const double offset = std::abs(last.y() - place.y()) / mean;
      if (offset > most_offset || overlap(last, place) < 0.5) continue;
      if (place.left - last.right > longest_reach * mean) continue;
      if (std::max(last.height(), place.height()) > tallest * std::min(last.height(), place.height()))
        continue;
      const double cost = offset + 0.05 * std::max(0.0, place.left - last.right) / mean;
      if (!best || cost < best_offset) best = k, best_offset = cost;
    }
    if (best)
      lines[*best].push_back(i);
    else
      lines.push_back({i});
  }
  for (const std::size_t i : small) {
    const Place place = place_of(marks.all[i]);
    std::optional<std::size_t> best;
    double nearest = 0;
    for (std::size_t k = 0; k < lines.size(); ++k)
      for (const std::size_t other : lines[k]) {
        const Place at = place_of(marks.all[other]);
        if (kinds[other] != MarkKind::large) continue;
        const double beside = std::max({0.0, at.left - place.right, place.left - at.right});
        const double apart = std::max({0.0, at.top - place.bottom, place.top - at.bottom});
        const double distance = beside + apart;
        if (beside > 0.8 * at.height() || apart > 0.25 * at.height()) continue;
        if (!best || distance < nearest) best = k, nearest = distance;
      }
    if (best) lines[*best].push_back(i);
  }
  for (auto& line : lines) std::stable_sort(line.begin(), line.end(), by_x);
  // From top to bottom; lines beside each other from left to right.
  const auto middle = [&](const std::vector<std::size_t>& line) {
    double sum = 0;
    double mass = 0;
    for (const std::size_t i : line) {
      const Place place = place_of(marks.all[i]);
      sum += place.y() * place.height();
      mass += place.height();
    }
    return sum / mass;
  };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const auto& a, const auto& b) { return middle(a) < middle(b); });
  return lines;
}

}  // namespace scrawl
