// Measures how well models read digits, how sure they are, and what they refuse. bench/accuracy builds and
// runs it.
//
//     bench-accuracy [MODEL...] [--digits DATA] [--fonts DIR] [--data DIR]

#include "scrawl/scrawl.h"

#include "base/environment.h"
#include "base/files.h"
#include "changes.h"
#include "formats/gzip.h"
#include "formats/number_table.h"
#include "image/find_digit.h"
#include "image/mnist_form.h"
#include "synth/font.h"
#include "synth/glyphs.h"
#include "synth/other_marks.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace scrawl::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t seed = 2026;
constexpr std::size_t pixels = side * side;
constexpr std::size_t others_each = 2000;

struct Options {
  std::vector<std::string> models;
  std::string digits = "mnist";
  fs::path fonts = "/usr/share/fonts";
  std::optional<fs::path> data;
};

/// The fonts that no training image was drawn with.
constexpr std::string_view unseen_fonts[] = {"femkeklaver/femkeklaver.ttf", "klee/KleeOne-Regular.ttf",
                                             "klee/KleeOne-SemiBold.ttf", "rufscript/Rufscript010.ttf"};

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
  std::size_t best(std::size_t i) const {
    const auto values = row(i);
    return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
  }
  float confidence(std::size_t i) const { return row(i)[best(i)]; }
};

struct Subject {
  std::string name;
  Recognizer recognizer;
  std::optional<std::size_t> none;  ///< the class of what is no digit

  Answers read(const Images& images, ThreadPool& pool) const {
    Answers answers{std::vector<float>(images.size() * recognizer.classes()), recognizer.classes()};
    recognizer.classify(images.bytes, answers.probabilities, pool);
    return answers;
  }
  /// How much the model takes an image for no digit: the probability of that class, or what it lacks to be
  /// sure.
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

/// A table with a column for each model.
class Table {
 public:
  Table(const std::string& title, const std::vector<Subject>& subjects) {
    fmt::print("\n{:<30}", title);
    for (const auto& subject : subjects) fmt::print(" {:>14}", subject.name.substr(0, 14));
    fmt::print("\n");
  }
  void begin(std::string_view name) { fmt::print("{:<30}", name); }
  void value(const std::string& text) { fmt::print(" {:>14}", text); }
  void end() {
    fmt::print("\n");
    std::fflush(stdout);
  }
};

Images images_of(const Dataset& data) { return {data.images, data.labels}; }

/// The wrong answers among the surest 99 %, in percent.
double wrong_of_surest(const Answers& answers, const Images& images) {
  std::vector<std::size_t> order(images.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
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
      const auto bytes = changed(std::span(images.bytes).subspan(i * pixels, pixels), change, seed,
                                 static_cast<std::uint32_t>(i));
      std::copy(bytes.begin(), bytes.end(), out.bytes.begin() + static_cast<std::ptrdiff_t>(i * pixels));
    }
  });
  return out;
}

/// A set of small digits as text, a line each: brought into MNIST's form as the reader does it with any
/// picture.
struct SmallDigits {
  const char* file;
  std::size_t width;
  std::size_t label;  ///< its column; the pixels are the others
  float paper, ink;
};
constexpr SmallDigits small_sets[] = {{"usps/zip.train.gz", 16, 0, -1, 1},
                                      {"optdigits/optdigits.tra", 8, 64, 0, 16}};

