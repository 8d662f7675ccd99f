// The stack machine that a pickle is a program for: opcodes, stack and memo. What they make is up to
// PickleBuilder. The opcodes are those of Python's Lib/pickletools.py.

#include "base/text.h"
#include "formats/pickle_builder.h"
#include "formats/pickle_literals.h"

#include <cstring>
#include <map>
#include <optional>

namespace scrawl {
namespace {

constexpr std::size_t most_opcodes = std::size_t{1} << 22;
constexpr std::uint64_t free_data = std::uint64_t{1} << 20;

/// Opcodes that data has no use for, or that only run code.
struct RefusedOpcode {
  unsigned char code;
  const char* what;
};
constexpr RefusedOpcode refused_opcodes[] = {
    {'o', "the pickle wants to make an object of a class (opcode OBJ)"},
    {0x82, "the pickle wants to call something from Python's extension registry (opcode EXT1)"},
    {0x83, "the pickle wants to call something from Python's extension registry (opcode EXT2)"},
    {0x84, "the pickle wants to call something from Python's extension registry (opcode EXT4)"},
    {0x92, "the pickle wants to make an object of a class (opcode NEWOBJ_EX)"},
    {0x8f, "the pickle holds a set (opcode EMPTY_SET)"},
    {0x90, "the pickle holds a set (opcode ADDITEMS)"},
    {0x91, "the pickle holds a set (opcode FROZENSET)"},
    {'P', "the pickle refers to data outside of it (opcode PERSID)"},
    {0x97, "the pickle keeps its arrays in buffers outside of the file (opcode NEXT_BUFFER)"},
    {0x98, "the pickle keeps its arrays in buffers outside of the file (opcode READONLY_BUFFER)"},
};

class PickleMachine {
 public:
  PickleMachine(Pickle& pickle, const PickleOptions& options) : pickle_(pickle), builder_(pickle, options) {}

  void run() {
    std::size_t opcodes = 0;
    for (bool stopped = false; !stopped;) {
      builder_.at(at_);
      if (++opcodes > most_opcodes)
        throw builder_.unsupported("the pickle consists of more than " + std::to_string(most_opcodes) +
                                   " parts; save NumPy arrays rather than lists of numbers");
      stopped = step(static_cast<unsigned char>(take(1)[0]));
    }
    if (at_ != pickle_.bytes.size()) {
      builder_.at(at_);
      throw builder_.damaged("has " + counted(pickle_.bytes.size() - at_, "byte") +
                             " after the end of the pickle (scrawl reads one pickle a file)");
    }
  }

 private:
  // The program.

  std::span<const std::byte> take(std::uint64_t count) {
    const std::size_t left = pickle_.bytes.size() - at_;
    if (count > left)
      throw builder_.damaged("the pickle is cut off: " + std::to_string(count) +
                             " more bytes are needed here, " + std::to_string(left) + " are left");
    const auto taken = std::span(pickle_.bytes).subspan(at_, static_cast<std::size_t>(count));
    at_ += taken.size();
    return taken;
  }

  template <class Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

  /// The length of what follows, in four bytes with a sign.
  std::uint64_t signed_length() {
    const auto length = number<std::int32_t>();
    if (length < 0) throw builder_.damaged("a length is negative");
    return static_cast<std::uint64_t>(length);
  }

  std::string_view line() {
    const std::string_view text = as_text(pickle_.bytes).substr(at_);
    const std::size_t length = text.find('\n');
    if (length == std::string_view::npos) throw builder_.damaged("the pickle is cut off within a line");
    at_ += length + 1;
    return text.substr(0, length);
  }

  /// What one of the functions of pickle_literals.h made of the bytes.
  template <class Value>
  Value checked(std::optional<Value> value) {
    if (!value) throw builder_.damaged("a number or a text is not written as Python does");
    return std::move(*value);
  }

  // Stack and memo.

  void push(PickleIndex index) { stack_.push_back(index); }
  void push_new(PickleValue value) { push(builder_.add(std::move(value))); }

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  bool at_mark() const { return !marks_.empty() && stack_.size() == marks_.back(); }

  PickleIndex top() const {
    if (stack_.size() <= floor()) throw builder_.damaged("an opcode finds nothing on the stack");
    return stack_.back();
  }

  PickleIndex pop() {
    const PickleIndex index = top();
    stack_.pop_back();
    return index;
  }

