#include "scrawl/report.h"

#include "base/files.h"
#include "base/text.h"
#include "report/curves.h"
#include "report/html.h"
#include "report/run_facts.h"
#include "report/run_tables.h"
#include "train/run_folder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace scrawl {
namespace {

using std::filesystem::path;

constexpr std::size_t most_shown_runs = 12;
constexpr std::uint64_t most_picture_bytes = std::uint64_t{4} << 20;

/// The folders' names, or their whole paths where two have one name.
void name_runs(std::vector<RunFacts>& runs) {
  std::map<std::string, std::size_t> uses;
  for (const auto& run : runs) ++uses[run.name];
  for (auto& run : runs)
    if (uses[run.name] > 1) run.name = run.folder.string();
}

/// What the lines of plot_comparison stand for.
std::string legend(const std::vector<RunFacts>& runs) {
  std::string html = "<ul class=\"legend\">\n";
  for (std::size_t i = 0; i < runs.size() && i < most_coloured_runs; ++i)
    html += html_legend_entry(i, i >= dashed_runs, runs[i].name);
  return html + "</ul>\n";
}

struct Picture {
  const char* file;
  HtmlPicture shown;
};

constexpr Picture curves = {run_picture::curves_svg,
                            {"image/svg+xml", "Loss over steps and accuracy over epochs", true}};
constexpr Picture confusion = {run_picture::confusion_svg,
                               {"image/svg+xml",
                                "Confusion matrix of the test images: labels down, predictions across; right "
                                "answers in blue, mistakes in "
                                "orange, the stronger the more frequent"}};
constexpr std::array<Picture, 3> galleries = {
    {{run_picture::mistakes,
      {"image/png",
       "The misread test images that the network was surest of: label, prediction and confidence"}},
     {run_picture::digits, {"image/png", "Test images, each with its prediction"}},
     {run_picture::weights,
      {"image/png", "The weights of the first layer, one picture for each of its outputs"}}}};

/// Whether the bytes begin like a file of the type.
bool is_of_type(std::string_view type, std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return type == "image/png" ? text.starts_with("\x89PNG")
                             : text.starts_with("<?xml") || text.starts_with("<svg");
}

/// The file as a figure, "" if it is missing or not a picture: a link must not carry other files into a page.
std::string figure(const path& folder, const Picture& picture) {
  if (!is_file(folder / picture.file)) return "";
  const Bytes bytes = read_file(folder / picture.file, most_picture_bytes);
  return is_of_type(picture.shown.type, bytes) ? html_figure(picture.shown, bytes) : "";
}

std::string figure(const std::string& svg, const HtmlPicture& shown) {
  return html_figure(shown, std::as_bytes(std::span(svg)));
}

/// The class names that pictures cannot show, as draw_run has written them, and nothing else.
std::string class_legend(const path& folder) {
  constexpr std::uint64_t most_bytes = std::uint64_t{1} << 20;
  if (!file_exists(folder / run_picture::classes)) return "";
  std::string html;
  const std::string text = read_text_file(folder / run_picture::classes, most_bytes);
  for (const auto line : split(text, '\n')) {
    const std::size_t colon = line.find(": ");
    const bool is_entry = line.starts_with('#') && colon > 1 && colon != std::string_view::npos &&
                          line.find_first_not_of("0123456789", 1) == colon;
    if (!is_entry) continue;
    html += (html.empty() ? "<p>In the pictures, " : ", ") + markup_text(line.substr(0, colon)) + " is " +
            markup_text(line.substr(colon + 2));
  }
  return html.empty() ? "" : html + ".</p>\n";
}

std::string run_section(const RunFacts& run, const std::string& drawn_curves) {
  std::string html = "<section>\n<h2>" + markup_text(run.name) + "</h2>\n<p class=\"faint\">" +
                     markup_text(run.folder.string()) + "</p>\n";
  if (const std::string source = run.recipe_value("source"); !source.empty())
    html += "<p>" + markup_text(source) + "</p>\n";
  html += drawn_curves.empty() ? figure(run.folder, curves) : figure(drawn_curves, curves.shown);
  html += class_legend(run.folder) + figure(run.folder, confusion);
  for (const auto& gallery : galleries) html += figure(run.folder, gallery);
  if (!run.result)
    html +=
        "<p>This run is not finished: scrawl train --resume continues it and draws its other "
        "pictures.</p>\n";
  else if (lacks_pictures(run.folder))
    html += "<p>Pictures of this run are missing: scrawl train --resume draws them.</p>\n";
  html += "<details><summary>Recipe</summary>\n<pre><code>";
  for (const auto line : split(run.recipe_text, '\n')) html += markup_text(line) + "\n";
  return html + "</code></pre>\n</details>\n</section>\n";
}

/// What gnuplot draws for the page: the comparison, and the curves of runs without a picture of them.
struct Drawn {
  std::string comparison;
  std::map<std::size_t, std::string> curves;  // by run
  std::optional<Error> missing;
};

Drawn draw(const std::vector<RunFacts>& runs, std::size_t shown) {
  std::vector<Plot> plots;
  std::vector<std::size_t> of_run;
  if (runs.size() > 1) {
    std::vector<std::span<const MetricsRow>> rows;
    rows.reserve(runs.size());
    for (const auto& run : runs) rows.emplace_back(run.metrics);
    if (auto plot = plot_comparison(rows)) {
      plots.push_back(std::move(*plot));
      of_run.push_back(runs.size());
    }
  }
  for (std::size_t i = 0; i < shown; ++i) {
    if (runs[i].result && is_file(runs[i].folder / curves.file)) continue;
    if (auto plot = plot_curves(runs[i].metrics)) {
      plot->png = false;
      plots.push_back(std::move(*plot));
      of_run.push_back(i);
    }
  }
  Drawn drawn;
  try {
    auto pictures = draw_plots(plots);
    for (std::size_t i = 0; i < pictures.size(); ++i)
      (of_run[i] == runs.size() ? drawn.comparison : drawn.curves[of_run[i]]) = std::move(pictures[i].svg);
  } catch (const Error& error) {
    drawn.missing = error;
  }
  return drawn;
}

}  // namespace

