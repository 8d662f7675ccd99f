#include "train/event_log.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "image/png.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <unistd.h>

namespace scrawl {
namespace {

constexpr std::uint64_t log_parts = 1000;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Kept {
  std::vector<EventRecord> records;  ///< of steps up to the last to be kept
  bool is_lacking = false;           ///< they end too early, and not because the file was deleted
};

/// `part_of` maps a step to its part; only the first record of each part is logged.
template <class PartOf>
Kept keep(const std::filesystem::path& path, std::uint64_t last_step, std::uint64_t last_row,
          const PartOf& part_of) {
  if (last_step == 0 || !file_exists(path)) return {};
  const Bytes bytes = read_file(path);
  Kept kept{.records = scan_events(bytes)};
  auto& records = kept.records;
  const bool is_damaged = records.empty() || records.back().end != bytes.size();
  const auto later = [&](const EventRecord& record) { return std::cmp_greater(record.step, last_step); };
  records.erase(std::find_if(records.begin(), records.end(), later), records.end());
  const auto last = records.empty() ? 0 : static_cast<std::uint64_t>(records.back().step);
  kept.is_lacking = part_of(last) < part_of(last_row) && (last > 0 || is_damaged);
  return kept;
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& path, std::uint64_t last_step, std::uint64_t steps,
                   std::uint64_t last_row)
    : path_(path), steps_(steps) {
  const auto [kept, is_lacking] =
      keep(path, last_step, last_row, [this](std::uint64_t step) { return part_of(step); });
  is_new_ = kept.empty();
  if (is_lacking)
    throw Error(
        ErrorCode::bad_data,
        "the events from here to step " + std::to_string(last_row) +
            " are damaged or missing; replace the file with an intact copy, or delete it to resume without "
            "the events before the checkpoint",
        path.string(), is_new_ ? 0 : kept.back().end);
  file_.reset(std::fopen(path.c_str(), "ae"));
  if (!file_) fail("open");
  // Truncate in place: TensorBoard may have the file open.
  if (::ftruncate(::fileno(file_.get()), is_new_ ? 0 : static_cast<off_t>(kept.back().end)) != 0)
    fail("shorten");
  if (is_new_)
    write({.file_version = event_file_version});
  else
    last_part_ = part_of(static_cast<std::uint64_t>(kept.back().step));
}

void EventLog::add(const Record& record) {
  const auto& accuracies = record.accuracies;
  const bool evaluated = std::any_of(accuracies.begin(), accuracies.end(), [](const auto& a) { return a; });
  const std::uint64_t part = part_of(record.step);
  if (!evaluated && part == last_part_ && record.step != steps_) return;
  last_part_ = part;
  Event event{.step = static_cast<std::int64_t>(record.step)};
  const auto scalar = [&](std::string tag, double value) {
    event.scalars.push_back({std::move(tag), static_cast<float>(value)});
  };
  scalar("loss", record.loss);
  scalar("learning_rate", record.learning_rate);
  scalar("epoch", record.epoch);
  scalar("accuracy/batch", record.batch_accuracy);
  for (const Part which : {Part::train, Part::validation, Part::test})
    if (const auto& accuracy = accuracies[static_cast<std::size_t>(which)])
      scalar("accuracy/" + std::string(to_string(which)), *accuracy);
  write(std::move(event));
}

void EventLog::add_image(const std::string& tag, std::uint64_t step, const GreyImage& image) {
  write({.step = static_cast<std::int64_t>(step),
         .images = {{.tag = tag, .width = image.width, .height = image.height, .png = encode_png(image)}}});
}

void EventLog::sync() {
  if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) fail("write");
}

/// The thousandth of the run that contains the step, from 1; 0 before the first step.
std::uint64_t EventLog::part_of(std::uint64_t step) const { return (step * log_parts + steps_ - 1) / steps_; }

void EventLog::write(Event event) {
  event.wall_time = seconds_since_1970();
  const Bytes record = encode_event(event);
  if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size()) fail("write");
}

void EventLog::fail(const char* doing) const {
  throw Error(ErrorCode::io,
              std::string("cannot ") + doing + " TensorBoard's log of the run: " + reason_of(errno),
              path_.string());
}

}  // namespace scrawl
