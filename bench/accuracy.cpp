// Measures how well models read digits, how sure they are, and what they refuse. bench/accuracy builds and
// runs it.
//
//     bench-accuracy [MODEL...] [--digits DATA] [--fonts DIR] [--data DIR]

#include "scrawl/scrawl.h"

#include "base/environment.h"
#include "changes.h"
#include "data/stratify.h"
#include "image/find_digit.h"
#include "image/mnist_form.h"
#include "predict/member_plan.h"
#include "small_digits.h"
#include "synth/font.h"
#include "synth/glyphs.h"
#include "synth/other_marks.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace scrawl::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t drawing_seed = 2026;
constexpr std::size_t pixels = side * side;
constexpr std::size_t others_each = 2000;
constexpr std::size_t replayed = 5000;

struct Options {
  std::vector<std::string> models;
  std::string digits = "mnist";
  fs::path fonts = "/usr/share/fonts";
  std::optional<fs::path> data;
};

/// The fonts that no training image was drawn with.
constexpr std::string_view unseen_fonts[] = {"breip/Breip.ttf", "breip/breipfont.ttf",
                                             "klee/KleeOne-Regular.ttf", "klee/KleeOne-SemiBold.ttf",
                                             "rufscript/Rufscript010.ttf"};

struct Images {
  std::vector<std::uint8_t> bytes = {};
  std::vector<std::uint8_t> labels = {};

  std::size_t size() const { return bytes.size() / pixels; }
  void add(std::span<const std::uint8_t> image, std::uint8_t label = 0) {
    bytes.insert(bytes.end(), image.begin(), image.end());
    labels.push_back(label);
  }
};

/// What a model says of images.
struct Answers {
  std::vector<float> probabilities;
  std::size_t classes;

  std::size_t size() const { return probabilities.size() / classes; }
  std::span<const float> row(std::size_t i) const {
    return std::span(probabilities).subspan(i * classes, classes);
  }
  std::size_t best(std::size_t i) const { return largest(row(i)); }
  float confidence(std::size_t i) const { return row(i)[best(i)]; }
};

struct Subject {
  std::string name;
  Recognizer recognizer;
  std::optional<std::size_t> none;  ///< see find_no_digit

  Answers read(const Images& images, ThreadPool& pool) const {
    Answers answers{std::vector<float>(images.size() * recognizer.classes()), recognizer.classes()};
    recognizer.classify(images.bytes, answers.probabilities, pool);
    return answers;
  }
  /// How strongly the model believes that an image is not a digit: the probability of that class, or without
  /// one, what the best digit lacks to be certain.
  float strangeness(std::span<const float> row) const {
    return none ? row[*none] : 1 - *std::max_element(row.begin(), row.end());
  }
};

std::size_t count_right(const Answers& answers, const Images& images) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < images.size(); ++i) right += answers.best(i) == images.labels[i];
  return right;
}

double percent(std::size_t part, std::size_t all) {
  return all == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all);
}

/// The area under the ROC curve: the chance that one of `others` is stranger than one of `digits`.
double area(std::vector<float> digits, const std::vector<float>& others) {
  std::sort(digits.begin(), digits.end());
  double sum = 0;
  for (const float value : others) {
    const auto [first, last] = std::equal_range(digits.begin(), digits.end(), value);
    sum += static_cast<double>(first - digits.begin()) + static_cast<double>(last - first) / 2;
  }
  return sum / (static_cast<double>(digits.size()) * static_cast<double>(others.size()));
}

/// The wrong answers among the surest 99 %, in percent.
double wrong_of_surest(const Answers& answers, const Images& images) {
  std::vector<std::size_t> order(images.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return answers.confidence(a) > answers.confidence(b);
  });
  order.resize(order.size() * 99 / 100);
  std::size_t wrong = 0;
  for (const std::size_t i : order) wrong += answers.best(i) != images.labels[i];
  return percent(wrong, order.size());
}

Images changed_copies(const Images& images, const Change& change, ThreadPool& pool) {
  Images out{std::vector<std::uint8_t>(images.bytes.size()), images.labels};
  pool.run(pool.size(), [&](std::size_t piece) {
    for (std::size_t i = piece; i < images.size(); i += pool.size()) {
      const auto bytes = changed(std::span(images.bytes).subspan(i * pixels, pixels), change, drawing_seed,
                                 static_cast<std::uint32_t>(i));
      std::copy(bytes.begin(), bytes.end(), out.bytes.begin() + static_cast<std::ptrdiff_t>(i * pixels));
    }
  });
  return out;
}

