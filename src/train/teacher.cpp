#include "train/teacher.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <string>
#include <utility>

namespace scrawl {
namespace {

constexpr std::size_t rows_at_once = 16;  // a block of the plan

Model checked_teacher(const std::filesystem::path& path, const Network& network,
                      std::span<const std::string> classes, std::size_t known) {
  Model model = load_model(path);
  if (model.inputs() != network.inputs())
    throw Error(ErrorCode::invalid_argument,
                "training.teacher: " + path.string() + " reads images of " + to_string(model.input()) +
                    ", and the network of the recipe images of " + to_string(network.spec().input) +
                    "; a teacher reads the same images");
  const auto& own = model.classes();
  const bool is_start = own.size() <= classes.size() && std::equal(own.begin(), own.end(), classes.begin());
  if (!is_start || own.size() < known)
    throw Error(ErrorCode::invalid_argument,
                "training.teacher: " + path.string() + " has the classes " + joined(own, ", ") +
                    ", and the data " + joined(classes, ", ") +
                    "; a teacher has the classes of data.name, in the same order");
  return model;
}

}  // namespace

Teacher::Teacher(const std::filesystem::path& model, double share, const SoftmaxCrossEntropy& loss,
                 const Network& network, std::span<const std::string> classes, std::size_t known,
                 std::size_t most_rows, Target target)
    : plan_(checked_teacher(model, network, classes, known), target),
      share_(static_cast<float>(share)),
      smoothing_(loss.label_smoothing),
      probabilities_(most_rows * plan_.classes()),
      differences_(most_rows) {}

float Teacher::teach(std::span<const std::uint8_t> images, std::span<const std::uint8_t> labels,
                     std::span<const bool> is_known, MatrixView<const float> outputs,
                     MatrixView<float> gradient, const Compute& compute) {
  const std::size_t rows = outputs.rows();
  const std::size_t classes = plan_.classes();
  const float smooth = smoothing_ / static_cast<float>(outputs.columns());
  // The value is log sum exp(outputs) - sum of target * output, and the gradient softmax - target: both are
  // linear in the target.
  const auto teach_row = [&](std::size_t r) {
    float difference = 0;
    for (std::size_t j = 0; j < outputs.columns(); ++j) {
      const float of_label = smooth + (j == labels[r] ? 1 - smoothing_ : 0);
      const float of_teacher = j < classes ? probabilities_[r * classes + j] : 0;
      const float change = share_ * (of_teacher - of_label);
      difference -= change * outputs.row(r)[j];
      gradient.row(r)[j] -= change / static_cast<float>(rows);
    }
    return difference;
  };
  const std::size_t pieces = (rows + rows_at_once - 1) / rows_at_once;
  compute.pool().run_ranges(pieces, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t piece = begin; piece < end; ++piece) {
      const std::size_t first = piece * rows_at_once;
      const std::size_t count = std::min(rows_at_once, rows - first);
      plan_.predict(images.subspan(first * plan_.pixels(), count * plan_.pixels()),
                    std::span(probabilities_).subspan(first * classes, count * classes));
      for (std::size_t r = first; r < first + count; ++r) differences_[r] = is_known[r] ? teach_row(r) : 0;
    }
  });
  float total = 0;
  for (std::size_t r = 0; r < rows; ++r) total += differences_[r];
  return total / static_cast<float>(rows);
}

}  // namespace scrawl
