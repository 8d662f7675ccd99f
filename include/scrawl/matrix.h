#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <type_traits>

#pragma GCC visibility push(default)
namespace scrawl {

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
  /// A mutable view converts to a read-only one.
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

}  // namespace scrawl
#pragma GCC visibility pop
