#include "formats/pickle_builder.h"

#include "base/text.h"

#include <algorithm>
#include <optional>

namespace scrawl {
namespace {

constexpr std::size_t most_dimensions = 64;  // NumPy's own limit
constexpr std::size_t bytes_per_pair = 64;   // that an item of a dictionary takes, about
constexpr std::size_t most_key_bytes = 200;  // of a storage; PyTorch's are numbers

/// What scrawl does in the place of a class or function of Python.
enum class Role {
  array_class,  ///< numpy.ndarray, where it is named as the class of an array
  empty_array,  ///< an array that set_state fills
  array_of_bytes,
  scalar,
  type,
  encode,
  empty_bytes,
  dictionary,
  same_tuple,
  storage_class,
  tensor,
  parameter,
};

struct Known {
  std::string_view module;
  std::string_view name;
  Role role;
  std::string_view dtype = {};
};

constexpr Known known_names[] = {
    {"numpy", "ndarray", Role::array_class},
    {"numpy", "dtype", Role::type},
    {"numpy.core.multiarray", "_reconstruct", Role::empty_array},
    {"numpy._core.multiarray", "_reconstruct", Role::empty_array},
    {"numpy.core.multiarray", "scalar", Role::scalar},
    {"numpy._core.multiarray", "scalar", Role::scalar},
    {"numpy.core.numeric", "_frombuffer", Role::array_of_bytes},
    {"numpy._core.numeric", "_frombuffer", Role::array_of_bytes},
    {"_codecs", "encode", Role::encode},
    {"__builtin__", "bytes", Role::empty_bytes},
    {"builtins", "bytes", Role::empty_bytes},
    {"collections", "OrderedDict", Role::dictionary},
    {"torch", "Size", Role::same_tuple},
    {"torch._utils", "_rebuild_tensor_v2", Role::tensor},
    {"torch._utils", "_rebuild_parameter", Role::parameter},
    {"torch", "FloatStorage", Role::storage_class, "F32"},
    {"torch", "DoubleStorage", Role::storage_class, "F64"},
    {"torch", "HalfStorage", Role::storage_class, "F16"},
    {"torch", "BFloat16Storage", Role::storage_class, "BF16"},
    {"torch", "LongStorage", Role::storage_class, "I64"},
    {"torch", "IntStorage", Role::storage_class, "I32"},
    {"torch", "ShortStorage", Role::storage_class, "I16"},
    {"torch", "CharStorage", Role::storage_class, "I8"},
    {"torch", "ByteStorage", Role::storage_class, "U8"},
    {"torch", "BoolStorage", Role::storage_class, "BOOL"},
};

std::string full_name(const Known& entry) {
  return std::string(entry.module) + "." + std::string(entry.name);
}

}  // namespace

PickleBuilder::PickleBuilder(Pickle& pickle, const PickleOptions& options)
    : pickle_(pickle), options_(options) {}

PickleIndex PickleBuilder::add(PickleValue value) {
  pickle_.values.push_back(std::move(value));
  return static_cast<PickleIndex>(pickle_.values.size() - 1);
}

std::span<const std::byte> PickleBuilder::keep(Bytes copy) {
  pickle_.copies.push_back(std::move(copy));
  return pickle_.copies.back();
}

void PickleBuilder::append(PickleIndex list, std::span<const PickleIndex> new_items) {
  auto* target = std::get_if<PickleList>(&pickle_.values[list]);
  if (target == nullptr) throw damaged("an item is appended to something that is not a list");
  target->items.insert(target->items.end(), new_items.begin(), new_items.end());
}

void PickleBuilder::set_item(PickleIndex dict, PickleIndex key, PickleIndex value) {
  auto* target = std::get_if<PickleDict>(&pickle_.values[dict]);
  if (target == nullptr) throw damaged("a key is set in something that is not a dictionary");
  const std::uint32_t id = key_id(key);
  if (!used_keys_.emplace(dict, id).second) {
    const auto* number = std::get_if<std::int64_t>(&pickle_.values[key]);
    throw damaged("the key '" + (number ? std::to_string(*number) : printable(text(key, "the key"))) +
                  "' occurs twice in one dictionary");
  }
  target->items.emplace_back(key, value);
}

std::uint32_t PickleBuilder::key_id(PickleIndex key) {
  const auto at = key_ids_.find(key);
  if (at != key_ids_.end()) return at->second;
  const auto* number = std::get_if<std::int64_t>(&pickle_.values[key]);
  const std::string name = number ? std::to_string(*number) : std::string(text(key, "a dictionary's key"));
  const std::uint32_t id =
      key_texts_.emplace(name, static_cast<std::uint32_t>(key_texts_.size())).first->second;
  key_ids_.emplace(key, id);
  return id;
}

PickleIndex PickleBuilder::global(std::string_view module, std::string_view name) {
  const auto* const at =
      std::find_if(std::begin(known_names), std::end(known_names),
                   [&](const Known& entry) { return entry.module == module && entry.name == name; });
  if (at == std::end(known_names))
    throw refused("the pickle wants to call " + printable(module) + "." + printable(name));
  return add(PickleGlobal{static_cast<std::size_t>(at - std::begin(known_names))});
}

PickleIndex PickleBuilder::call(PickleIndex callee, PickleIndex arguments) {
  const Known& entry = known_names[expect<PickleGlobal>(callee, "what is called").place];
  const std::string name = full_name(entry);
  const auto given = [&](std::size_t least, std::size_t most) {
    return items(arguments, least, most, "the arguments of " + name);
  };
  switch (entry.role) {
    case Role::empty_array: {
      const PickleIndex array_class = given(3, 3)[0];
      if (known_names[expect<PickleGlobal>(array_class, "the class of an array").place].role !=
          Role::array_class)
        throw damaged("an array's class must be numpy.ndarray");
      return add_tensor({});
    }
    case Role::array_of_bytes: {
      const auto list = given(4, 4);
      const auto order = text(list[3], "an array's order");
      if (order != "C" && order != "F") throw damaged("an array's order must be C or F");
      return add_tensor(numpy_array(list[1], lengths(list[2], "an array's shape"), list[0], order == "F"));
    }
    case Role::scalar: return numpy_scalar(given(2, 2));
    case Role::type: return add(PickleDtype{text(given(1, 3)[0], "the name of a type"), '='});
    case Role::encode: return encode_latin1(given(2, 2));
    case Role::empty_bytes: given(0, 0); return add(PickleBytes{});
    case Role::dictionary: return ordered_dict(given(0, 1));
    case Role::same_tuple: {
      const PickleIndex tuple = given(1, 1)[0];
      expect<PickleTuple>(tuple, "a torch.Size");
      return tuple;
    }
    case Role::tensor: return torch_tensor(given(6, 7));
    case Role::parameter: {
      const PickleIndex tensor = given(3, 3)[0];
      expect<PickleArray>(tensor, "a parameter");
      return tensor;
    }
    case Role::array_class:
    case Role::storage_class: break;
  }
  throw refused("the pickle wants to call " + name);
}

void PickleBuilder::set_state(PickleIndex object, PickleIndex state) {
  auto& value = pickle_.values[object];
  if (const auto* array = std::get_if<PickleArray>(&value)) return set_array_state(*array, state);
  if (auto* dtype = std::get_if<PickleDtype>(&value)) return set_dtype_state(*dtype, state);
  if (!std::holds_alternative<PickleDict>(value))
    throw damaged("a state is set (BUILD) on an object without state");
}

PickleIndex PickleBuilder::persistent(PickleIndex id) {
  if (!options_.storage)
    throw refused(
        "the pickle refers to data outside of it, with a persistent id (PyTorch does so in its own files)");
  const auto parts = items(id, 5, 6, "a persistent id");
  if (text(parts[0], "the kind of a persistent id") != "storage")
    throw damaged("a persistent id is not that of a storage");
  const Known& storage = known_names[expect<PickleGlobal>(parts[1], "the class of a storage").place];
  if (storage.role != Role::storage_class)
    throw damaged(full_name(storage) + " is not the class of a storage");
  const std::string key(text(parts[2], "the key of a storage").substr(0, most_key_bytes));
  const auto data = options_.storage(key);
  const std::size_t value_size = dtype_size(storage.dtype);
  const std::int64_t count = whole(parts[4], "the number of values in a storage");
  if (count < 0 || static_cast<std::uint64_t>(count) > data.size() / value_size)
    throw damaged("the storage '" + printable(key) + "' should hold " + counted(count, "value") + " of " +
                  counted(value_size, "byte") + ", but has " + counted(data.size(), "byte"));
  return add(PickleStorage{storage.dtype, data.first(static_cast<std::size_t>(count) * value_size)});
}

std::string_view PickleBuilder::text(PickleIndex index, std::string_view what) const {
  const auto& value = pickle_.values[index];
  if (const auto* text = std::get_if<PickleText>(&value)) return text->utf8;
  if (const auto* bytes = std::get_if<PickleBytes>(&value)) return as_text(bytes->bytes);
  throw damaged(std::string(what) + " must be a text");
}

std::int64_t PickleBuilder::whole(PickleIndex index, std::string_view what) const {
  const auto& value = pickle_.values[index];
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  throw damaged(std::string(what) + " must be a whole number");
}

std::vector<std::size_t> PickleBuilder::lengths(PickleIndex index, std::string_view what) const {
  std::vector<std::size_t> result;
  for (const PickleIndex item : items(index, 0, most_dimensions, what)) {
    const std::int64_t length = whole(item, what);
    if (length < 0) throw damaged(std::string(what) + " holds the negative number " + std::to_string(length));
    result.push_back(static_cast<std::size_t>(length));
  }
  return result;
}

std::span<const PickleIndex> PickleBuilder::items(PickleIndex index, std::size_t least, std::size_t most,
                                                  std::string_view what) const {
  const auto& value = pickle_.values[index];
  std::span<const PickleIndex> result;
  if (const auto* tuple = std::get_if<PickleTuple>(&value))
    result = tuple->items;
  else if (const auto* list = std::get_if<PickleList>(&value))
    result = list->items;
  else
    throw damaged(std::string(what) + " must be a tuple");
  if (result.size() < least || result.size() > most)
    throw damaged(std::string(what) + " must be " + std::to_string(least) +
                  (most > least ? " to " + std::to_string(most) : "") + " values, not " +
                  std::to_string(result.size()));
  return result;
}

void PickleBuilder::charge(std::uint64_t bytes) {
  if (bytes > pickle_.most_data - charged_)
    throw unsupported("values that share their bytes would need more than " +
                      std::to_string(pickle_.most_data) + " bytes; save each array on its own, in C order");
  charged_ += bytes;
}

PickleIndex PickleBuilder::ordered_dict(std::span<const PickleIndex> arguments) {
  const PickleIndex dict = add(PickleDict{});
  if (arguments.empty()) return dict;
  const auto pairs = items(arguments[0], 0, SIZE_MAX, "the content of an OrderedDict");
  charge(pairs.size() * bytes_per_pair);  // many dictionaries may be made from one list
  for (const PickleIndex pair : pairs) {
    const auto key_and_value = items(pair, 2, 2, "a pair of an OrderedDict");
    set_item(dict, key_and_value[0], key_and_value[1]);
  }
  return dict;
}

Error PickleBuilder::damaged(const std::string& message) const {
  return {ErrorCode::bad_data, message + "; the file is damaged: fetch or save it again", pickle_.file,
          offset_};
}

Error PickleBuilder::unsupported(const std::string& message) const {
  return {ErrorCode::unsupported, message, pickle_.file, offset_};
}

Error PickleBuilder::refused(const std::string& message) const {
  return unsupported(message + "; scrawl builds data only: " + options_.remedy);
}

}  // namespace scrawl
