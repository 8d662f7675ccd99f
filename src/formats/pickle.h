#pragma once

#include "base/files.h"
#include "formats/tensor.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace scrawl {

// Python's pickle files. A pickle is a program for a small stack machine that may call any function of
// Python. This reader runs nothing: it builds None, truth values, numbers, byte strings, texts, tuples,
// lists, dictionaries, NumPy arrays and PyTorch tensors, and refuses all else by name. It is our own code
// because no well-kept C++ library reads pickles without running them.

/// The place of a value in Pickle::values. With it, shared values and values that contain themselves are
/// cheap.
using PickleIndex = std::uint32_t;

struct PickleNone {};
/// Also what Python 2 calls a str.
struct PickleBytes {
  std::span<const std::byte> bytes;
};
struct PickleText {
  std::string_view utf8;  ///< as it stands in the file: not checked
};
struct PickleTuple {
  std::vector<PickleIndex> items;
};
struct PickleList {
  std::vector<PickleIndex> items;
};
/// Keys are texts, byte strings or whole numbers, distinct as texts, in the order of their insertion.
struct PickleDict {
  std::vector<std::pair<PickleIndex, PickleIndex>> items;
};
/// A NumPy array or a PyTorch tensor: the one at this place in Pickle::tensors.
struct PickleArray {
  std::size_t tensor;
};

/// What arrays are made of. Of no use to a caller, but a pickle may leave it behind.
struct PickleGlobal {
  std::size_t place;  ///< in the reader's table of known names
};
struct PickleDtype {
  std::string_view name;  ///< "f4"
  char order;             ///< '<', '>', '|' or '='
};
struct PickleStorage {
  std::string_view dtype;  ///< "F32"
  std::span<const std::byte> data;
};

/// A whole number beyond 64 bits is a double, and so is a NumPy scalar (rounded to float32 unless float64).
using PickleValue =
    std::variant<PickleNone, bool, std::int64_t, double, PickleBytes, PickleText, PickleTuple, PickleList,
                 PickleDict, PickleArray, PickleGlobal, PickleDtype, PickleStorage>;

/// A pickle's values. It keeps the file's bytes, and arrays borrow from them where they lie there in C order.
/// It may be moved (views stay valid), not copied.
struct Pickle {
  Pickle() = default;
  Pickle(Pickle&&) = default;
  Pickle& operator=(Pickle&&) = default;
  Pickle(const Pickle&) = delete;
  Pickle& operator=(const Pickle&) = delete;

  const PickleValue& root() const { return values[root_index]; }

  std::string file;
  Bytes bytes;
  std::deque<Bytes> copies;  ///< what had to be changed: order of bytes or values, escapes in texts
  std::deque<std::vector<std::string>> texts;  ///< of arrays of texts
  std::deque<PickleValue> values;
  std::vector<TensorView> tensors;  ///< without names, which belong to where an array stands
  PickleIndex root_index = 0;
  std::uint64_t most_data = 0;  ///< bytes of arrays that arrays() may return
};

struct PickleOptions {
  /// The bytes that PyTorch keeps outside the pickle under this key; throws where there are none. They must
  /// outlive the Pickle. Without it, references to such bytes are refused.
  std::function<std::span<const std::byte>(const std::string& key)> storage = {};
  /// What the user is told to do where a pickle wants to call something.
  std::string remedy = "save the arrays alone, with numpy.savez or pickle.dump of a dict of arrays";
  /// Bytes of arrays that must be copied (big-endian, Fortran order, strides), and of all that arrays()
  /// returns; 0: four times the pickle and 1 MiB. Several arrays may share bytes.
  std::uint64_t most_data = 0;
};

/// Whether the bytes look like a pickle: protocols 2 to 5 are marked, older ones judged by first and last
/// bytes.
bool is_pickle(std::span<const std::byte> bytes);

/// Reads a pickle of protocol 0 to 5. Throws Error that names `file`, the byte and the remedy: bad_data for
/// what is malformed, truncated or goes on after its end; unsupported for calls, types and opcodes that have
/// no place in data, and for more than 2^22 opcodes or 65536 arrays.
/// Memory beyond `bytes`, which it takes over: up to options.most_data for copied arrays; for all else less
/// than 100 times the size of the file, and never more than 1 GiB.
Pickle parse_pickle(Bytes bytes, const std::string& file, const PickleOptions& options = {});

/// All arrays and tensors, in the order in which they stand. Names lead there: keys and places in lists and
/// tuples, joined by dots. {"W1": a} gives "W1", [a, b] "0" and "1", a tuple of pairs "0.0", "0.1", "1.0";
/// an array that is the whole pickle has the name "". Numbers and texts are passed over.
/// Throws Error(unsupported) for nesting deeper than 100 (or without end), for more than 2^22 visits, 65536
/// arrays or options.most_data bytes, as shared values count wherever they stand; Error(bad_data) for a name
/// that occurs twice. The views live as long as `pickle`.
std::vector<TensorView> arrays(const Pickle& pickle);

}  // namespace scrawl
