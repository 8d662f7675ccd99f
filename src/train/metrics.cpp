#include "train/metrics.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include <unistd.h>

namespace scrawl {
namespace {

constexpr std::string_view header =
    "step,epoch,learning_rate,loss,batch_accuracy,train_accuracy,validation_accuracy,test_accuracy\n";

constexpr std::size_t first_mean = 3;  // the loss; step, epoch and learning rate are those of each member
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

/// The step of a row that is whole, or nothing.
std::optional<std::uint64_t> step_of(std::string_view row) {
  constexpr std::size_t first_accuracy = 5;  // where a field may be empty
  const auto fields = split(row, ',');
  if (fields.size() != static_cast<std::size_t>(std::count(header.begin(), header.end(), ',')) + 1)
    return std::nullopt;
  const auto reads = [](std::string_view field, auto& value) {
    const auto [end, status] = std::from_chars(field.data(), field.data() + field.size(), value);
    return status == std::errc{} && end == field.data() + field.size();
  };
  std::uint64_t step = 0;
  if (!reads(fields[0], step)) return std::nullopt;
  for (std::size_t f = 1; f < fields.size(); ++f)
    if (double value = 0; !reads(fields[f], value) && (f < first_accuracy || !fields[f].empty()))
      return std::nullopt;
  return step;
}

std::string rows_up_to(const std::filesystem::path& path, std::uint64_t last_row) {
  std::string kept(header);
  if (last_row == 0 || !file_exists(path)) return kept;
  const std::string all = read_text_file(path, most_bytes);
  std::size_t line = 1;
  const auto damaged = [&](const std::string& what) {
    return Error(ErrorCode::bad_data,
                 "line " + std::to_string(line) + " " + what +
                     "; mend the file, or delete it to resume without the rows before the checkpoint",
                 path.string());
  };
  if (!all.starts_with(header)) throw damaged("is not the header that scrawl writes");
  std::uint64_t step = 0;
  for (std::size_t at = header.size(); step < last_row;) {
    ++line;
    if (at == all.size()) {
      if (step == 0) break;
      throw damaged("is missing: the checkpoint comes after step " + std::to_string(last_row));
    }
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const auto next = step_of(std::string_view(all).substr(at, end - at));
    if (!next || end == all.size()) throw damaged("is damaged");
    if (*next <= step || *next > last_row)
      throw damaged("is of step " + std::to_string(*next) + ", where one after step " + std::to_string(step) +
                    " and up to step " + std::to_string(last_row) + " is expected");
    step = *next;
    kept.append(all, at, end + 1 - at);
    at = end + 1;
  }
  return kept;
}

}  // namespace

void write_mean_metrics(const std::filesystem::path& path,
                        const std::vector<std::filesystem::path>& members) {
  std::vector<std::string> texts;
  texts.reserve(members.size());
  for (const auto& member : members) texts.push_back(read_text_file(member, most_bytes));
  std::vector<std::size_t> places(members.size(), header.size());
  const auto damaged = [&](std::size_t k) {
    return Error(
        ErrorCode::bad_data,
        "does not have the rows of the first member; delete the folder, and --resume trains it again",
        members[k].string());
  };
  std::string mean(header);
  while (places[0] < texts[0].size()) {
    std::vector<std::string> fields;  // of the first member; then the means
    std::vector<double> sums;
    for (std::size_t k = 0; k < members.size(); ++k) {
      const std::size_t end = texts[k].find('\n', places[k]);
      if (end == std::string::npos) throw damaged(k);
      const auto row = split(std::string_view(texts[k]).substr(places[k], end - places[k]), ',');
      places[k] = end + 1;
      if (k == 0) {
        fields.assign(row.begin(), row.end());
        sums.resize(row.size());
      }
      if (row.size() != fields.size() || row[0] != fields[0]) throw damaged(k);
      for (std::size_t f = first_mean; f < row.size(); ++f) {
        double value = 0;
        std::from_chars(row[f].data(), row[f].data() + row[f].size(), value);
        sums[f] += value;
      }
    }
    for (std::size_t f = first_mean; f < fields.size(); ++f)
      if (!fields[f].empty())
        fields[f] = shortest(static_cast<float>(sums[f] / static_cast<double>(members.size())));
    for (std::size_t f = 0; f < fields.size(); ++f) mean += (f == 0 ? "" : ",") + fields[f];
    mean += '\n';
  }
  for (std::size_t k = 0; k < members.size(); ++k)
    if (places[k] != texts[k].size()) throw damaged(k);
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
