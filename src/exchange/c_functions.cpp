// The functions that a C header has for layers on pictures.

#include "exchange/c_header.h"

#include <initializer_list>
#include <string_view>

namespace scrawl {
namespace {

// Words in capitals are replaced.

constexpr std::string_view convolution = R"(/*
 * y[output][row][column] = bias[output] + the sum of weights * x below a window; outside of the picture, x
 * counts as 0. The weights lie as [channel][row][column of the window][output]; bias may be null.
 */
static inline void NAME_convolution(const float *x, int channels, int height, int width,
                                    const WEIGHT *weights, SCALES_PARAMETERconst float *bias, int outputs,
                                    int kernel_height, int kernel_width, int stride, int padding, float *y) {
  const int rows = (height + 2 * padding - kernel_height) / stride + 1;
  const int columns = (width + 2 * padding - kernel_width) / stride + 1;
  for (int o = 0; o < outputs; ++o, y += rows * columns) {
    const WEIGHT *w = weights + o;
    for (int i = 0; i < rows * columns; ++i) y[i] = FIRST;
    for (int c = 0; c < channels; ++c)
      for (int ky = 0; ky < kernel_height; ++ky)
        for (int kx = 0; kx < kernel_width; ++kx, w += outputs) {
          const float weight = VALUE;
          int first = 0, last = columns; /* where the window is in the picture */
          while (first < last && first * stride + kx < padding) ++first;
          while (first < last && (last - 1) * stride + kx - padding >= width) --last;
          if (first == last) continue;
          for (int r = 0; r < rows; ++r) {
            const int row = r * stride + ky - padding;
            if (row < 0 || row >= height) continue;
            const float *from = x + (c * height + row) * width + first * stride + kx - padding;
            float *to = y + r * columns + first;
            for (int q = 0; q < last - first; ++q) to[q] += weight * from[q * stride];
          }
        }
SCALING  }
}

)";

constexpr std::string_view scaling =
    "    for (int i = 0; i < rows * columns; ++i) y[i] = y[i] * scales[o] + (bias ? bias[o] : 0.0f);\n";

constexpr std::string_view pool_body = R"(/* y[channel][row][column] = COMMENT */
static inline void NAME_POOL(const float *x, int channels, int height, int width, int kernel_height,
                             int kernel_width, int stride, int padding, float *y) {
  const int rows = (height + 2 * padding - kernel_height) / stride + 1;
  const int columns = (width + 2 * padding - kernel_width) / stride + 1;
  for (int c = 0; c < channels; ++c, x += height * width)
    for (int r = 0; r < rows; ++r)
      for (int q = 0; q < columns; ++q) {
        const int top = r * stride - padding;
        const int left = q * stride - padding;
        float result = FIRST;
        for (int row = top < 0 ? 0 : top; row < top + kernel_height && row < height; ++row)
          for (int column = left < 0 ? 0 : left; column < left + kernel_width && column < width; ++column)
            STEP
        *y++ = RESULT;
      }
}

)";

struct Replacement {
  std::string_view word;
  std::string text;
};

std::string filled(std::string_view form, std::initializer_list<Replacement> replacements) {
  std::string text(form);
  for (const auto& [word, replacement] : replacements)
    for (std::size_t at = text.find(word); at != std::string::npos;
         at = text.find(word, at + replacement.size()))
      text.replace(at, word.size(), replacement);
  return text;
}

}  // namespace

std::string c_function(const std::string& function, const std::string& name, bool int8) {
  if (function == "convolution")
    return filled(convolution, {{"WEIGHT", int8 ? "signed char" : "float"},
                                {"SCALES_PARAMETER", int8 ? "const float *scales, " : ""},
                                {"FIRST", int8 ? "0.0f" : "bias ? bias[o] : 0.0f"},
                                {"VALUE", int8 ? "(float)*w" : "*w"},
                                {"SCALING", int8 ? std::string(scaling) : ""},
                                {"NAME", name}});
  if (function == "max_pool")
    return filled(pool_body,
                  {{"COMMENT", "the largest x in a window, ignoring places outside the picture"},
                   {"POOL", "max_pool"},
                   {"FIRST", "x[(top < 0 ? 0 : top) * width + (left < 0 ? 0 : left)]"},
                   {"STEP", "if (x[row * width + column] > result) result = x[row * width + column];"},
                   {"RESULT", "result"},
                   {"NAME", name}});
  return filled(pool_body, {{"COMMENT", "the mean of x in a window; places outside the picture count as 0"},
                            {"POOL", "mean_pool"},
                            {"FIRST", "0.0f"},
                            {"STEP", "result += x[row * width + column];"},
                            {"RESULT", "result / (float)(kernel_height * kernel_width)"},
                            {"NAME", name}});
}

}  // namespace scrawl
