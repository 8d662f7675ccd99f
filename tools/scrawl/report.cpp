#include "scrawl/report.h"

#include "scrawl/error.h"

#include "base/file_system.h"
#include "command.h"
#include "output.h"
#include "output_file.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace scrawl::tool {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
  std::vector<fs::path> runs;
  fs::path out;
  bool overwrite = false;
};

/// Of `runs/*`, which may hold other things too, those that are runs. What is not there at all is an error.
std::vector<fs::path> only_runs(const std::vector<fs::path>& paths) {
  std::vector<fs::path> runs;
  std::vector<fs::path> others;
  for (const auto& path : paths) {
    const bool is_other = file_exists(path) && !holds_run(path);
    (is_other ? others : runs).push_back(path);
  }
  if (runs.empty()) return paths;
  for (const auto& other : others) print_message(other.string() + ": is not a run; skipped");
  return runs;
}

int report(const ReportArguments& arguments) {
  const auto runs = only_runs(arguments.runs);
  fs::path out = arguments.out;
  if (out.empty())
    out = arguments.runs.size() == 1 ? arguments.runs[0] / "report.html" : fs::path("report.html");
  check_output(out, {}, arguments.overwrite);
  const ReportPage page = report_page(runs);
  if (page.missing) print_message(std::string("no curves: ") + page.missing->what());
  write_report(out, page);
  print_line(out.string());
  return success;
}

}  // namespace

void add_report(CommandLine& line) {
  auto arguments = std::make_shared<ReportArguments>();
  auto* command = line.add(
      line.app, "report", "Show and compare training runs in one HTML page",
      {.notes =
           "The page contains a table of the runs, the differences between their recipes, their curves in "
           "one\n"
           "figure, and the pictures of each run. It is a single file and needs no network. The command\n"
           "prints its name.\n",
       .examples = "  scrawl report runs/two-layer\n"
                   "  scrawl report runs/* -o comparison.html\n"});
  add_value(command, "runs", "RUN", arguments->runs, "Folders of runs, such as runs/two-layer")->required();
  add_value(command, "-o,--output", "FILE", arguments->out,
            "The page to write (default: report.html, in the run's folder if there is only one)");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an existing page");
  command->callback([arguments, &line] { line.status = report(*arguments); });
}

}  // namespace scrawl::tool
