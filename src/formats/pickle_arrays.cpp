// What PickleBuilder does in the place of NumPy and PyTorch.

#include "base/text.h"
#include "formats/array_layout.h"
#include "formats/pickle_builder.h"

#include <cstring>
#include <limits>
#include <optional>

namespace scrawl {
namespace {

constexpr std::size_t most_arrays = 65536;

/// Where the values of a tensor lie in its storage, in values.
struct Strided {
  std::size_t start;
  std::vector<std::size_t> shape;
  std::vector<std::size_t> strides;
};

/// One more than the largest place used; nullopt if size_t cannot hold it. REQUIRES at least one value.
std::optional<std::size_t> end_of(const Strided& layout) {
  constexpr std::size_t largest = std::numeric_limits<std::size_t>::max();
  std::size_t last = layout.start;
  for (std::size_t d = 0; d < layout.shape.size(); ++d) {
    const std::size_t steps = layout.shape[d] - 1;
    if (steps == 0) continue;
    if (layout.strides[d] > (largest - 1 - last) / steps) return std::nullopt;
    last += layout.strides[d] * steps;
  }
  return last + 1;
}

bool in_c_order(const Strided& layout) {
  std::size_t expected = 1;
  for (std::size_t d = layout.shape.size(); d-- > 0;) {
    if (layout.shape[d] > 1 && layout.strides[d] != expected) return false;
    expected *= layout.shape[d];
  }
  return true;
}

/// The values in C order. REQUIRES at least one value, and all of them within `data`.
Bytes gather(std::span<const std::byte> data, std::size_t value_size, std::size_t count,
             const Strided& layout) {
  Bytes result(count * value_size);
  std::vector<std::size_t> index(layout.shape.size());
  std::size_t place = layout.start;
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(result.data() + i * value_size, data.data() + place * value_size, value_size);
    for (std::size_t d = index.size(); d-- > 0;) {
      place += layout.strides[d];
      if (++index[d] < layout.shape[d]) break;
      place -= layout.strides[d] * layout.shape[d];
      index[d] = 0;
    }
  }
  return result;
}

}  // namespace

PickleIndex PickleBuilder::add_tensor(TensorView tensor) {
  if (pickle_.tensors.size() == most_arrays)
    throw unsupported("holds more than " + std::to_string(most_arrays) + " arrays; save fewer, larger ones");
  pickle_.tensors.push_back(std::move(tensor));
  return add(PickleArray{pickle_.tensors.size() - 1});
}

TensorView PickleBuilder::numpy_array(PickleIndex type, std::vector<std::size_t> shape, PickleIndex content,
                                      bool fortran) {
  const auto& dtype = expect<PickleDtype>(type, "an array's type");
  bool swap = false;
  auto text = numpy_text(dtype.name);
  const std::string name = text ? "TEXT" : numpy_dtype(dtype.name, swap);
  if (name.empty())
    throw unsupported("holds an array of NumPy's type '" + printable(dtype.name) +
                      "', which is not a number type; save array.astype(str) for the names of classes, "
                      "numpy.stack(list(array)) for images of one size, or array.astype('float32')");
  if (dtype.order != '=') swap = dtype.order == '>';
  auto data = expect<PickleBytes>(content, "an array's data").bytes;
  const auto size = text ? array_size(shape, text->size()) : tensor_size(name, shape);
  if (!size || *size != data.size())
    throw damaged("an array of type " + name + " and shape " + shape_text(shape) + " needs " +
                  (size ? std::to_string(*size) : "too many") + " bytes, but has " +
                  std::to_string(data.size()));
  if (text) {
    text->swap_bytes = swap;
    charge(data.size());
    auto tensor = text_tensor(*text, data, std::move(shape), fortran, {});
    if (!tensor)
      throw unsupported(
          "holds an array of more than 256 different texts, which cannot be class names; "
          "omit it");
    pickle_.texts.push_back(std::move(tensor->texts));
    return {{}, name, std::move(tensor->shape), keep(std::move(tensor->data)), pickle_.texts.back()};
  }
  const std::size_t value_size = dtype_size(name);
  const bool swaps = swap && value_size > 1;
  const bool moves = fortran && shape.size() > 1;
  if (swaps || moves) {
    charge(data.size());
    data = keep(to_c_order(data, value_size, shape, moves, swaps));
  }
  return {{}, name, std::move(shape), data};
}

