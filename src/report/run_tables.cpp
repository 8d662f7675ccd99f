#include "report/run_tables.h"

#include "base/text.h"
#include "report/html.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace scrawl {
namespace {

constexpr std::size_t most_upright_runs = 6;  // more runs stand below one another

/// "39,760"
std::string whole(double number) { return grouped(fmt::format("{:.0f}", number)); }

std::string percent(const std::optional<double>& fraction) {
  return fraction ? fmt::format("{:.2f} %", 100 * *fraction) : "";
}

std::string_view section_of(std::string_view key) { return key.substr(0, key.find('.')); }

std::string test_cell(const RunFacts& run, double best) {
  if (!run.result) {
    const double steps = run.metrics.empty() ? 0 : run.metrics.back().step;
    return "not finished; " + whole(steps) + " " + plural(steps == 1 ? 1 : 2, "step") + " so far";
  }
  const double accuracy = run.result->report.test_accuracy;
  std::string text = percent(accuracy);
  if (accuracy == best) text = "<strong>" + text + "</strong>";
  return run.result->diverged ? text + " (diverged)" : text;
}

/// "91.54 % (author)"
std::string reference_cell(const RunResult& result) {
  const std::string text = percent(result.reference_accuracy);
  const std::string source = result.reference_source.value_or("");
  return text.empty() || source.empty() ? text : text + " (" + markup_text(source) + ")";
}

}  // namespace

std::string result_table(const std::vector<RunFacts>& runs) {
  double best = 2;  // nobody's, unless there is a comparison
  if (runs.size() > 1) {
    best = -1;
    for (const auto& run : runs)
      if (run.result) best = std::max(best, run.result->report.test_accuracy);
  }
  std::vector<HtmlColumn> columns;
  const auto add = [&](const char* title, const auto& cell) {
    HtmlColumn column{title, {}};
    column.cells.reserve(runs.size());
    bool any = false;
    for (const auto& run : runs) {
      column.cells.push_back(cell(run));
      any = any || !column.cells.back().empty();
    }
    if (any) columns.push_back(std::move(column));
  };
  // For a finished run only.
  const auto add_result = [&](const char* title, const auto& cell) {
    add(title, [&](const RunFacts& run) { return run.result ? cell(*run.result) : std::string(); });
  };
  add("Run", [](const RunFacts& run) { return markup_text(run.name); });
  add("Test accuracy", [&](const RunFacts& run) { return test_cell(run, best); });
  add_result("Reference", reference_cell);
  add_result("Validation",
             [](const RunResult& result) { return percent(result.report.validation_accuracy); });
  add_result("Training", [](const RunResult& result) { return percent(result.report.train_accuracy); });
  add("Recipe", [](const RunFacts& run) {
    return markup_text(run.result ? run.result->report.recipe : run.recipe_value("name"));
  });
  add("Model", [](const RunFacts& run) {
    return markup_text(run.result ? run.result->model : run.recipe_value("model.layers"));
  });
  add_result("Parameters",
             [](const RunResult& result) { return grouped(std::to_string(result.report.parameters)); });
  add_result("Training time",
             [](const RunResult& result) { return fmt::format("{:.2f} s", result.report.train_seconds()); });
  add_result("Images/s", [](const RunResult& result) { return whole(result.report.images_per_second); });
  add("Seed", [](const RunFacts& run) { return markup_text(run.recipe_value("seed")); });
  add_result("Weights (SHA-256)", [](const RunResult& result) {
    const std::string& hash = result.report.weights_sha256;
    return fmt::format("<code title=\"{}\">{}</code>", markup_text(hash),
                       markup_text(std::string_view(hash).substr(0, 12)));
  });
  return html_table("Results", columns, runs.size() <= most_upright_runs);
}

std::string difference_table(const std::vector<RunFacts>& runs) {
  std::vector<std::string> keys;  // in the order of their first appearance
  std::map<std::string, std::vector<std::optional<std::string>>> values;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const auto& pair : runs[i].recipe_keys) {
      const std::string& key = pair.first;
      if (key == "name" || key == "source" || key.starts_with("report.") || key.starts_with("expect."))
        continue;
      auto& of_key = values[key];
      if (of_key.empty()) {
        of_key.resize(runs.size());
        // Behind the last key of its section, where another run has that section already.
        const auto last = std::find_if(keys.rbegin(), keys.rend(), [&](const std::string& other) {
          return section_of(other) == section_of(key);
        });
        keys.insert(last == keys.rend() ? keys.end() : last.base(), key);
      }
      of_key[i] = pair.second;
    }
  std::vector<HtmlColumn> columns = {{"Run", {}}};
  for (const auto& run : runs) columns[0].cells.push_back(markup_text(run.name));
  for (const auto& key : keys) {
    const auto& of_key = values[key];
    if (std::all_of(of_key.begin(), of_key.end(), [&](const auto& value) { return value == of_key[0]; }))
      continue;
    HtmlColumn column{key, {}};
    column.cells.reserve(runs.size());
    for (const auto& value : of_key)
      column.cells.push_back(value ? "<code>" + markup_text(*value) + "</code>"
                                   : "<span class=\"faint\">not set</span>");
    columns.push_back(std::move(column));
  }
  if (columns.size() == 1)
    return "<p>The recipes do not differ, but perhaps in what they report and expect.</p>\n";
  return html_table("Keys of the recipes that differ", columns, runs.size() <= most_upright_runs);
}

}  // namespace scrawl
