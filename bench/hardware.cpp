// The limits of this machine, which scrawl's speed is measured against.
#include "scrawl/error.h"

#include "bench/machine.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace scrawl::bench {
namespace {

struct Figure {
  std::string key;
  std::string text;
  const char* unit;
  double value;
};

std::vector<Figure> measure() {
  std::vector<Figure> figures;
  const auto targets = supported_targets();
  const Target widest = targets.back();
  const bool has_avx2 = std::find(targets.begin(), targets.end(), Target::avx2) != targets.end();
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  for (const std::size_t threads : {std::size_t{1}, cores}) {
    if (threads == 1 && !figures.empty()) break;  // one core
    ThreadPool pool(threads);
    const OwnCores own_cores(pool);
    const std::string suffix = "_" + std::to_string(threads);
    const std::string on = threads == 1 ? ", 1 thread" : ", " + std::to_string(threads) + " threads";
    const auto add = [&](const std::string& key, const std::string& text, const char* unit, double value) {
      figures.push_back({key + suffix, text + on, unit, value});
    };
    add("fma_gflops", "float32 multiply-adds (" + std::string(to_string(widest)) + ")", "GFLOP/s",
        fma_gflops(widest, pool));
    if (has_avx2) add("fma256_gflops", "the same, 256 bit", "GFLOP/s", fma_gflops(Target::avx2, pool));
    for (const Level level : levels) {
      const char* keys[] = {"l1_gbs", "l2_gbs", "l3_gbs", "memory_gbs"};
      add(keys[static_cast<std::size_t>(level)], std::string("reading from ") + to_string(level), "GB/s",
          read_gbs(level, widest, pool));
    }
    if (threads == cores) {
      figures.push_back({"fork_join_us", "empty parallel region" + on, "us", fork_join_us(pool)});
      figures.push_back({"wake_us", "the same, waking sleeping threads", "us", wake_us(pool)});
    }
  }
  return figures;
}

/// The best of some rounds: other load may spoil all windows of a moment.
std::vector<Figure> best_figures() {
  auto best = measure();
  for (int round = 1; round < 3; ++round) {
    const auto figures = measure();
    for (std::size_t i = 0; i < figures.size(); ++i) {
      const bool is_time = std::string_view(figures[i].unit) == "us";
      best[i].value =
          is_time ? std::min(best[i].value, figures[i].value) : std::max(best[i].value, figures[i].value);
    }
  }
  return best;
}

void print_table(const std::vector<Figure>& figures) {
  for (const auto& figure : figures)
    std::printf("%-40s %9.*f %s\n", figure.text.c_str(), figure.value < 100 ? 2 : 0, figure.value,
                figure.unit);
}

void print_json(const std::vector<Figure>& figures) {
  const char* separator = "{";
  for (const auto& figure : figures) {
    std::printf("%s\"%s\": %.4g", separator, figure.key.c_str(), figure.value);
    separator = ", ";
  }
  std::printf("}\n");
}

}  // namespace
}  // namespace scrawl::bench

int main(int argc, char** argv) {
  const std::string_view option = argc > 1 ? argv[1] : "";
  if (argc > 2 || (argc == 2 && option != "--json")) {
    const bool help = argc == 2 && option == "--help";
    std::fprintf(help ? stdout : stderr,
                 "Usage: hardware [--json]\n\nMeasures, in some seconds, what this machine can do at best.\n"
                 "  --json  print one JSON object; the end of a key is the number of threads\n");
    return help ? 0 : 2;
  }
  try {
    const auto figures = scrawl::bench::best_figures();
    if (option == "--json")
      scrawl::bench::print_json(figures);
    else
      scrawl::bench::print_table(figures);
  } catch (const scrawl::Error& error) {
    std::fprintf(stderr, "hardware: %s\n", error.what());
    return 1;
  }
}
