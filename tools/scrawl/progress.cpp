#include "progress.h"

#include "base/environment.h"
#include "output.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace scrawl::tool {
namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string rate(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f} M images/s", per_second / 1e6);
  if (per_second >= 1e3) return fmt::format("{:.0f} k images/s", per_second / 1e3);
  return fmt::format("{:.1f} images/s", per_second);
}

/// A terminal that cannot take a line back.
bool is_dumb_terminal() { return environment("TERM").value_or("dumb") == "dumb"; }

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(bool enabled)
    : enabled_(enabled),
      terminal_(::isatty(STDERR_FILENO) != 0 && !is_dumb_terminal()),
      started_(Clock::now()),
      drawn_(started_) {}

void Progress::start(const Trainer& trainer, std::uint64_t first_step) {
  first_step_ = first_step;
  batch_ = trainer.batch();
  started_ = drawn_ = looked_ = Clock::now();
}

void Progress::record(const Record& record) {
  has_record_ = true;
  loss_ = record.loss;
  accuracy_ = record.batch_accuracy;
  accuracy_of_ = "batch";
  for (const auto part : {Part::train, Part::validation, Part::test}) {
    if (const auto& accuracy = record.accuracies[static_cast<std::size_t>(part)]) {
      accuracy_ = *accuracy;
      accuracy_of_ = to_string(part);
    }
  }
}

std::string Progress::status(const StepInfo& info, double seconds) const {
  const double done = static_cast<double>(info.step - first_step_);
  const double per_second = seconds > 0 ? done / seconds : 0;
  const double left = per_second > 0 ? static_cast<double>(info.steps - info.step) / per_second : 0;
  std::string measured;
  if (has_record_) measured = fmt::format("  loss {:.4f}  {} {}", loss_, accuracy_of_, percent(accuracy_, 1));
  return fmt::format("{:3.0f} %  {}{}  {} left",
                     100.0 * static_cast<double>(info.step) / static_cast<double>(info.steps),
                     rate(per_second * static_cast<double>(batch_)), measured, duration(left));
}

void Progress::step(const StepInfo& info) {
  if (!enabled_ || --steps_left_ > 0) return;
  const auto now = Clock::now();
  // About every millisecond: a look at the clock takes as long as a tenth of the shortest steps.
  stride_ =
      now - looked_ < std::chrono::milliseconds(1) ? std::min(2 * stride_, 4096) : std::max(stride_ / 2, 1);
  steps_left_ = stride_;
  looked_ = now;
  if (!is_due(now)) return;
  const std::string text = status(info, std::chrono::duration<double>(now - started_).count());
  draw(static_cast<double>(info.step) / static_cast<double>(info.steps),
       fmt::format("step {} of {}: {}", grouped(info.step), grouped(info.steps), text), text);
}

void Progress::show(double share) {
  const auto now = Clock::now();
  if (!enabled_ || !is_due(now)) return;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  const std::string text =
      fmt::format("{:3.0f} %  {} left", 100 * share, duration(share > 0 ? seconds / share - seconds : 0));
  draw(share, text, text);
}

bool Progress::is_due(Clock::time_point now) {
  const auto since = std::chrono::duration<double>(now - drawn_).count();
  if (since < (terminal_ ? 0.1 : 10.0)) return false;
  drawn_ = now;
  return true;
}

void Progress::draw(double share, const std::string& plain, const std::string& text) {
  if (!terminal_) {
    print_message(plain);
    return;
  }
  const std::size_t width = terminal_width();
  std::string line = text.substr(0, width - 1);
  if (width > text.size() + 14) {
    const std::size_t cells = std::min<std::size_t>(width - text.size() - 6, 40);
    const auto filled = static_cast<std::size_t>(static_cast<double>(cells) * share);
    line = "[" + std::string(filled, '#') + std::string(cells - filled, '.') + "] " + text;
  }
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace scrawl::tool
