#pragma once

#include "base/files.h"
#include "base/process.h"
#include "testing.h"

#include <string_view>

namespace scrawl::test {

inline bool has_gnuplot() { return run_process({"gnuplot", "--version"}).exit_code == 0; }

/// Whether Python's parser accepts the XML. True where there is no Python.
inline ::testing::AssertionResult is_xml(std::string_view xml) {
  const TempFolder folder;
  write_file(folder / "file.xml", xml);
  const auto result = run_process(
      {"python3", "-c", "import xml.dom.minidom; xml.dom.minidom.parse('file.xml')"}, folder.path());
  if (result.exit_code == 0 || result.exit_code == 127) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.output;
}

/// Width and height from a PNG file's header.
inline std::pair<std::size_t, std::size_t> png_size(const Bytes& png) {
  const auto number = [&](std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value * 256 + std::to_integer<std::size_t>(png.at(at + i));
    return value;
  };
  return {number(16), number(20)};
}

/// Names that mean something to gnuplot, to its enhanced texts, to shells or to markup.
inline const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names = {"a\"b'c`touch hacked`",
                                                 "{/Symbol a}",
                                                 "$(touch hacked)",
                                                 "two\nlines",
                                                 "\xff\xfe",
                                                 "<script>alert(1)</script>",
                                                 "&amp; a_b^2@x",
                                                 "'; system('touch hacked'); '",
                                                 "back\\slash\\",
                                                 "}{",
                                                 "# no comment",
                                                 ""};
  return names;
}

}  // namespace scrawl::test
