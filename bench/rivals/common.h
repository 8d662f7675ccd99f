// The command line, the clock and the line of results that the rival programs share. Each rival holds only
// the networks themselves, written as a competent user of its library would write them.
#pragma once

#include "mnist.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rivals {

struct Options {
  std::string system;
  std::filesystem::path data;
  std::uint64_t seed = 1;
  int threads = 1;
};

inline std::filesystem::path default_data() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) {
    return std::filesystem::path(cache) / "scrawl" / "mnist";
  }
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home && *home ? home : ".") / ".cache" / "scrawl" / "mnist";
}

inline std::uint64_t parse_number(std::string_view option, const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
    throw std::runtime_error(std::string(option) + ": not a number: '" + text + "'");
  }
  return std::stoull(text);
}

inline Options parse_options(int argc, char** argv) {
  Options options{.system = {}, .data = default_data()};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (!argument.starts_with("--")) {
      if (!options.system.empty()) throw std::runtime_error("more than one system given: " + argument);
      options.system = argument;
      continue;
    }
    if (i + 1 == argc) throw std::runtime_error(argument + ": unknown option, or its value is missing");
    const std::string value = argv[++i];
    if (argument == "--data") {
      options.data = value;
    } else if (argument == "--seed") {
      options.seed = parse_number(argument, value);
    } else if (argument == "--threads") {
      options.threads = static_cast<int>(std::clamp<std::uint64_t>(parse_number(argument, value), 1, 256));
    } else {
      throw std::runtime_error("unknown option " + argument);
    }
  }
  return options;
}

// Adds the seconds between start() and stop() to a total.
class Stopwatch {
 public:
  void start() { start_ = Clock::now(); }
  void stop() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  double seconds() const { return seconds_; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_{};
  double seconds_ = 0;
};

struct Result {
  int steps = 0;
  // The steps, with drawing and gathering their batches, and the losses that the recipe keeps.
  Stopwatch stepping;
  Stopwatch evaluating;  // the accuracies that the recipe asks for on the way; not the final test
  double test_accuracy = 0;
  std::vector<float> losses;
  std::vector<double> accuracies;
};

struct System {
  std::string_view name;
  Result (*train)(const Options&);
};

inline void print(const char* rival, const Options& options, const Result& result) {
  const double steps = result.stepping.seconds();
  const double evaluation = result.evaluating.seconds();
  std::printf(
      "{\"rival\":\"%s\",\"recipe\":\"%s\",\"seed\":%llu,\"threads\":%d,\"steps\":%d,\"train_seconds\":%.6f,"
      "\"steps_seconds\":%.6f,\"evaluation_seconds\":%.6f,\"test_accuracy\":%.4f,\"final_loss\":%.6f}\n",
      rival, options.system.c_str(), static_cast<unsigned long long>(options.seed), options.threads,
      result.steps, steps + evaluation, steps, evaluation, result.test_accuracy,
      static_cast<double>(result.losses.back()));
}

// Runs the system that the command line names and prints one line of JSON. `set_threads` configures the
// library.
inline int run(const char* rival, int argc, char** argv, const std::array<System, 5>& systems,
               void (*set_threads)(int)) {
  try {
    const Options options = parse_options(argc, argv);
    const auto system = std::find_if(systems.begin(), systems.end(), [&](const System& candidate) {
      return candidate.name == options.system;
    });
    if (system == systems.end()) {
      std::string message = "the first argument must be a system:";
      for (const System& known : systems) message.append(" ").append(known.name);
      throw std::runtime_error(message);
    }
    set_threads(options.threads);
    print(rival, options, system->train(options));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rival-%s: %s\n", rival, error.what());
    return 1;
  }
}

}  // namespace rivals
