#include "train/metrics.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "base/text.h"

#include <cerrno>
#include <charconv>
#include <cstring>

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

std::string rows_up_to(const std::filesystem::path& path, std::uint64_t last_step) {
  std::string kept(header);
  if (!file_exists(path)) return kept;
  const std::string all = read_text_file(path, most_bytes);
  std::size_t at = all.find('\n');
  while (at != std::string::npos && at + 1 < all.size()) {
    const std::size_t begin = at + 1;
    at = all.find('\n', begin);
    std::uint64_t step = 0;
    const auto [end, status] = std::from_chars(all.data() + begin, all.data() + all.size(), step);
    if (at == std::string::npos || status != std::errc{} || *end != ',' || step > last_step) break;
    kept.append(all, begin, at + 1 - begin);
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

MetricsFile::MetricsFile(const std::filesystem::path& path, std::uint64_t last_step)
    : path_(path), file_(nullptr) {
  write_file(path, rows_up_to(path, last_step));
  file_ = std::fopen(path.c_str(), "ae");
  if (!file_) throw Error(ErrorCode::io, std::string("cannot open: ") + std::strerror(errno), path.string());
}

MetricsFile::~MetricsFile() {
  if (file_) std::fclose(file_);
}

void MetricsFile::add(const Record& record) {
  const std::string text = row(record);
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size())
    throw Error(ErrorCode::io, std::string("cannot write: ") + std::strerror(errno), path_.string());
}

void MetricsFile::sync() {
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0)
    throw Error(ErrorCode::io, std::string("cannot write: ") + std::strerror(errno), path_.string());
}

}  // namespace scrawl