/// Each digit found as the reader finds it in any picture. load_data() brings whole images into MNIST's form.
Images load_small(const fs::path& folder, const SmallDigits& set) {
  Images out;
  for (const auto& [picture, label] : load_small_digits(folder, set)) {
    const auto found = find_digit(picture);
    out.add(found ? found->image : MnistImage{}, label);
  }
  return out;
}

Images uniform_noise() {
  Images out;
  for (std::size_t i = 0; i < others_each; ++i) {
    Chance chance(drawing_seed, 200, static_cast<std::uint32_t>(i));
    std::array<std::uint8_t, pixels> image;
    for (auto& value : image) value = static_cast<std::uint8_t>(chance.below(256));
    out.add(image);
  }
  return out;
}

Images printed_digits(const Font& font) {
  constexpr std::size_t each = 100;
  Images out;
  for (std::uint8_t digit = 0; digit < 10; ++digit)
    for (std::size_t i = 0; i < each; ++i) {
      Chance chance(drawing_seed, 300, static_cast<std::uint32_t>(each * digit + i));
      out.add(to_mnist_form(font.print(static_cast<char>('0' + digit), chance)), digit);
    }
  return out;
}

Images written_digits() {
  constexpr std::size_t each = 100;
  Images out;
  for (const Glyph& glyph : digit_glyphs())
    for (std::size_t i = 0; i < each; ++i) {
      Chance chance(drawing_seed, 400, static_cast<std::uint32_t>(out.size()));
      out.add(to_mnist_form(write_glyph(glyph, chance)), static_cast<std::uint8_t>(glyph.name[0] - '0'));
    }
  return out;
}

/// All that is measured, in tables with a column for each model.
class Measurement {
 public:
  explicit Measurement(const Options& options)
      : options_(options), test_(load_data(options.digits, Part::test)) {
    if (options.models.empty()) add("built in", Recognizer());
    for (const auto& model : options.models) add(fs::path(model).stem(), Recognizer(load_model(model)));
    digits_ = {test_.images, test_.labels};
    sets_.emplace_back(options.digits, digits_);
    if (options.data)
      for (const auto& set : {usps, optdigits}) {
        const std::string name = fs::path(set.file).parent_path().string();
        const Dataset whole = load_data((*options.data / set.file).string(), Part::train);
        sets_.emplace_back(name, Images{whole.images, whole.labels});
        sets_.emplace_back(name + ", as pictures", load_small(*options.data, set));
      }
    else
      fmt::print("USPS and optdigits are left out: name their folder with --data\n");
    for (const auto file : unseen_fonts) {
      const fs::path path = options.fonts / "truetype" / file;
      if (!fs::exists(path)) {
        fmt::print("{} is left out: it is in Debian's fonts-breip, fonts-klee and fonts-rufscript\n",
                   path.string());
        continue;
      }
      fonts_.emplace_back(path);
      font_names_.push_back(path.stem().string());
    }
  }

  void accuracy() {
    title("read rightly");
    for (const auto& [name, images] : sets_) accuracy_row(name, images);
    accuracy_row("drawn digits, all shapes", written_digits());
    for (std::size_t f = 0; f < fonts_.size(); ++f) accuracy_row(font_names_[f], printed_digits(fonts_[f]));
  }

  void robustness() {
    title("changed copies: right, refused");
    std::vector<std::vector<std::string>> errors(all_changes().size());  // one list for each change
    for (std::size_t c = 0; c < errors.size(); ++c) {
      const Change& change = all_changes()[c];
      const Images images = changed_copies(digits_, change, pool_);
      begin(change.name);
      for (const auto& subject : subjects_) {
        const Answers answers = subject.read(images, pool_);
        if (!change.is_hard) errors[c].push_back(calibration_error(answers, images));
        cell(fmt::format("{:.2f} % {:5.2f} %", percent(count_right(answers, images), images.size()),
                         refused(subject, answers)));
      }
      end();
    }
    title("calibration error on changed copies");
    for (std::size_t c = 0; c < errors.size(); ++c) {
      if (errors[c].empty()) continue;
      begin(all_changes()[c].name);
      for (const auto& text : errors[c]) cell(text);
      end();
    }
  }

