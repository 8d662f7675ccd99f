#include "train/run_result.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace scrawl {
namespace {

/// The keys of a member in result.json, in order.
template <class Archive>
void describe(Archive& a, RunResult::Member& member) {
  a.field("seed", member.seed);
  a.field("train_seconds", member.train_seconds);
  a.field("final_loss", member.final_loss);
  a.field("train_accuracy", member.train_accuracy);
  a.field("validation_accuracy", member.validation_accuracy);
  a.field("test_accuracy", member.test_accuracy);
  a.field("weights_sha256", member.weights_sha256);
  a.field("folder", member.folder);
}

/// The keys of result.json, in order, for an archive that writes or reads. It has
///   field(key, value)     a mandatory key; null for a std::optional without a value
///   derived(key, value)   a value that follows from others, only written
///   former(key, value)    a key of older results, only read
template <class Archive>
void describe(Archive& a, RunResult& result) {
  TrainReport& report = result.report;
  a.field("recipe", report.recipe);
  a.field("seed", report.seed);
  a.field("threads", report.threads);
  a.field("target", report.target);
  a.field("model", result.model);
  a.field("parameters", report.parameters);
  a.field("data", result.data);
  a.field("data_sha256", result.data_sha256);
  a.field("steps", report.steps);
  a.field("epochs", report.epochs);
  a.derived("train_seconds", report.train_seconds());
  a.field("steps_seconds", report.steps_seconds);
  a.field("evaluation_seconds", report.evaluation_seconds);
  a.field("final_evaluation_seconds", report.final_evaluation_seconds);
  a.field("images_per_second", report.images_per_second);
  a.field("final_loss", report.final_loss);
  a.field("train_accuracy", report.train_accuracy);
  a.field("validation_accuracy", report.validation_accuracy);
  a.field("test_accuracy", report.test_accuracy);
  a.field("at_chance", result.at_chance);
  a.former("diverged", result.diverged);
  a.field("reference_accuracy", result.reference_accuracy);
  a.former("author_accuracy", result.reference_accuracy);
  a.field("reference_source", result.reference_source);
  a.field("expected_test_accuracy", result.expected_test_accuracy);
  a.field("as_expected", result.as_expected);
  a.field("weights_sha256", report.weights_sha256);
  a.field("peak_rss_mib", result.peak_rss_mib);
  a.field("folder", result.folder);
  a.field("lines", report.lines);
  a.field("members", result.members);
}

class ResultWriter {
 public:
  template <class T>
  void field(const char* key, const T& value) {
    json[key] = value;
  }
  void field(const char* key, Target value) { json[key] = to_string(value); }
  void field(const char* key, const std::filesystem::path& value) { json[key] = value.string(); }
  template <class T>
  void field(const char* key, const std::optional<T>& value) {
    json[key] = value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
  }
  void field(const char* key, const std::vector<RunResult::Member>& members) {
    for (RunResult::Member member : members) {
      ResultWriter writer;
      describe(writer, member);
      json[key].push_back(std::move(writer.json));
    }
  }
  void derived(const char* key, double value) { json[key] = value; }
  template <class T>
  void former(const char*, const T&) {}

  nlohmann::ordered_json json;
};

/// Throws nlohmann::json::exception for malformed content.
class ResultReader {
 public:
  explicit ResultReader(const nlohmann::json& json) : json_(json) {}

  template <class T>
  void field(const char* key, T& value) {
    const auto& node = json_.at(key);
    // nlohmann would convert any number to an integer.
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      node.get_ref<const nlohmann::json::number_unsigned_t&>();
    node.get_to(value);
  }
  /// JSON has no NaN; null replaces it.
  void field(const char* key, double& value) {
    const auto& node = json_.at(key);
    value = node.is_null() ? std::numeric_limits<double>::quiet_NaN() : node.get<double>();
  }
  void field(const char* key, bool& value) { value = json_.value(key, value); }  // missing in older versions
  void field(const char* key, Target& value) {
    for (const Target target : {Target::scalar, Target::avx2, Target::avx3})
      if (json_.at(key) == to_string(target)) return void(value = target);
    throw Error(ErrorCode::bad_data, "names an instruction set that this version of scrawl does not know");
  }
  void field(const char* key, std::filesystem::path& value) { value = json_.at(key).get<std::string>(); }
  template <class T>
  void field(const char* key, std::optional<T>& value) {
    if (json_.contains(key) && !json_.at(key).is_null()) value = json_.at(key).get<T>();
  }
  void field(const char* key, std::vector<RunResult::Member>& members) {
    if (!json_.contains(key)) return;
    for (const auto& node : json_.at(key)) {
      ResultReader reader(node);
      describe(reader, members.emplace_back());
    }
  }
  void derived(const char*, double) {}
  template <class T>
  void former(const char* key, T& value) {
    field(key, value);
  }

 private:
  const nlohmann::json& json_;
};

double peak_rss_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts in KiB
}

/// Whether it is less than a tenth of the way from the share of the most frequent class to 1.
bool is_at_chance(double accuracy, const DatasetView& images) {
  std::array<std::size_t, 256> counts{};
  for (const auto label : images.labels) ++counts[label];
  const auto most = *std::max_element(counts.begin(), counts.end());
  const double share = static_cast<double>(most) / static_cast<double>(images.size());
  return share < 1 && accuracy < share + 0.1 * (1 - share);
}

}  // namespace

std::string to_json(const RunResult& result) {
  ResultWriter writer;
  RunResult copy = result;  // describe also serves reading, so it needs a mutable result
  describe(writer, copy);
  return dump_json(writer.json);
}

std::optional<RunResult> RunFolder::read_result() const {
  if (!is_file(result)) return {};
  const std::string text = read_text_file(result);
  RunResult read{.finished = true, .was_finished = true};
  std::string problem = "is not a result that scrawl wrote";
  try {
    const auto json = parse_json(text, result_json_limits);
    ResultReader reader(json);
    describe(reader, read);
    read.folder = folder;  // it may have been moved
    return read;
  } catch (const nlohmann::json::exception&) {
  } catch (const Error& error) {
    problem = error.message();
  }
  throw Error(ErrorCode::bad_data, problem + "; delete it, and scrawl train --resume writes it again",
              result.string());
}

RunResult finish_run(const Recipe& recipe, TrainReport report, const TrainingData& data, const RunFolder& run,
                     std::vector<RunResult::Member> members) {
  const bool numerical = recipe.training.gradient == Recipe::Gradient::numerical;
  const double accuracy = report.test_accuracy;
  RunResult result{.finished = true,
                   .folder = run.folder,
                   .report = std::move(report),
                   .model = to_string(recipe.model),
                   .data = recipe.data.name,
                   .data_sha256 = data.train_file.sha256,
                   .at_chance = !numerical && is_at_chance(accuracy, data.test),
                   .peak_rss_mib = peak_rss_mib(),
                   .members = std::move(members)};
  // A numerical run demonstrates a few steps; its accuracy does not matter.
  if (!numerical && recipe.expect.reference > 0) {
    result.reference_accuracy = recipe.expect.reference;
    result.reference_source = recipe.expect.reference_source;
  }
  if (const auto& range = recipe.expect.test_accuracy;
      !numerical && range != Recipe::Expect().test_accuracy) {
    result.expected_test_accuracy = range;
    result.as_expected = range[0] <= accuracy && accuracy <= range[1];
  }
  write_file(run.result, to_json(result) + "\n");
  return result;
}

}  // namespace scrawl
