#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/model.h"

#include "base/text.h"
#include "predict/plan.h"
#include "train/image_check.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <iterator>
#include <string>
#include <thread>
#include <tuple>

namespace scrawl {
namespace {

constexpr std::size_t images_at_once = 100;

/// NaN, from overflow, would break the order; it counts as 0.
float in_order(float probability) { return std::isnan(probability) ? 0 : probability; }

template <class T, class Before>
void keep_first(std::vector<T>& items, std::size_t count, const Before& before) {
  const std::size_t kept = std::min(count, items.size());
  std::partial_sort(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(kept), items.end(), before);
  items.resize(kept);
}

}  // namespace

void check_images(const Model& model, const DatasetView& data) {
  const auto label = std::max_element(data.labels.begin(), data.labels.end());
  if (data.shape.size() == model.inputs() && (label == data.labels.end() || *label < model.outputs())) return;
  throw Error(ErrorCode::invalid_argument, "the model reads " + to_string(model.input()) + " into " +
                                               counted(model.outputs(), "class") + ", and the images are " +
                                               to_string(data.shape) + " with labels up to " +
                                               std::to_string(label == data.labels.end() ? 0 : *label) +
                                               "; use images like those that it was trained on");
}

std::vector<Judgement> judge(const Model& model, const DatasetView& data, std::size_t threads) {
  return judge_members(model, data, threads).judgements;
}

MemberJudgements judge_members(const Model& model, const DatasetView& data, std::size_t threads,
                               Target target) {
  check_images(model, data);
  const Plan plan(model, target);
  const std::size_t members = plan.members();
  const std::size_t classes = plan.classes();
  MemberJudgements result{.judgements = std::vector<Judgement>(data.size()),
                          .correct = std::vector<std::size_t>(members)};
  if (data.size() == 0) return result;
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  ThreadPool pool(std::min(threads, data.size()));
  std::vector<std::atomic<std::size_t>> correct(members);
  const auto judge_some = [&](std::size_t first, std::size_t count, std::span<float> mean,
                              std::span<float> one) {
    std::array<std::uint8_t, images_at_once> memory;
    const std::span predictions(memory.data(), count);
    for (std::size_t k = 0; k < members; ++k) {
      plan.predict_member(k, data.images.subspan(first * plan.pixels(), count * plan.pixels()), one,
                          predictions);
      std::size_t right = 0;
      for (std::size_t i = 0; i < count; ++i) right += predictions[i] == data.labels[first + i] ? 1 : 0;
      correct[k] += right;
      average_in(mean, one, k, members);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = mean.subspan(i * classes, classes);
      const std::uint8_t label = data.labels[first + i];
      const std::uint8_t prediction = members == 1 ? predictions[i] : largest(row);
      result.judgements[first + i] = {first + i, label, prediction, row[label], row[prediction]};
    }
  };
  pool.run_ranges(data.size(), 1, [&](std::size_t begin, std::size_t end) {
    std::vector<float> memory(2 * images_at_once * classes);
    for (std::size_t first = begin; first < end; first += images_at_once) {
      const std::size_t count = std::min(images_at_once, end - first);
      const std::span<float> mean(memory.data(), count * classes);
      judge_some(first, count, mean, {memory.data() + mean.size(), mean.size()});
    }
  });
  std::copy(correct.begin(), correct.end(), result.correct.begin());
  return result;
}

std::vector<Judgement> worst_mistakes(std::span<const Judgement> judgements, std::size_t count) {
  std::vector<Judgement> mistakes;
  std::copy_if(judgements.begin(), judgements.end(), std::back_inserter(mistakes),
               [](const Judgement& judgement) { return judgement.is_mistake(); });
  keep_first(mistakes, count, [](const Judgement& a, const Judgement& b) {
    return std::tuple(-in_order(a.confidence), a.index) < std::tuple(-in_order(b.confidence), b.index);
  });
  return mistakes;
}

std::vector<Judgement> suspects(std::span<const Judgement> judgements, std::size_t count) {
  std::vector<Judgement> all(judgements.begin(), judgements.end());
  keep_first(all, count, [](const Judgement& a, const Judgement& b) {
    return std::tuple(in_order(a.label_probability), a.index) <
           std::tuple(in_order(b.label_probability), b.index);
  });
  return all;
}

std::vector<ConfusedPair> most_confused(const EvaluationResult& result, std::size_t count) {
  std::vector<ConfusedPair> pairs;
  for (std::size_t label = 0; label < result.confusion.size(); ++label)
    for (std::size_t read = 0; read < result.confusion[label].size(); ++read)
      if (label != read && result.confusion[label][read] > 0)
        pairs.push_back({label, read, result.confusion[label][read]});
  keep_first(pairs, count, [](const ConfusedPair& a, const ConfusedPair& b) {
    return std::tuple(b.count, a.label, a.prediction) < std::tuple(a.count, b.label, b.prediction);
  });
  return pairs;
}

}  // namespace scrawl
