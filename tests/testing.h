#pragma once

#include "scrawl/error.h"

#include "base/environment.h"
#include "base/temporaries.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

/// What the tests of several folders need.
namespace scrawl::test {

/// A new empty folder, removed with all that it holds at the end.
class TempFolder {
 public:
  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path() / name; }

 private:
  TemporaryFolder folder_;
};

/// Sets an environment variable (or unsets it, for nullopt) and restores it at the end.
class EnvironmentGuard {
 public:
  EnvironmentGuard(std::string name, const std::optional<std::string>& value) : name_(std::move(name)) {
    if (const char* old = ::getenv(name_.c_str())) old_ = old;
    set(value);
  }
  ~EnvironmentGuard() { set(old_); }
  EnvironmentGuard(const EnvironmentGuard&) = delete;
  EnvironmentGuard& operator=(const EnvironmentGuard&) = delete;

 private:
  void set(const std::optional<std::string>& value) {
    if (value)
      ::setenv(name_.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name_.c_str());
  }

  std::string name_;
  std::optional<std::string> old_;
};

/// The Error that `action` throws. A test that gets none, or another exception, fails.
template <class Action>
Error error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& other) {
    ADD_FAILURE() << "not a scrawl::Error: " << other.what();
    return {ErrorCode::io, ""};
  }
  ADD_FAILURE() << "no error was thrown";
  return {ErrorCode::io, ""};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// EXPECT_TRUE(mentions(error, {"train-images", "byte 4"})): every part stands in the message.
inline ::testing::AssertionResult mentions(const Error& error, const std::vector<std::string_view>& parts) {
  for (const auto part : parts)
    if (!contains(error.what(), part))
      return ::testing::AssertionFailure() << "'" << part << "' is not in: " << error.what();
  return ::testing::AssertionSuccess();
}

/// A copy of the text's bytes.
inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace scrawl::test
