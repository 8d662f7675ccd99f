#pragma once

#include "scrawl/error.h"

#include "formats/pickle.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scrawl {

/// Makes the values of a pickle, and does what the few functions that scrawl knows would do. It knows nothing
/// of opcodes. Every member may throw an Error at the opcode set with `at`.
class PickleBuilder {
 public:
  PickleBuilder(Pickle& pickle, const PickleOptions& options);

  /// Where the opcode lies that the next calls are for.
  void at(std::size_t offset) { offset_ = offset; }

  PickleIndex add(PickleValue value);
  /// Stores bytes that do not stand in the file as they are.
  std::span<const std::byte> keep(Bytes copy);

  void append(PickleIndex list, std::span<const PickleIndex> items);
  void set_item(PickleIndex dict, PickleIndex key, PickleIndex value);

  /// A known class or function. Throws Error(unsupported), by its name, for any other.
  PickleIndex global(std::string_view module, std::string_view name);
  /// What callee(*arguments) would give.
  PickleIndex call(PickleIndex callee, PickleIndex arguments);
  /// Fills an array or a type from what __getstate__ gave. The attributes of dictionaries are dropped.
  void set_state(PickleIndex object, PickleIndex state);
  /// PyTorch's reference to bytes outside the pickle.
  PickleIndex persistent(PickleIndex id);

  /// The text or byte string at `index`; `what` names it in the error.
  std::string_view text(PickleIndex index, std::string_view what) const;

  Error damaged(const std::string& message) const;
  Error unsupported(const std::string& message) const;
  /// For what would have to be called: with the remedy of the options.
  Error refused(const std::string& message) const;

 private:
  template <class T>
  const T& expect(PickleIndex index, std::string_view what) const;
  std::int64_t whole(PickleIndex index, std::string_view what) const;
  /// Lengths or strides: a tuple or list of at most 64 whole numbers from 0.
  std::vector<std::size_t> lengths(PickleIndex index, std::string_view what) const;
  std::span<const PickleIndex> items(PickleIndex index, std::size_t least, std::size_t most,
                                     std::string_view what) const;
  bool is_none(PickleIndex index) const { return std::holds_alternative<PickleNone>(pickle_.values[index]); }
  /// Counts bytes of work on shared values against options.most_data.
  void charge(std::uint64_t bytes);
  std::uint32_t key_id(PickleIndex key);

  PickleIndex add_tensor(TensorView tensor);
  PickleIndex encode_latin1(std::span<const PickleIndex> arguments);
  PickleIndex ordered_dict(std::span<const PickleIndex> arguments);
  PickleIndex numpy_scalar(std::span<const PickleIndex> arguments);
  PickleIndex torch_tensor(std::span<const PickleIndex> arguments);
  TensorView numpy_array(PickleIndex type, std::vector<std::size_t> shape, PickleIndex content, bool fortran);
  void set_array_state(PickleArray array, PickleIndex state);
  void set_dtype_state(PickleDtype& dtype, PickleIndex state);

  Pickle& pickle_;
  const PickleOptions& options_;
  std::size_t offset_ = 0;
  std::uint64_t charged_ = 0;
  // Each key text is compared with others once, however often it is used.
  std::map<std::string, std::uint32_t, std::less<>> key_texts_;
  std::map<PickleIndex, std::uint32_t> key_ids_;
  std::set<std::pair<PickleIndex, std::uint32_t>> used_keys_;  // dictionary and key
};

template <class T>
const T& PickleBuilder::expect(PickleIndex index, std::string_view what) const {
  const auto* value = std::get_if<T>(&pickle_.values[index]);
  if (value == nullptr) throw damaged(std::string(what) + " is of another kind than it must be");
  return *value;
}

}  // namespace scrawl