PickleIndex PickleBuilder::numpy_scalar(std::span<const PickleIndex> arguments) {
  const TensorView value = numpy_array(arguments[0], {}, arguments[1], false);
  double number = 0;
  if (value.dtype == "F64")
    std::memcpy(&number, value.data.data(), sizeof number);
  else
    number = to_floats(value, pickle_.file)[0];
  return add(number);
}

void PickleBuilder::set_array_state(PickleArray array, PickleIndex state) {
  if (!pickle_.tensors[array.tensor].dtype.empty()) throw damaged("an array is filled twice");
  const auto parts = items(state, 5, 5, "an array's state");
  pickle_.tensors[array.tensor] = numpy_array(parts[2], lengths(parts[1], "an array's shape"), parts[4],
                                              whole(parts[3], "an array's order") != 0);
}

void PickleBuilder::set_dtype_state(PickleDtype& dtype, PickleIndex state) {
  const auto parts = items(state, 8, 9, "a type's state");
  const auto order = text(parts[1], "a type's byte order");
  if (order.size() != 1 || std::string_view("<>|=").find(order[0]) == std::string_view::npos)
    throw damaged("a type's byte order must be one of < > | =");
  if (!is_none(parts[2]) || !is_none(parts[3]) || !is_none(parts[4]))
    throw unsupported("holds an array whose values are structures; save each field as an array of float32");
  dtype.order = order[0];
}

PickleIndex PickleBuilder::encode_latin1(std::span<const PickleIndex> arguments) {
  const auto encoding = text(arguments[1], "the name of an encoding");
  if (encoding != "latin1" && encoding != "latin-1")
    throw refused("the pickle wants to encode text as " + printable(encoding));
  const auto utf8 = expect<PickleText>(arguments[0], "what is encoded").utf8;
  charge(utf8.size());
  Bytes latin1;
  latin1.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      latin1.push_back(std::byte{byte});
      continue;
    }
    const unsigned next = i + 1 < utf8.size() ? static_cast<unsigned char>(utf8[i + 1]) : 0;
    if ((byte != 0xC2 && byte != 0xC3) || (next & 0xC0) != 0x80)
      throw damaged("byte " + std::to_string(i) +
                    " of a text that stands for bytes is not UTF-8 of a Latin-1 character");
    latin1.push_back(static_cast<std::byte>((byte & 3U) << 6 | (next & 0x3FU)));
    ++i;
  }
  return add(PickleBytes{keep(std::move(latin1))});
}

PickleIndex PickleBuilder::torch_tensor(std::span<const PickleIndex> arguments) {
  const auto& storage = expect<PickleStorage>(arguments[0], "a tensor's storage");
  const std::int64_t start = whole(arguments[1], "a tensor's place in its storage");
  Strided layout{static_cast<std::size_t>(start), lengths(arguments[2], "a tensor's shape"),
                 lengths(arguments[3], "a tensor's strides")};
  if (start < 0 || layout.shape.size() != layout.strides.size())
    throw damaged("a tensor of " + counted(layout.shape.size(), "dimension") + " has " +
                  std::to_string(layout.strides.size()) + " strides and begins at " + std::to_string(start));
  const std::size_t value_size = dtype_size(storage.dtype);
  TensorView tensor{{}, std::string(storage.dtype), layout.shape, {}};
  const auto count = count_values(layout.shape);
  if (count == std::size_t{0}) return add_tensor(std::move(tensor));
  const auto end = end_of(layout);
  if (!count || !end || *end > storage.data.size() / value_size)
    throw damaged("a tensor of shape " + shape_text(layout.shape) + " and strides " +
                  shape_text(layout.strides) + " reaches beyond its storage of " +
                  counted(storage.data.size() / value_size, "value"));
  if (in_c_order(layout)) {
    tensor.data = storage.data.subspan(layout.start * value_size, *count * value_size);
  } else {
    charge(*count > std::numeric_limits<std::size_t>::max() / value_size
               ? std::numeric_limits<std::size_t>::max()
               : *count * value_size);
    tensor.data = keep(gather(storage.data, value_size, *count, layout));
  }
  return add_tensor(std::move(tensor));
}

}  // namespace scrawl
