#pragma once

// For programs that read digits from pictures. Start here if you want no training.

#include "scrawl/arrays.h"
#include "scrawl/compute.h"
#include "scrawl/model.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace scrawl {
class Plan;  // src/predict/plan.h; not part of the interface
}

#pragma GCC visibility push(default)
namespace scrawl {

struct Alternative {
  std::string value = {};
  float confidence = 0;

  bool operator==(const Alternative&) const = default;
};

/// A digit in a picture. `value` is the name of the model's class: "0" to "9" for digits.
struct Digit {
  std::string value = {};
  float confidence = 0;                        ///< the probability of `value`, from 0 to 1
  Box box = {};                                ///< the extent of its ink, in pixels of the picture
  std::vector<Alternative> alternatives = {};  ///< at most 4, of 0.001 or more, in descending order
  std::vector<float> probabilities = {};       ///< of every class of the model
  GreyImage image = {};                        ///< the network's input: 28x28, bright on black
};

/// Digits of one written line, from left to right: a number, or several with space between them.
struct Line {
  std::string text = {};  ///< the values of its digits
  float confidence = 0;   ///< the product of theirs: the probability that all of them are right
  Box box = {};           ///< around its digits
  std::vector<Digit> digits = {};
};

/// A table that is ruled on the page: the digits in its cells, row by row; "" for an empty cell.
struct Grid {
  Box box = {};
  std::vector<std::vector<std::string>> cells = {};
};

/// The contents of a picture. Boxes are in its pixels.
struct Reading {
  std::size_t width = 0;  ///< of the picture, in pixels
  std::size_t height = 0;
  int rotation = 0;              ///< degrees, a multiple of 90, by which it was turned clockwise to be read
  std::vector<Line> lines = {};  ///< in reading order; a row of a table is one line
  std::vector<Grid> grids = {};  ///< from top to bottom
  std::vector<Digit> refused = {};         ///< marks that the model takes for no digit; see no_digit
  std::vector<std::string> warnings = {};  ///< of a file that could still be read
};

/// A digit with less confidence is written as this in Line::text; its Digit has all that is known.
constexpr char unsure_digit = '?';

struct ReadSettings {
  float least_confidence = 0;  ///< of a digit, to be named in Line::text
  bool single = false;         ///< the picture shows one digit, however many marks it has
};

/// A step of reading as a picture.
struct ReadingStep {
  std::string name = {};            ///< "ink"; fit for a file name
  std::string title = {};           ///< one line of plain text
  std::vector<std::byte> png = {};  ///< a PNG file
};

/// Writes the steps into a folder, which is created, as PNG files, and a page index.html that shows them side
/// by side. Files are replaced. Throws Error(io).
void write_steps(const std::filesystem::path& folder, const std::string& title,
                 std::span<const ReadingStep> steps);

/// Writes a PNG file: the picture, in grey and of at most two million pixels, with frames around what was
/// read in it, values above the digits, doubtful digits orange and refused marks red. Throws as
/// Recognizer::read_file does.
void write_annotated(const std::filesystem::path& out, const std::filesystem::path& picture,
                     const Reading& reading);

/// The least confidence at which at most `error` of the answers are wrong, as measured by calibrate(). Throws
/// Error(invalid_argument) for a model that was not calibrated, and for an error below what was measured.
float confidence_for_error(const Model& model, float error);

/// The built-in model of the digits 0 to 9 and of `none`, everything else; recipes/reader.toml. It needs no
/// file.
Model default_model();

/// Reads handwritten digits from pictures of any size: one digit, lines of numbers or tables, dark on light
/// or light on dark, photographed, scanned or drawn; upright, sloping by up to 35 degrees or on their side.
/// It removes paper, shadows and rules, divides the ink into digits, and converts each to MNIST's form
/// (28x28, bright on black) for the model. A picture in this form is used unchanged. Several threads may call
/// const methods at once. They allocate memory in proportion to the picture, up to 4 million pixels. The same
/// picture and model give the same reading on every machine.
class Recognizer {
 public:
  Recognizer();  ///< uses default_model()
  /// Throws Error(invalid_argument) for a model that does not take images of 28x28 (or 784) values, or that
  /// does not name each of its classes, and as check_members does for an ensemble.
  explicit Recognizer(Model model, Target target = default_target());
  Recognizer(const Recognizer& other);
  Recognizer(Recognizer&&) noexcept;
  Recognizer& operator=(Recognizer other) noexcept;
  ~Recognizer();

  const Model& model() const { return model_; }
  /// Number of probabilities per image: one for each of model().info.classes.
  std::size_t classes() const { return model_.outputs(); }

  /// Throws Error(invalid_argument) for a view without pixels, with a stride below its width, or of more than
  /// 32768 pixels a side or 64 million in total; Error(bad_data) if huge weights make probabilities NaN.
  Reading read(const GreyView& picture, const ReadSettings& settings = {}) const;

  /// Reads the bytes of a picture file: PNG, JPEG, GIF, TIFF, WebP, BMP or PNM. Throws Error(bad_data) or
  /// Error(unsupported), naming `file`, for bytes that are not a complete picture in a supported format.
  Reading read_picture(std::span<const std::byte> bytes, const std::string& file = "picture",
                       const ReadSettings& settings = {}) const;

  /// Reads a picture file. Throws as read_picture does, and Error(not_found) or Error(io).
  Reading read_file(const std::filesystem::path& path, const ReadSettings& settings = {}) const;

  /// Draws what read() does with a picture, step by step, so that one sees where it fails. Throws as
  /// read_file does.
  std::vector<ReadingStep> explain_file(const std::filesystem::path& path,
                                        const ReadSettings& settings = {}) const;

  /// The fast path, for images in the model's form: 784 bytes each, row by row, bright on black, placed as in
  /// MNIST. Row i of `probabilities` (images x classes()) is for image i. The bits are those of
  /// predict_probabilities(), whatever the other images and the machine. If huge weights make outputs NaN, so
  /// are the probabilities.
  ///
  /// Uses 220 KB of the stack. Allocates nothing, except for models with convolutions if more threads call it
  /// at once than ever before, and on the slow path through Network::predict, for models with custom layers,
  /// batch normalisation of plain vectors that does not follow weights, convolutions after dense layers, more
  /// than 16,000 outputs of a layer, or weights that are not finite. Throws Error(invalid_argument) for wrong
  /// sizes.
  void classify(std::span<const std::uint8_t> images, std::span<float> probabilities) const;

  /// Same, divided among the threads of `pool`. The same bits for any number of threads.
  void classify(std::span<const std::uint8_t> images, std::span<float> probabilities, ThreadPool& pool) const;

 private:
  void check_sizes(std::span<const std::uint8_t> images, std::span<float> probabilities) const;

  Model model_;
  Target target_;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace scrawl
#pragma GCC visibility pop
