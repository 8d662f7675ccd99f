#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Pieces of C source. They mean the same in C99 and in every C++.
namespace scrawl {

/// The shortest literal that reads back as exactly `value`: "0.1f", "1.0f". Throws
/// Error(invalid_argument) for a value that is not finite.
std::string c_float(float value);

/// A string literal with all but printable ASCII escaped.
std::string c_string(std::string_view text);

/// Throws Error(invalid_argument) unless c_identifier(name) == name.
void check_c_identifier(const std::string& name);

/// Throws Error(invalid_argument) that names the array and the place of a value that is not finite.
void check_finite(const std::string& name, std::span<const float> values);

/// `static const float NAME[ROWS][COLUMNS] = {...};` in lines of at most 100 characters, and an empty line;
/// with `columns` 0, one dimension. Throws what check_finite throws.
std::string c_array(const std::string& name, std::span<const float> values, std::size_t columns = 0);
/// The same for `signed char` and for strings.
std::string c_array(const std::string& name, std::span<const std::int8_t> values, std::size_t columns = 0);
std::string c_array(const std::string& name, std::span<const std::string> values);

}  // namespace scrawl
