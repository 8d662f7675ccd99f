#include "train/metrics.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

namespace scrawl {
namespace {

constexpr std::string_view header =
    "step,epoch,learning_rate,loss,batch_accuracy,train_accuracy,validation_accuracy,test_accuracy\n";
constexpr double MetricsRow::*columns[] = {
    &MetricsRow::step,           &MetricsRow::epoch, &MetricsRow::learning_rate, &MetricsRow::loss,
    &MetricsRow::batch_accuracy, &MetricsRow::train, &MetricsRow::validation,    &MetricsRow::test};
constexpr std::size_t first_mean = 3;  // the loss; step, epoch and learning rate are the same in each member
constexpr std::size_t first_accuracy = 5;  // from here fields may be empty
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 32;

std::string row(const Record& record) {
  std::string text = std::to_string(record.step);
  const auto add = [&](auto value) { text += "," + shortest(value); };
  add(record.epoch);
  add(static_cast<float>(record.learning_rate));
  add(static_cast<float>(record.loss));
  add(static_cast<float>(record.batch_accuracy));
  for (const auto& accuracy : record.accuracies)
    text += "," + (accuracy ? shortest(*accuracy) : std::string());
  return text + "\n";
}

std::optional<MetricsRow> parse_row(std::string_view text) {
  // Ten times the longest row that scrawl writes; limits the memory for fields.
  constexpr std::size_t longest_row = 4096;
  if (text.size() > longest_row) return {};
  const auto fields = split(text, ',');
  if (fields.size() != std::size(columns)) return {};
  MetricsRow row;
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (fields[f].empty() && f >= first_accuracy) continue;
    const auto value = parse_number<double>(fields[f]);
    if (!value) return {};
    row.*columns[f] = *value;
  }
  return row;
}

Error damaged(const std::filesystem::path& path, std::string_view before, const std::string& what) {
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  return {ErrorCode::bad_data,
          fmt::format("line {} {}; repair the file, or delete it to continue without its rows", line, what),
          path.string()};
}

/// Calls use(row) for each complete row up to step `last_row`. Returns the part of the text that was used.
template <class Use>
std::string_view read_rows(std::string_view text, const std::filesystem::path& path, double last_row,
                           const Use& use) {
  if (text.empty()) return text;
  if (!text.starts_with(header)) throw damaged(path, "", "is not the header that scrawl writes");
  MetricsRow row;
  std::size_t at = header.size();
  while (row.step < last_row) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    const auto fail = [&](const std::string& what) { return damaged(path, text.substr(0, at), what); };
    const auto next = parse_row(text.substr(at, end - at));
    if (!next) throw fail("is damaged: '" + printable(text.substr(at, end - at)) + "'");
    if (!(next->step > row.step && next->step <= last_row && next->step == std::floor(next->step)))
      throw fail(fmt::format("has step {}; expected a step after {} and up to {:.0f}", next->step, row.step,
                             last_row));
    if (!(next->epoch >= row.epoch && std::isfinite(next->epoch)))
      throw fail("has an epoch that is invalid or goes backwards");
    use(row = *next);
    at = end + 1;
  }
  return text.substr(0, at);
}

std::string rows_up_to(const std::filesystem::path& path, std::uint64_t last_row) {
  if (last_row == 0 || !file_exists(path)) return std::string(header);
  const std::string all = read_text_file(path, most_bytes);
  double step = 0;
  const auto last = static_cast<double>(last_row);
  const auto kept = read_rows(all, path, last, [&](const MetricsRow& row) { step = row.step; });
  if (step == 0 && kept.size() == all.size()) return std::string(header);
  if (step < last)
    throw damaged(path, kept,
                  "is missing or cut off: the checkpoint comes after step " + std::to_string(last_row));
  return std::string(kept);
}

}  // namespace

std::vector<MetricsRow> read_metrics(const std::filesystem::path& path, std::uint64_t most) {
  const std::string text = read_text_file(path, most);
  std::vector<MetricsRow> rows;
  rows.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  constexpr double last_whole_number = 0x1p53;  // of a double
  read_rows(text, path, last_whole_number, [&](const MetricsRow& row) { rows.push_back(row); });
  return rows;
}

void write_mean_metrics(const std::filesystem::path& path,
                        const std::vector<std::filesystem::path>& members) {
  std::vector<MetricsRow> sums = read_metrics(members[0], most_bytes);
  for (std::size_t k = 1; k < members.size(); ++k) {
    const auto rows = read_metrics(members[k], most_bytes);
    if (!std::equal(rows.begin(), rows.end(), sums.begin(), sums.end(),
                    [](const MetricsRow& a, const MetricsRow& b) { return a.step == b.step; }))
      throw Error(
          ErrorCode::bad_data,
          "does not have the rows of the first member; delete the folder, and --resume trains it again",
          members[k].string());
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (std::size_t f = first_mean; f < std::size(columns); ++f)
        sums[r].*columns[f] += rows[r].*columns[f];
  }
  std::string mean(header);
  for (const auto& sum : sums) {
    mean += std::to_string(static_cast<std::uint64_t>(sum.step)) + "," + shortest(sum.epoch) + "," +
            shortest(static_cast<float>(sum.learning_rate));
    for (std::size_t f = first_mean; f < std::size(columns); ++f) {
      const double value = sum.*columns[f] / static_cast<double>(members.size());
      mean += "," + (std::isnan(value) ? "" : shortest(static_cast<float>(value)));
    }
    mean += '\n';
  }
  write_file(path, mean);
}

MetricsFile::MetricsFile(const std::filesystem::path& path, std::uint64_t last_row)
    : path_(path), file_(nullptr) {
  write_file(path, rows_up_to(path, last_row));
  file_ = std::fopen(path.c_str(), "ae");
  if (!file_) throw Error(ErrorCode::io, "cannot open: " + reason_of(errno), path.string());
}

MetricsFile::~MetricsFile() {
  if (file_) std::fclose(file_);
}

void MetricsFile::add(const Record& record) {
  const std::string text = row(record);
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size())
    throw Error(ErrorCode::io, "cannot write: " + reason_of(errno), path_.string());
}

void MetricsFile::sync() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0)
    throw Error(ErrorCode::io, "cannot write: " + reason_of(errno), path_.string());
}

}  // namespace scrawl