  std::vector<PickleIndex> pop_mark() {
    if (marks_.empty()) throw builder_.damaged("an opcode finds no mark on the stack");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleIndex> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  std::vector<PickleIndex> pop_items(std::size_t count) {
    std::vector<PickleIndex> items(count);
    while (count > 0) items[--count] = pop();
    return items;
  }

  void put(std::uint64_t place) { memo_[place] = top(); }

  void get(std::uint64_t place) {
    const auto at = memo_.find(place);
    if (at == memo_.end())
      throw builder_.damaged("nothing was put at place " + std::to_string(place) + " of the memo");
    push(at->second);
  }

  // Values.

  void push_bytes(std::uint64_t length) { push_new(PickleBytes{take(length)}); }
  void push_text(std::uint64_t length) { push_new(PickleText{as_text(take(length))}); }

  /// Keeps what was unescaped.
  std::span<const std::byte> kept(std::optional<std::string> text) {
    const std::string value = checked(std::move(text));
    const auto bytes = std::as_bytes(std::span(value));
    return builder_.keep({bytes.begin(), bytes.end()});
  }

  void set_items(const std::vector<PickleIndex>& items) {
    if (items.size() % 2 != 0) throw builder_.damaged("a dictionary's last key has no value");
    for (std::size_t i = 0; i < items.size(); i += 2) builder_.set_item(top(), items[i], items[i + 1]);
  }

  void append(const std::vector<PickleIndex>& items) { builder_.append(top(), items); }
  void push_dict(const std::vector<PickleIndex>& items) {
    push_new(PickleDict{});
    set_items(items);
  }
  void call(PickleIndex arguments) { push(builder_.call(pop(), arguments)); }
  void set_state(PickleIndex state) { builder_.set_state(top(), state); }

  void push_global() {
    const std::string_view module = line();
    push(builder_.global(module, line()));
  }

  void push_stack_global() {
    const PickleIndex name = pop();
    const auto module = builder_.text(pop(), "the name of a module");
    push(builder_.global(module, builder_.text(name, "the name of a class")));
  }

  Error instance() {
    const std::string module = printable(line());
    return builder_.refused("the pickle wants to make an object of " + module + "." + printable(line()) +
                            " (opcode INST)");
  }

  void check_protocol() {
    const auto version = number<std::uint8_t>();
    if (version > 5)
      throw builder_.unsupported("the pickle is of protocol " + std::to_string(version) +
                                 ", scrawl reads 0 to 5; save it with pickle.dump(..., protocol=4)");
  }

  void check_frame() {
    const auto length = number<std::uint64_t>();
    const std::size_t left = pickle_.bytes.size() - at_;
    if (length > left)
      throw builder_.damaged("the pickle is cut off: a frame of " + counted(length, "byte") +
                             " begins here, " + std::to_string(left) + " are left");
  }

  /// One opcode; true for the last.
  bool step(unsigned char code) {
    switch (code) {
      case 0x80: check_protocol(); break;
      case 0x95: check_frame(); break;
      case '.': pickle_.root_index = pop(); return true;

      case 'N': push_new(PickleNone{}); break;
      case 0x88: push_new(true); break;
      case 0x89: push_new(false); break;
      case 'I':
      case 'L': push_new(checked(decimal(line()))); break;
      case 'J': push_new(std::int64_t{number<std::int32_t>()}); break;
      case 'K': push_new(std::int64_t{number<std::uint8_t>()}); break;
      case 'M': push_new(std::int64_t{number<std::uint16_t>()}); break;
      case 0x8a: push_new(checked(long_integer(take(number<std::uint8_t>())))); break;
      case 0x8b: push_new(checked(long_integer(take(signed_length())))); break;
      case 'F': push_new(checked(decimal_number<double>(line()))); break;
      case 'G': push_new(big_endian_double(take(sizeof(double)))); break;

      case 'S': push_new(PickleBytes{kept(unescape_string(line()))}); break;
      case 'T': push_bytes(signed_length()); break;
      case 'U':
      case 'C': push_bytes(number<std::uint8_t>()); break;
      case 'B': push_bytes(number<std::uint32_t>()); break;
      case 0x8e:
      case 0x96: push_bytes(number<std::uint64_t>()); break;
      case 'V': push_new(PickleText{as_text(kept(unescape_unicode(line())))}); break;
      case 0x8c: push_text(number<std::uint8_t>()); break;
      case 'X': push_text(number<std::uint32_t>()); break;
      case 0x8d: push_text(number<std::uint64_t>()); break;

      case '(': marks_.push_back(stack_.size()); break;
      case ')': push_new(PickleTuple{}); break;
      case 0x85:
      case 0x86:
      case 0x87: push_new(PickleTuple{pop_items(code - 0x84U)}); break;
      case 't': push_new(PickleTuple{pop_mark()}); break;
      case ']': push_new(PickleList{}); break;
      case 'l': push_new(PickleList{pop_mark()}); break;
      case 'a': append(pop_items(1)); break;
      case 'e': append(pop_mark()); break;
      case '}': push_new(PickleDict{}); break;
      case 'd': push_dict(pop_mark()); break;
      case 's': set_items(pop_items(2)); break;
      case 'u': set_items(pop_mark()); break;

      case '0': at_mark() ? marks_.pop_back() : void(pop()); break;
      case '1': pop_mark(); break;
      case '2': push(top()); break;
      case 'p': put(checked(decimal_number<std::uint64_t>(line()))); break;
      case 'q': put(number<std::uint8_t>()); break;
      case 'r': put(number<std::uint32_t>()); break;
      case 0x94: put(memo_.size()); break;
      case 'g': get(checked(decimal_number<std::uint64_t>(line()))); break;
      case 'h': get(number<std::uint8_t>()); break;
      case 'j': get(number<std::uint32_t>()); break;

      case 'c': push_global(); break;
      case 0x93: push_stack_global(); break;
      case 'R':
      case 0x81: call(pop()); break;
      case 'b': set_state(pop()); break;
      case 'Q': push(builder_.persistent(pop())); break;
      case 'i': throw instance();
      default: throw no_data(code);
    }
    return false;
  }

  Error no_data(unsigned char code) const {
    for (const RefusedOpcode& entry : refused_opcodes)
      if (entry.code == code) return builder_.refused(entry.what);
    return builder_.damaged("the byte " + std::to_string(code) + " is not an opcode of a pickle");
  }

  Pickle& pickle_;
  PickleBuilder builder_;
  std::size_t at_ = 0;
  std::vector<PickleIndex> stack_;
  std::vector<std::size_t> marks_;             // heights of the stack
  std::map<std::uint64_t, PickleIndex> memo_;  // grows by what is put, whatever the places are called
};

}  // namespace

Pickle parse_pickle(Bytes bytes, const std::string& file, const PickleOptions& options) {
  Pickle pickle;
  pickle.file = file;
  pickle.most_data = options.most_data > 0 ? options.most_data : 4 * std::uint64_t{bytes.size()} + free_data;
  pickle.bytes = std::move(bytes);
  PickleMachine(pickle, options).run();
  return pickle;
}

}  // namespace scrawl
