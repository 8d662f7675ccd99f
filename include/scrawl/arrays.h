#pragma once

// Plain types that the other headers use: shapes, matrices, grey pictures.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#pragma GCC visibility push(default)
namespace scrawl {

/// The shape of one sample. A plain vector of N values is {1, 1, N}. Samples are stored in C, H, W order.
struct Shape {
  std::size_t channels = 1;
  std::size_t height = 1;
  std::size_t width = 1;

  std::size_t size() const { return channels * height * width; }
  bool operator==(const Shape&) const = default;
};

std::string to_string(const Shape& shape);  ///< the shortest form: "784", "28x28" or "3x32x32"

/// Parses `N`, `HxW` or `CxHxW`. Throws Error(invalid_argument) otherwise, for zeros, and beyond 2^24 values.
Shape parse_shape(std::string_view text);

/// The shape for showing an image: the same, except that a plain vector becomes a square if its size allows.
Shape picture_shape(const Shape& shape);

/// The class of everything that is not a digit. A mark that a model puts into it is refused, not read.
constexpr const char* no_digit = "none";
/// Its place among the names of a model's or a data set's classes; nothing where they do not have it.
std::optional<std::size_t> find_no_digit(std::span<const std::string> classes);

/// Aligns allocations to cache lines, which are also the vector width of AVX-512.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{64};

  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}

  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, alignment); }
  bool operator==(const AlignedAllocator&) const = default;
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

/// A non-owning view of a row-major matrix. A batch is a matrix with one sample per row.
template <class T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, std::size_t rows, std::size_t columns) : MatrixView(data, rows, columns, columns) {}
  /// `stride` is the distance between the starts of two rows, in elements; REQUIRES stride >= columns.
  MatrixView(T* data, std::size_t rows, std::size_t columns, std::size_t stride)
      : data_(data), rows_(rows), columns_(columns), stride_(stride) {
    assert(stride >= columns);
  }
  operator MatrixView<const T>() const requires(!std::is_const_v<T>) {
    return {data_, rows_, columns_, stride_};
  }

  T* data() const { return data_; }
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::size_t stride() const { return stride_; }
  bool empty() const { return data_ == nullptr; }
  std::size_t size() const { return rows_ * columns_; }

  std::span<T> row(std::size_t r) const {
    assert(r < rows_);
    return {data_ + r * stride_, columns_};
  }
  T& operator()(std::size_t r, std::size_t c) const {
    assert(r < rows_ && c < columns_);
    return data_[r * stride_ + c];
  }

 private:
  T* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t columns_ = 0;
  std::size_t stride_ = 0;
};

/// A grey picture: `height` rows of `width` pixels, contiguous, from 0 (black) to 255 (white).
struct GreyImage {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels = {};  ///< width * height values

  bool operator==(const GreyImage&) const = default;
};

/// A grey picture in borrowed memory, such as a camera's frame: pixel (x, y) is pixels[y * stride + x].
struct GreyView {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t stride = 0;  ///< bytes from one row to the next, at least width
  const std::uint8_t* pixels = nullptr;

  GreyView() = default;
  GreyView(std::size_t picture_width, std::size_t picture_height, std::size_t row_stride,
           const std::uint8_t* first_pixel)
      : width(picture_width), height(picture_height), stride(row_stride), pixels(first_pixel) {}
  GreyView(const GreyImage& image)
      : width(image.width), height(image.height), stride(image.width), pixels(image.pixels.data()) {}

  const std::uint8_t* row(std::size_t y) const { return pixels + y * stride; }
};

/// A rectangle of pixels: columns [x, x + width), rows [y, y + height).
struct Box {
  std::size_t x = 0;
  std::size_t y = 0;
  std::size_t width = 0;
  std::size_t height = 0;

  bool operator==(const Box&) const = default;
};

}  // namespace scrawl
#pragma GCC visibility pop