  void honesty() {
    for (const auto& set : sets_) {
      const Images& images = set.second;
      title("how sure, and how right: " + set.first);
      std::vector<Answers> all;
      for (const auto& subject : subjects_) all.push_back(subject.read(images, pool_));
      const auto row = [&](const std::string& what, const auto& value) {
        begin(what);
        for (std::size_t s = 0; s < all.size(); ++s) cell(value(subjects_[s], all[s]));
        end();
      };
      row("log-loss", [&](const Subject&, const Answers& a) {
        return fmt::format("{:.4f}", measure_reliability(a.probabilities, images.labels).log_loss);
      });
      row("calibration error",
          [&](const Subject&, const Answers& a) { return calibration_error(a, images); });
      row("wrong of the surest 99 %", [&](const Subject&, const Answers& a) {
        return fmt::format("{:.3f} %", wrong_of_surest(a, images));
      });
      for (const float error : {0.01F, 0.001F}) {
        std::vector<std::string> wrong;
        row(fmt::format("at most {} % wrong: answered", 100 * error),
            [&](const Subject& s, const Answers& a) {
              auto texts = answered(s, a, images, error);
              wrong.push_back(std::move(texts.second));
              return texts.first;
            });
        begin("    of these wrong");
        for (const auto& text : wrong) cell(text);
        end();
      }
    }
  }

  void refusals() {
    title("refused; area under the ROC curve");
    begin("digits of " + options_.digits);
    for (const auto& subject : subjects_) {
      const Answers answers = subject.read(digits_, pool_);
      strange_digits_.push_back(strangeness(subject, answers));
      cell(fmt::format("{:.2f} %", refused(subject, answers)));
    }
    end();
    refused_row("uniform noise", uniform_noise());
    refused_row("structured noise", marks(OtherMark::noise));
    refused_row("letters, drawn", marks(OtherMark::letter));
    if (!fonts_.empty()) refused_row("letters of unseen fonts", marks(OtherMark::printed_letter));
    refused_row("halves of digits", marks(OtherMark::half));
    refused_row("pairs of digits", marks(OtherMark::group));
    refused_row("scribbles", marks(OtherMark::scribble));
    try {
      const Dataset fashion = load_dataset("fashion-mnist", Part::test);
      refused_row("Fashion-MNIST", {fashion.images, fashion.labels});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
      fmt::print("Fashion-MNIST is left out: {}\n", error.what());
    }
  }

  /// Of each source ten digits of each class are learned, drawn by lot, and the rest is read before and
  /// after.
  void tuning() {
    title("after ten of each digit");
    Dataset train = load_data(options_.digits, Part::train);
    train.images.resize(replayed * pixels);
    train.labels.resize(replayed);
    Dataset with_marks = train;
    add_other_marks(with_marks, replayed / 5);
    for (std::size_t s = 1; s < sets_.size(); ++s)
      tuned_row(sets_[s].first, sets_[s].second, train, with_marks);
    for (std::size_t f = 0; f < fonts_.size(); ++f)
      tuned_row(font_names_[f], printed_digits(fonts_[f]), train, with_marks);
  }

 private:
  void add(const std::string& name, Recognizer recognizer) {
    const auto none = find_no_digit(recognizer.model().classes());
    subjects_.push_back({name, std::move(recognizer), none});
  }

  void title(const std::string& text) {
    fmt::print("\n{:<34}", text);
    for (const auto& subject : subjects_) fmt::print(" {:>{}}", subject.name.substr(0, column), column);
    if (subjects_.size() > 1) fmt::print(" {:>{}}", "mean", column);
    fmt::print("\n");
  }
  void begin(std::string_view name) { fmt::print("{:<34}", name); }
  void cell(const std::string& text) { fmt::print(" {:>{}}", text, column); }
  void end() {
    fmt::print("\n");
    std::fflush(stdout);
  }

  static std::string calibration_error(const Answers& answers, const Images& images) {
    return fmt::format("{:.2f} %",
                       100 * measure_reliability(answers.probabilities, images.labels).calibration_error);
  }

  void accuracy_row(std::string_view name, const Images& images) {
    begin(name);
    double mean = 0;
    for (const auto& subject : subjects_) {
      const Answers answers = subject.read(images, pool_);
      const double p = percent(count_right(answers, images), images.size());
      mean += p / static_cast<double>(subjects_.size());
      cell(fmt::format("{:.2f} %", p));
    }
    if (subjects_.size() > 1) cell(fmt::format("{:.3f} %", mean));
    end();
  }

