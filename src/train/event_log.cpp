#include "train/event_log.h"

#include "scrawl/error.h"

#include "base/files.h"
#include "image/png.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace scrawl {
namespace {

constexpr std::uint64_t parts = 1000;

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// The records of the file that belong to steps up to `last_step`, from the beginning.
std::vector<EventRecord> records_up_to(const std::filesystem::path& path, std::uint64_t last_step) {
  if (last_step == 0 || !file_exists(path)) return {};
  auto records = scan_events(read_file(path));
  const auto later = [&](const EventRecord& record) { return std::cmp_greater(record.step, last_step); };
  records.erase(std::find_if(records.begin(), records.end(), later), records.end());
  return records;
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& path, std::uint64_t last_step, std::uint64_t steps)
    : path_(path), steps_(steps) {
  const auto kept = records_up_to(path, last_step);
  is_new_ = kept.empty();
  file_.reset(std::fopen(path.c_str(), "ae"));
  if (!file_) fail("open");
  // Cut in place: a TensorBoard that is watching has the file open.
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

/// Which thousandth of the run the step belongs to, from 1; 0 is what comes before the first step.
std::uint64_t EventLog::part_of(std::uint64_t step) const { return (step * parts + steps_ - 1) / steps_; }

void EventLog::write(Event event) {
  event.wall_time = seconds_since_1970();
  const Bytes record = encode_event(event);
  if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size()) fail("write");
}

void EventLog::fail(const char* doing) const {
  throw Error(ErrorCode::io,
              std::string("cannot ") + doing + " TensorBoard's log of the run: " + std::strerror(errno),
              path_.string());
}

}  // namespace scrawl
