#include "scrawl/error.h"
#include "scrawl/evaluation.h"
#include "scrawl/report.h"
#include "scrawl/run.h"

#include "base/files.h"
#include "base/text.h"
#include "image/png.h"
#include "report/confusion.h"
#include "report/curves.h"
#include "report/gallery.h"
#include "train/run_folder.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace scrawl {
namespace {

using std::filesystem::path;

constexpr std::size_t gallery_columns = 10;
constexpr std::size_t shown_digits = 50;
constexpr std::size_t shown_mistakes = 40;

/// Writes files into the folder and remembers them.
class Written {
 public:
  explicit Written(path folder) : folder_(std::move(folder)) {}

  void add(const std::string& name, std::span<const std::byte> bytes) {
    write_file(folder_ / name, bytes);
    files.push_back(folder_ / name);
  }

  std::vector<path> files;

 private:
  path folder_;
};

Tile tile(const DatasetView& test, const Judgement& judgement, std::string caption) {
  return {
      .pixels = test.image(judgement.index), .caption = std::move(caption), .wrong = judgement.is_mistake()};
}

void draw_galleries(const RunPictures& run, const std::vector<Judgement>& judgements, Written& written) {
  const auto& classes = run.model.classes();
  std::vector<Tile> digits;
  digits.reserve(shown_digits);
  for (const auto image : some_images(run.test, shown_digits))
    digits.push_back(
        tile(run.test, judgements[image], picture_class_name(classes, judgements[image].prediction)));
  if (!digits.empty())
    written.add(run_picture::digits, encode_png(draw_gallery(run.test.shape, digits, gallery_columns)));

  std::vector<Tile> mistakes;
  mistakes.reserve(shown_mistakes);
  for (const auto& judgement : worst_mistakes(judgements, shown_mistakes))
    mistakes.push_back(
        tile(run.test, judgement,
             fmt::format("{} read as {}, {:.0f}%", picture_class_name(classes, judgement.label),
                         picture_class_name(classes, judgement.prediction),
                         std::floor(100 * static_cast<double>(judgement.confidence)))));
  if (!mistakes.empty())
    written.add(run_picture::mistakes, encode_png(draw_gallery(run.test.shape, mistakes, gallery_columns)));
  if (const auto weights = draw_weights(run.model.members.front().network))
    written.add(run_picture::weights, encode_png(*weights));
}

Plot confusion_of(const RunPictures& run, const std::vector<Judgement>& judgements) {
  std::vector<std::uint8_t> predictions;
  predictions.reserve(judgements.size());
  for (const auto& judgement : judgements) predictions.push_back(judgement.prediction);
  const auto result = compare(run.test.labels, predictions, run.model.outputs());
  return plot_confusion(result, run.model.classes());
}

}  // namespace

std::vector<path> draw_run(const RunPictures& run) {
  if (run.model.classes().size() != run.model.outputs())
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("the model has {} and the names of {}; give each output one, as "
                    "numbered_classes() does",
                    counted(run.model.outputs(), "output"), counted(run.model.classes().size(), "class")));
  Written written(run.folder);
  const auto judgements = judge(run.model, run.test, run.threads);
  if (const auto legend = picture_legend(run.model.classes()); !legend.empty()) {
    const std::string lines = joined(legend, "\n") + "\n";
    written.add(run_picture::classes, std::as_bytes(std::span(lines)));
  }
  draw_galleries(run, judgements, written);
  std::vector<Plot> plots = {confusion_of(run, judgements)};
  if (auto curves = plot_curves(read_metrics(RunFolder(run.folder).metrics)))
    plots.push_back(std::move(*curves));
  const auto drawn = draw_plots(plots);
  written.add(run_picture::confusion_svg, std::as_bytes(std::span(drawn[0].svg)));
  written.add(run_picture::confusion_png, drawn[0].png);
  if (drawn.size() > 1) {
    written.add(run_picture::curves_svg, std::as_bytes(std::span(drawn[1].svg)));
    written.add(run_picture::curves_png, drawn[1].png);
  }
  return std::move(written.files);
}

bool lacks_pictures(const path& folder) {
  using namespace run_picture;
  for (const char* name : {curves_svg, curves_png, confusion_svg, confusion_png, digits})
    if (!file_exists(folder / name)) return true;
  return false;
}

}  // namespace scrawl