ReportPage report_page(const std::vector<path>& folders) {
  if (folders.empty())
    throw Error(ErrorCode::invalid_argument, "a report needs at least one run; name the folder of one");
  std::vector<RunFacts> runs;
  runs.reserve(folders.size());
  for (const auto& folder : folders) runs.push_back(read_run(folder));
  name_runs(runs);
  const std::size_t shown = std::min(runs.size(), most_shown_runs);
  const Drawn drawn = draw(runs, shown);

  const std::string title = runs.size() == 1 ? "Training run " + runs[0].name
                                             : fmt::format("{} training runs compared", runs.size());
  std::string html = html_head(title) + "<h1>" + markup_text(title) + "</h1>\n";
  if (drawn.missing) html += "<p>Curves are missing: " + markup_text(drawn.missing->what()) + "</p>\n";
  html += result_table(runs);
  if (runs.size() > 1) {
    html += "<h2>Curves</h2>\n";
    if (runs.size() > most_coloured_runs)
      html += fmt::format("<p>The first {} runs are in colours, the {} in grey.</p>\n", most_coloured_runs,
                          counted(runs.size() - most_coloured_runs, "other"));
    if (!drawn.comparison.empty())
      html += figure(drawn.comparison,
                     {"image/svg+xml",
                      "Loss and test accuracy of the runs over epochs, where they were recorded", true}) +
              legend(runs);
    else if (!drawn.missing)
      html += "<p>No losses and no accuracies were recorded.</p>\n";
    html += "<h2>What differs</h2>\n" + difference_table(runs);
  }
  if (runs.size() > shown)
    html += fmt::format(
        "<p>Below are the first {} of {} runs. The pictures of the others are in their own folders; scrawl "
        "report "
        "with fewer runs shows them here.</p>\n",
        shown, runs.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const auto found = drawn.curves.find(i);
    html += run_section(runs[i], found == drawn.curves.end() ? "" : found->second);
  }
  return {.html = html + html_foot(), .missing = drawn.missing};
}

void write_report(const path& file, const ReportPage& page) { write_file(file, page.html); }

}  // namespace scrawl
