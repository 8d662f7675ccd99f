#include "scrawl/error.h"
#include "scrawl/preprocessing.h"
#include "scrawl/random.h"

#include "base/text.h"
#include "preprocess/augment_pipeline.h"

#include <string>

namespace scrawl {
namespace {

constexpr std::size_t most_side = 4096;
constexpr std::size_t most_values = std::size_t{1} << 24;

struct Range {
  const char* key;
  float value;
  float lowest;
  float highest;
};

}  // namespace

bool Augmentation::is_off() const {
  return probability == 0 ||
         (shift == 0 && rotation == 0 && scale == 0 && shear == 0 && elastic_alpha == 0 && thickness == 0 &&
          blur == 0 && contrast == 0 && gamma == 0 && noise == 0 && erase_probability == 0);
}

void validate(const Augmentation& a) {
  for (const Range& range : {Range{"probability", a.probability, 0, 1},
                             {"shift", a.shift, 0, 1000},
                             {"rotation", a.rotation, 0, 180},
                             {"scale", a.scale, 0, 0.9F},
                             {"shear", a.shear, 0, 2},
                             {"elastic_alpha", a.elastic_alpha, 0, 10000},
                             {"elastic_sigma", a.elastic_sigma, 1, 100},
                             {"thickness", a.thickness, 0, 3},
                             {"blur", a.blur, 0, 5},
                             {"contrast", a.contrast, 0, 1},
                             {"gamma", a.gamma, 0, 3},
                             {"noise", a.noise, 0, 255},
                             {"erase_probability", a.erase_probability, 0, 1},
                             {"erase_area", a.erase_area, 0.02F, 1}})
    if (!(range.value >= range.lowest && range.value <= range.highest))
      throw Error(ErrorCode::invalid_argument, std::string("augment.") + range.key + ": must be between " +
                                                   shortest(range.lowest) + " and " +
                                                   shortest(range.highest));
}

class Augmenter::Work {
 public:
  Work(const Augmentation& augmentation, const Shape& shape, std::uint64_t seed, Target target)
      : seed_(seed), pipeline_(augmentation, shape, target) {}

  void apply(const std::uint8_t* image, std::uint32_t step, std::uint32_t sample, std::uint8_t* out) {
    const RandomKey key{.seed = seed_, .purpose = Purpose::augment, .step = step, .sample = sample};
    pipeline_.run(pipeline_.draw(key), key, image, out);
  }

 private:
  std::uint64_t seed_;
  AugmentPipeline pipeline_;
};

Augmenter::Augmenter(const Augmentation& augmentation, const Shape& shape, std::uint64_t seed,
                     Target target) {
  validate(augmentation);
  if (shape.height > most_side || shape.width > most_side || shape.channels > most_values ||
      shape.size() > most_values || shape.size() == 0)
    throw Error(ErrorCode::invalid_argument, "images of " + to_string(shape) +
                                                 " cannot be augmented: at most 4096 pixels along a side and "
                                                 "16777216 values are possible");
  work_ = std::make_unique<Work>(augmentation, shape, seed, target);
}

Augmenter::~Augmenter() = default;
Augmenter::Augmenter(Augmenter&&) noexcept = default;
Augmenter& Augmenter::operator=(Augmenter&&) noexcept = default;

void Augmenter::apply(std::span<const std::uint8_t> image, std::uint32_t step, std::uint32_t sample,
                      std::span<std::uint8_t> out) {
  work_->apply(image.data(), step, sample, out.data());
}

}  // namespace scrawl
