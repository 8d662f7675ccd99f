#include "data/stratify.h"

#include "scrawl/random.h"

#include "data/arrays.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>
#include <utility>

namespace scrawl {
namespace {

using Counts = std::array<std::size_t, most_classes>;

/// How many images of each class are drawn.
Counts shares(const Counts& there, std::size_t all, std::size_t count) {
  Counts drawn{};
  std::size_t left = count;
  std::vector<std::pair<std::size_t, std::size_t>> remainders;  // largest first, then the lowest class
  for (std::size_t c = 0; c < most_classes; ++c) {
    if (there[c] == 0) continue;
    drawn[c] = count * there[c] / all;
    left -= drawn[c];
    remainders.emplace_back(count * there[c] % all, c);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const auto give = [&](std::size_t c, std::size_t spared) {
    if (left == 0 || drawn[c] + spared >= there[c]) return false;
    ++drawn[c];
    --left;
    return true;
  };
  for (bool given = true; given;) {
    given = false;
    for (const auto& [remainder, c] : remainders) given |= give(c, 1);
  }
  // Only last images are left: those of the smallest classes go first.
  std::stable_sort(remainders.begin(), remainders.end(),
                   [&](const auto& a, const auto& b) { return there[a.second] < there[b.second]; });
  for (const auto& [remainder, c] : remainders) give(c, 0);
  assert(left == 0);
  return drawn;
}

}  // namespace

bool is_sorted_by_class(std::span<const std::uint8_t> labels) {
  std::array<bool, most_classes> seen{};
  std::size_t runs = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    seen[labels[i]] = true;
    if (i == 0 || labels[i] != labels[i - 1]) ++runs;
  }
  const auto classes = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
  if (classes < 2 || labels.size() == classes) return false;
  return runs == classes || (runs <= 2 * classes && 4 * runs <= labels.size());
}

std::vector<std::uint32_t> draw_stratified(std::span<const std::uint8_t> labels,
                                           std::span<const std::uint32_t> from, std::size_t count,
                                           std::uint64_t seed) {
  assert(count <= from.size());
  Counts there{};
  for (const auto image : from) ++there[labels[image]];
  Counts left = shares(there, from.size(), count);
  // The images of a class in an order that depends on their numbers only: of what is left the next is drawn.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.reserve(from.size());
  const RandomKey key{.seed = seed, .purpose = Purpose::parts};
  for (const auto image : from) order.emplace_back(random_bits(key, image), image);
  std::sort(order.begin(), order.end());
  std::vector<std::uint32_t> drawn;
  drawn.reserve(count);
  for (const auto& [bits, image] : order)
    if (left[labels[image]] > 0) {
      --left[labels[image]];
      drawn.push_back(image);
    }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

void shuffle_images(std::span<std::uint32_t> images, std::uint64_t seed) {
  const RandomKey key{.seed = seed, .purpose = Purpose::parts, .step = 1};
  for (std::size_t i = images.size(); i > 1; --i)
    std::swap(images[i - 1], images[random_below(key, static_cast<std::uint32_t>(i - 1), i)]);
}

Dataset select_images(const DatasetView& data, std::span<const std::uint32_t> numbers) {
  Dataset selected{.shape = data.shape, .classes = data.classes};
  selected.images.reserve(numbers.size() * data.shape.size());
  selected.labels.reserve(numbers.size());
  for (const auto number : numbers) {
    const auto image = data.image(number);
    selected.images.insert(selected.images.end(), image.begin(), image.end());
    selected.labels.push_back(data.labels[number]);
  }
  return selected;
}

Dataset select_images(const Dataset& data, std::span<const std::uint32_t> numbers) {
  Dataset selected = select_images(data.view(), numbers);
  selected.name = data.name;
  selected.sha256 = data.sha256;
  selected.class_names = data.class_names;
  return selected;
}

std::vector<std::size_t> some_images(const DatasetView& data, std::size_t count) {
  const std::size_t size = data.size();
  count = std::min(count, size);
  std::vector<std::size_t> images(count);
  std::iota(images.begin(), images.end(), std::size_t{0});
  if (is_sorted_by_class(data.labels))
    for (auto& image : images) image = image * size / count;
  return images;
}

}  // namespace scrawl
