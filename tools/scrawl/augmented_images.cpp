#include "augmented_images.h"

#include <algorithm>

namespace scrawl::tool {

Dataset with_augmented(const DatasetView& data, std::span<const std::size_t> indices,
                       const Augmentation& augmentation, std::uint64_t seed, std::size_t versions) {
  Augmenter augmenter(augmentation, picture_shape(data.shape), seed);
  Dataset all{.shape = data.shape, .classes = data.classes};
  all.images.resize(indices.size() * (versions + 1) * data.shape.size());
  all.labels.reserve(indices.size() * (versions + 1));
  const std::span images(all.images);
  std::size_t at = 0;
  for (const std::size_t index : indices) {
    const auto original = data.image(index);
    std::copy(original.begin(), original.end(), images.subspan(at, original.size()).begin());
    at += original.size();
    for (std::uint32_t step = 0; step < versions; ++step, at += original.size())
      augmenter.apply(original, step, static_cast<std::uint32_t>(index), images.subspan(at, original.size()));
    all.labels.insert(all.labels.end(), versions + 1, data.labels[index]);
  }
  return all;
}

}  // namespace scrawl::tool
