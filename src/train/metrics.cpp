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
  if (!std::filesystem::exists(path)) return kept;
  const std::string all = read_text_file(path, std::uint64_t{1} << 32);
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
