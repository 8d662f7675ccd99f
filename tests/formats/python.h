#pragma once

#include "base/files.h"
#include "base/process.h"
#include "formats/tensor.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// Files as Python's own libraries write them, for tests that are skipped where there is no Python.
namespace scrawl::test {

/// The first interpreter that can import the module, or "".
inline std::string python_with(const std::string& module) {
  for (const char* python : {"python3", "/usr/bin/python3"})
    if (run_process({python, "-c", "import " + module}).exit_code == 0) return python;
  return {};
}

/// Runs a script in a folder; a failure of it fails the test.
inline void run_python(const std::string& python, const std::string& script,
                       const std::filesystem::path& folder) {
  write_file(folder / "script.py", script);
  const auto result = run_process({python, "script.py"}, folder);
  ASSERT_EQ(result.exit_code, 0) << result.output;
}

/// "NAME F32 (3, 4) 00112233..." with the values as hexadecimal bytes.
inline std::string line_of(const TensorView& tensor) {
  constexpr const char* digits = "0123456789abcdef";
  std::string line = tensor.name + " " + tensor.dtype + " " + shape_text(tensor.shape) + " ";
  for (const std::byte byte : tensor.data) {
    line += digits[std::to_integer<unsigned>(byte) >> 4];
    line += digits[std::to_integer<unsigned>(byte) & 15U];
  }
  return line + "\n";
}

inline std::string lines_of(const std::vector<TensorView>& tensors) {
  std::string lines;
  for (const auto& tensor : tensors) lines += line_of(tensor);
  return lines;
}

/// Python's side of it: line(name, array).
constexpr const char* python_line = R"(
def line(name, a):
    import numpy as np
    a = np.asarray(a)
    code = {'f': 'F', 'i': 'I', 'u': 'U'}.get(a.dtype.kind, '')
    dtype = code + str(8 * a.dtype.itemsize) if code else 'BOOL'
    data = a.astype(a.dtype.newbyteorder('<')).tobytes('C')
    return name + ' ' + dtype + ' ' + str(a.shape) + ' ' + data.hex() + '\n'
)";

}  // namespace scrawl::test