  /// The share of the images that is answered, and of these the wrong ones.
  static std::pair<std::string, std::string> answered(const Subject& subject, const Answers& answers,
                                                      const Images& images, float error) {
    const Model& model = subject.recognizer.model();
    if (model.origin().thresholds.empty()) return {"-", "-"};
    const float least = confidence_for_error(model, error);
    std::size_t count = 0;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
      const std::size_t best = answers.best(i);
      if (answers.row(i)[best] < least || (subject.none && best == *subject.none)) continue;
      ++count;
      wrong += best != images.labels[i];
    }
    return {fmt::format("{:.2f} %", percent(count, images.size())),
            fmt::format("{} {:.3f} %", wrong, percent(wrong, count))};
  }

  Images marks(OtherMark mark) const {
    Images out;
    for (std::size_t i = 0; i < others_each; ++i) {
      Chance chance(drawing_seed, 100 + static_cast<std::uint32_t>(mark), static_cast<std::uint32_t>(i));
      out.add(draw_other_mark(mark, chance, test_.view(), fonts_));
    }
    return out;
  }
  static std::vector<float> strangeness(const Subject& subject, const Answers& answers) {
    std::vector<float> values;
    for (std::size_t i = 0; i < answers.size(); ++i) values.push_back(subject.strangeness(answers.row(i)));
    return values;
  }
  static double refused(const Subject& subject, const Answers& answers) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < answers.size(); ++i)
      count += subject.none && answers.best(i) == *subject.none;
    return percent(count, answers.size());
  }
  void refused_row(std::string_view name, const Images& images) {
    begin(name);
    for (std::size_t s = 0; s < subjects_.size(); ++s) {
      const Answers answers = subjects_[s].read(images, pool_);
      cell(fmt::format("{:.1f} %  {:.4f}", refused(subjects_[s], answers),
                       area(strange_digits_[s], strangeness(subjects_[s], answers))));
    }
    end();
  }

  void tuned_row(const std::string& name, const Images& images, const Dataset& train,
                 const Dataset& with_marks) {
    constexpr std::size_t each = 10;
    Images few;
    Images rest;
    std::vector<std::uint32_t> order(images.size());
    std::iota(order.begin(), order.end(), 0U);
    shuffle_images(order, drawing_seed);
    std::vector<std::size_t> seen(10);
    for (const std::uint32_t i : order)
      (seen[images.labels[i]]++ < each ? few : rest)
          .add(std::span(images.bytes).subspan(i * pixels, pixels), images.labels[i]);
    const auto view = [&](const Images& of) {
      return DatasetView{test_.shape, test_.classes, of.bytes, of.labels};
    };
    std::string lines[2];
    for (const auto& subject : subjects_) {
      const auto share = [&](const Recognizer& recognizer) {
        return percent(count_right(Subject{"", recognizer, {}}.read(rest, pool_), rest), rest.size());
      };
      Model model = subject.recognizer.model();
      const Tuning tuning =
          tune(model, view(few), (subject.none ? with_marks : train).view(), test_.view()).tuning;
      lines[0] += fmt::format(
          " {:>{}}", fmt::format("{:.2f} -> {:.2f} %", share(subject.recognizer), share(Recognizer(model))),
          column);
      lines[1] += fmt::format(
          " {:>{}}", fmt::format("{:.2f} -> {:.2f} %", 100 * tuning.kept_before, 100 * tuning.kept_after),
          column);
    }
    fmt::print("{:<34}{}\n{:<34}{}\n", name, lines[0], "    " + options_.digits + " then", lines[1]);
    std::fflush(stdout);
  }

  static constexpr std::size_t column = 18;

  const Options& options_;
  Dataset test_;
  Images digits_;
  std::vector<Subject> subjects_;
  std::vector<std::pair<std::string, Images>> sets_;
  std::vector<Font> fonts_;
  std::vector<std::string> font_names_;
  std::vector<std::vector<float>> strange_digits_;
  ThreadPool pool_{0};
};

Options parse_options(int argc, char** argv) {
  Options options;
  if (const auto data = environment("SCRAWL_TEST_DATA")) options.data = *data;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto value = [&] {
      if (i + 1 == argc) throw Error(ErrorCode::invalid_argument, std::string(argument) + " needs a value");
      return std::string(argv[++i]);
    };
    if (argument == "--digits")
      options.digits = value();
    else if (argument == "--fonts")
      options.fonts = value();
    else if (argument == "--data")
      options.data = value();
    else if (argument.starts_with("-"))
      throw Error(ErrorCode::invalid_argument,
                  "usage: bench-accuracy [MODEL...] [--digits DATA] [--fonts DIR] [--data DIR]");
    else
      options.models.emplace_back(argument);
  }
  return options;
}

}  // namespace
}  // namespace scrawl::bench

int main(int argc, char** argv) {
  try {
    const auto options = scrawl::bench::parse_options(argc, argv);
    scrawl::bench::Measurement measurement(options);
    measurement.accuracy();
    measurement.robustness();
    measurement.honesty();
    measurement.refusals();
    measurement.tuning();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-accuracy: %s\n", error.what());
    return 1;
  }
}
