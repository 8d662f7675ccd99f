#include "base/free_memory.h"

#include "scrawl/error.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string_view>

#include <sys/resource.h>
#include <unistd.h>

namespace scrawl {
namespace {

using Amount = std::optional<std::uint64_t>;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The number that a line "KEY NUMBER" or "KEY: NUMBER" gives; of a text without key, its first word.
Amount number_after(std::string_view text, std::string_view key) {
  std::size_t at = 0;
  if (!key.empty()) {
    at = text.starts_with(key) ? 0 : text.find("\n" + std::string(key));
    if (at == text.npos) return std::nullopt;
    at += key.size() + (at > 0 ? 1 : 0);
  }
  at = text.find_first_not_of(" \t", at);
  if (at == text.npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return problem == std::errc() ? Amount(number) : std::nullopt;  // such as "max"
}

std::uint64_t left_of(std::uint64_t limit, std::uint64_t used) { return limit > used ? limit - used : 0; }

Amount left_by_system() {
  constexpr std::uint64_t kibibyte = 1024;
  const std::string text = text_of("/proc/meminfo");
  const Amount available = number_after(text, "MemAvailable:");
  if (!available) return std::nullopt;
  return kibibyte * (*available + number_after(text, "SwapFree:").value_or(0));
}

/// The least that the groups from this one (version 2) or the group's (version 1) limits leave. What caches
/// files does not count: the kernel gives it back.
Amount left_by_control_group() {
  Amount least;
  const auto take = [&](const std::string& folder, const char* limit_name, const char* used_key) {
    const Amount limit = number_after(text_of(folder + limit_name), "");
    const Amount used = number_after(text_of(folder + "/memory.stat"), used_key);
    if (limit && used) least = std::min(least.value_or(*limit), left_of(*limit, *used));
  };
  std::istringstream groups(text_of("/proc/self/cgroup"));
  for (std::string line; std::getline(groups, line);) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    std::string group(fields[2]);
    const bool is_second = fields[0] == "0";
    if (!is_second && fields[1] != "memory") continue;
    while (true) {
      while (group.ends_with('/')) group.pop_back();
      take((is_second ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory") + group,
           is_second ? "/memory.max" : "/memory.limit_in_bytes", is_second ? "anon " : "rss ");
      if (group.empty()) break;
      group.resize(group.rfind('/') == group.npos ? 0 : group.rfind('/'));
    }
  }
  return least;
}

Amount left_by_own_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  const Amount pages = number_after(text_of("/proc/self/statm"), "");
  const long page = ::sysconf(_SC_PAGESIZE);
  if (!pages || page <= 0) return std::nullopt;
  return left_of(limit.rlim_cur, *pages * static_cast<std::uint64_t>(page));
}

/// "6.1 GB" or "300 MB", rounded so that what is needed is not less than what is free.
std::string amount_text(double bytes, bool up) {
  const bool is_large = bytes >= 1e9;
  const double tenths = bytes / (is_large ? 1e8 : 1e6);
  const auto whole = static_cast<std::uint64_t>(std::min(up ? std::ceil(tenths) : std::floor(tenths), 1e18));
  if (!is_large) return std::to_string(whole) + " MB";
  return grouped(std::to_string(whole / 10)) + "." + std::to_string(whole % 10) + " GB";
}

}  // namespace

std::optional<std::uint64_t> free_memory() {
  Amount least;
  for (const Amount& amount : {left_by_system(), left_by_control_group(), left_by_own_limit()})
    if (amount) least = std::min(least.value_or(*amount), *amount);
  return least;
}

void require_memory(double bytes, const std::string& what, const std::string& remedy,
                    const std::string& file) {
  constexpr double too_small_to_ask = 64.0 * 1024 * 1024;
  if (bytes < too_small_to_ask) return;
  const Amount left = free_memory();
  if (!left || bytes <= static_cast<double>(*left)) return;
  const std::string message = what + " needs " + amount_text(bytes, true) + " of memory, and " +
                              amount_text(static_cast<double>(*left), false) + " are free; " + remedy;
  if (file.empty()) throw Error(ErrorCode::io, message);
  throw Error(ErrorCode::io, message, file);
}

}  // namespace scrawl