Images load_small(const fs::path& folder, const SmallDigits& set) {
  Bytes bytes = read_file(folder / set.file);
  if (is_gzip(bytes)) bytes = gunzip(bytes, set.file);
  const NumberTable table =
      parse_number_table({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, set.file);
  Images out;
  for (std::size_t r = 0; r < table.rows(); ++r) {
    GreyImage picture{.width = set.width, .height = set.width, .pixels = {}};
    for (std::size_t c = 0; c < table.columns; ++c)
      if (c != set.label)
        picture.pixels.push_back(static_cast<std::uint8_t>(
            std::lround(255 * (table.at(r, c) - set.paper) / (set.ink - set.paper))));
    const auto found = find_digit(picture);
    out.add(found ? found->image : MnistImage{}, static_cast<std::uint8_t>(table.at(r, set.label)));
  }
  return out;
}

Images others(OtherMark mark, const DatasetView& digits, std::span<const Font> fonts) {
  Images out;
  for (std::size_t i = 0; i < others_each; ++i) {
    Chance chance(seed, 100 + static_cast<std::uint32_t>(mark), static_cast<std::uint32_t>(i));
    out.add(draw_other_mark(mark, chance, digits, fonts));
  }
  return out;
}

Images uniform_noise() {
  Images out;
  for (std::size_t i = 0; i < others_each; ++i) {
    Chance chance(seed, 200, static_cast<std::uint32_t>(i));
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
      Chance chance(seed, 300, static_cast<std::uint32_t>(each * digit + i));
      out.add(to_mnist_form(font.print(static_cast<char>('0' + digit), chance)), digit);
    }
  return out;
}

Images written_digits() {
  constexpr std::size_t each = 100;
  Images out;
  for (const Glyph& glyph : digit_glyphs())
    for (std::size_t i = 0; i < each; ++i) {
      Chance chance(seed, 400, static_cast<std::uint32_t>(out.size()));
      out.add(to_mnist_form(write_glyph(glyph, chance)), static_cast<std::uint8_t>(glyph.name[0] - '0'));
    }
  return out;
}

void measure(const Options& options) {
  std::vector<Subject> subjects;
  const auto add = [&](const std::string& name, Recognizer recognizer) {
    const auto& classes = recognizer.model().classes();
    const auto none = std::find(classes.begin(), classes.end(), no_digit);
    subjects.push_back({name, std::move(recognizer), {}});
    if (none != classes.end()) subjects.back().none = static_cast<std::size_t>(none - classes.begin());
  };
  if (options.models.empty()) add("built in", Recognizer());
  for (const auto& model : options.models) add(fs::path(model).stem(), Recognizer(load_model(model)));
  ThreadPool pool(0);
  const Dataset test = load_data(options.digits, Part::test);
  const Images digits = images_of(test);

  const auto accuracy_row = [&](Table& table, std::string_view name, const Images& images) {
    table.begin(name);
    double mean = 0;
    for (const auto& subject : subjects) {
      const double p = percent(count_right(subject.read(images, pool), images), images.size());
      mean += p / static_cast<double>(subjects.size());
      table.value(fmt::format("{:.2f} %", p));
    }
    if (subjects.size() > 1) table.value(fmt::format("{:.3f} %", mean));
    table.end();
  };

  std::vector<std::pair<std::string, Images>> sets = {{options.digits, digits}};
  if (options.data)
    for (const auto& set : small_sets)
      sets.emplace_back(fs::path(set.file).parent_path().string(), load_small(*options.data, set));
  Table accuracy("accuracy", subjects);
  for (const auto& [name, images] : sets) accuracy_row(accuracy, name, images);
  const Images written = written_digits();
  accuracy_row(accuracy, "drawn digits, all shapes", written);
  std::vector<Font> fonts;
  for (const auto file : unseen_fonts) {
    const fs::path path = options.fonts / "truetype" / file;
    if (!fs::exists(path)) continue;
    fonts.emplace_back(path);
    accuracy_row(accuracy, path.stem().string(), printed_digits(fonts.back()));
  }

  Table honest("how sure, and how right", subjects);
  for (const auto& [name, images] : sets) {
    std::vector<Answers> all;
    for (const auto& subject : subjects) all.push_back(subject.read(images, pool));
    const auto row = [&](const std::string& what, const auto& value) {
      honest.begin(name + ": " + what);
      for (const auto& answers : all) honest.value(value(answers));
      honest.end();
    };
    row("log-loss", [&](const Answers& a) {
      return fmt::format("{:.4f}", measure_reliability(a.probabilities, images.labels).log_loss);
    });
    row("calibration error", [&](const Answers& a) {
      return fmt::format("{:.2f} %",
                         100 * measure_reliability(a.probabilities, images.labels).calibration_error);
    });
    row("wrong of surest 99 %",
        [&](const Answers& a) { return fmt::format("{:.3f} %", wrong_of_surest(a, images)); });
  }

  Table robust("accuracy on changed copies", subjects);
  for (const auto& change : all_changes())
    accuracy_row(robust, change.name, changed_copies(digits, change, pool));

  Table refusing("refused, area under ROC", subjects);
  refusing.begin("digits of the test set");
  std::vector<std::vector<float>> strange_digits;
  const auto strangeness = [](const Subject& subject, const Answers& answers) {
    std::vector<float> values;
    for (std::size_t i = 0; i < answers.size(); ++i) values.push_back(subject.strangeness(answers.row(i)));
    return values;
  };
  const auto refused = [](const Subject& subject, const Answers& answers) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < answers.size(); ++i)
      count += subject.none && answers.best(i) == *subject.none;
    return percent(count, answers.size());
  };
  for (const auto& subject : subjects) {
    const Answers answers = subject.read(digits, pool);
    strange_digits.push_back(strangeness(subject, answers));
    refusing.value(fmt::format("{:.2f} %", refused(subject, answers)));
  }
  refusing.end();
  const auto refused_row = [&](std::string_view name, const Images& images) {
    refusing.begin(name);
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      const Answers answers = subjects[s].read(images, pool);
      refusing.value(fmt::format("{:.1f} % {:.4f}", refused(subjects[s], answers),
                                 area(strange_digits[s], strangeness(subjects[s], answers))));
    }
    refusing.end();
  };
  refused_row("uniform noise", uniform_noise());
  refused_row("structured noise", others(OtherMark::noise, test.view(), fonts));
  refused_row("letters, drawn", others(OtherMark::letter, test.view(), fonts));
  if (!fonts.empty())
    refused_row("letters, unseen fonts", others(OtherMark::printed_letter, test.view(), fonts));
  refused_row("halves of digits", others(OtherMark::half, test.view(), fonts));
  refused_row("groups of digits", others(OtherMark::group, test.view(), fonts));
  refused_row("scribbles", others(OtherMark::scribble, test.view(), fonts));
  try {
    refused_row("Fashion-MNIST", images_of(load_dataset("fashion-mnist", Part::test)));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    fmt::print("Fashion-MNIST is left out: {}\n", error.what());
  }
}

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
    scrawl::bench::measure(scrawl::bench::parse_options(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench-accuracy: %s\n", error.what());
    return 1;
  }
}
